//! Shows what transforms draw: `augment OUT.png [PICTURE]`. Two transforms are in each row; first the sample, then draws of it.
//! Names and what was drawn, as JSON, are printed in the same order.

use std::error::Error;
use std::path::Path;

use image::ExtendedColorType::Rgb8;
use striate_core::Streams;
use striate_data::transforms::*;
use striate_data::{Boxes, DecodeLimits, KeyPoint, Picture, Sample, contact_sheet};

const DRAWS: u64 = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args_os().skip(1);
    let out = words.next().ok_or("usage: augment OUT.png [PICTURE]")?;
    let sample = match words.next() {
        Some(path) => Sample::new(Picture::open(Path::new(&path), DecodeLimits::default())?),
        None => scene()?,
    };
    let targets = Targets::default().fill([124.0, 116.0, 104.0]);
    let steps: Vec<(&str, Augmentation)> = vec![
        ("random_horizontal_flip", RandomHorizontalFlip::default().into()),
        ("random_crop", RandomCrop::new([90, 90]).padding(16).targets(targets).into()),
        ("random_resized_crop", RandomResizedCrop::new([96, 96]).into()),
        ("random_rotation", RandomRotation::new(45.0).targets(targets).into()),
        ("random_rotation, expand", RandomRotation::new(45.0).expand().targets(targets).into()),
        ("random_translation", RandomTranslation::new(0.2, 0.2).targets(targets).into()),
        ("random_zoom", RandomZoom::new([0.6, 1.6]).targets(targets).into()),
        ("random_height", RandomHeight::new([0.6, 1.4]).into()),
        ("random_shear", RandomShear::new(20.0, 20.0).targets(targets).into()),
        ("random_perspective", RandomPerspective::default().probability(1.0).targets(targets).into()),
        ("random_elastic", RandomElastic { alpha: [120.0; 2], ..RandomElastic::default() }.targets(targets).into()),
        ("random_brightness", RandomBrightness::new(0.6).into()),
        ("random_contrast", RandomContrast::new(0.8).into()),
        ("random_saturation", RandomSaturation::new(1.0).into()),
        ("random_hue", RandomHue::new(0.5).into()),
        ("random_gamma", RandomGamma::new([0.4, 2.5]).into()),
        ("random_sharpness", RandomSharpness { factor: [0.0, 6.0], probability: 1.0 }.into()),
        ("random_grayscale", RandomGrayscale::default().probability(0.5).into()),
        ("random_equalize", RandomEqualize::default().into()),
        ("random_autocontrast", RandomAutocontrast::default().into()),
        ("random_posterize", RandomPosterize::new(2).into()),
        ("random_solarize", RandomSolarize::new(128.0).into()),
        ("random_invert", RandomInvert::default().into()),
        ("random_noise", RandomNoise::new([0.0, 0.3]).into()),
        ("random_blur", RandomBlur::new([0.1, 4.0]).into()),
        ("random_erasing", RandomErasing::default().with(Eraser::Noise).probability(1.0).into()),
        ("color_jitter", ColorJitter::new(0.4, 0.4, 0.4, 0.2).into()),
        ("rand_augment", RandAugment::default().targets(targets).into()),
        ("trivial_augment", TrivialAugment::default().targets(targets).into()),
    ];
    let mut tiles = Vec::new();
    for (row, (name, step)) in steps.into_iter().enumerate() {
        let pipeline = Pipeline::new().then(step);
        pipeline.validate()?;
        tiles.push(sample.clone());
        println!("{name}");
        for draw in 0..DRAWS {
            let mut stream = Streams::new(7).at(draw, row as u64).open("augment");
            let (changed, record) = pipeline.record(sample.clone(), &mut stream)?;
            println!("  {}", serde_json::to_string(&record)?);
            tiles.push(changed);
        }
    }
    let sheet = contact_sheet(&tiles, 2 * (DRAWS as usize + 1), 96)?;
    image::save_buffer(&out, sheet.pixels(), sheet.width() as u32, sheet.height() as u32, Rgb8)?;
    Ok(())
}

/// A house on a meadow below the sun, each with a box and a class in the mask; key points at the roof's corners.
fn scene() -> Result<Sample, Box<dyn Error>> {
    const HEIGHT: usize = 120;
    const WIDTH: usize = 160;
    let class = |row: usize, column: usize| {
        let (y, x) = (row as f64 + 0.5, column as f64 + 0.5);
        let sun = (x - 120.0).hypot(y - 30.0) < 16.0;
        let wall = (30.0..80.0).contains(&x) && (60.0..95.0).contains(&y);
        let roof = y < 60.0 && y > 35.0 + (x - 55.0).abs();
        if sun { 1 } else { 2 * u8::from(wall || roof) }
    };
    let (mut pixels, mut mask) = (Vec::new(), Vec::new());
    for (row, column) in (0..HEIGHT).flat_map(|row| (0..WIDTH).map(move |column| (row, column))) {
        let class = class(row, column);
        let stripe = if column / 6 % 2 == 0 { 0 } else { 25 };
        pixels.extend(match class {
            1 => [250, 220, 60],
            2 if row < 60 => [170 - stripe, 50, 40],
            2 => [210 - stripe, 190 - stripe, 160],
            _ if row < 80 => [90 + row as u8, 150 + row as u8, 250],
            _ => [60, 150 - stripe, 50],
        });
        mask.push(class);
    }
    let boxes = Boxes::xyxy([([104.0, 14.0, 136.0, 46.0], 0), ([30.0, 35.0, 80.0, 95.0], 1)]);
    let points = [(55.0, 35.5), (30.5, 60.0), (79.5, 60.0)].map(|(x, y)| KeyPoint::new(x, y));
    Ok(Sample::new(Picture::new(HEIGHT, WIDTH, 3, pixels)?)
        .with_boxes(boxes)
        .with_mask(Picture::new(HEIGHT, WIDTH, 1, mask)?)
        .with_key_points(points.into()))
}

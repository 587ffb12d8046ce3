//! Pictures for examples.

#![allow(dead_code)]

pub(crate) mod digits;

use std::error::Error;
use std::path::Path;

use striate::data::{DecodeLimits, Picture, ops};

/// The picture of a file in one channel with values in `[0, 1]`, or another one if no file is given.
pub(crate) fn gray(
    file: Option<&Path>,
    otherwise: impl FnOnce() -> Result<Picture<f32>, Box<dyn Error>>,
) -> Result<Picture<f32>, Box<dyn Error>> {
    match file {
        Some(file) => Ok(ops::grayscale(&Picture::open(file, DecodeLimits::default())?.to_f32(), 1)),
        None => otherwise(),
    }
}

/// A picture made up of soft clouds, lines and a disc, in `[0, 1]`.
pub(crate) fn made_up() -> Result<Picture<f32>, Box<dyn Error>> {
    let (height, width) = (160, 240);
    let value = |at: usize| {
        let (y, x) = ((at / width) as f32, (at % width) as f32);
        let clouds = 0.5 + 0.2 * (x / 17.0).sin() * (y / 23.0).cos();
        let disc = if (x - 70.0).hypot(y - 80.0) < 45.0 { 0.35 } else { 0.0 };
        let lines = match (at % width % 24, at / width % 24) {
            (0..=2, _) if x > 130.0 && y < 80.0 => -0.4,
            (_, 0..=2) if x > 130.0 && y >= 80.0 => -0.4,
            _ => 0.0,
        };
        (clouds + disc + lines).clamp(0.0, 1.0)
    };
    Ok(Picture::new(height, width, 1, (0..height * width).map(value).collect())?)
}

/// Writes values from their least to their greatest as gray PNG.
pub(crate) fn save(picture: &Picture<f32>, path: &Path) -> Result<(), Box<dyn Error>> {
    let (low, high) = picture
        .pixels()
        .iter()
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &value| (low.min(value), high.max(value)));
    let level = |value: &f32| ((value - low) / (high - low).max(f32::EPSILON) * 255.0).round() as u8;
    let levels = picture.pixels().iter().map(level).collect();
    let [height, width] = picture.size().map(|side| side as u32);
    let image = image::GrayImage::from_raw(width, height, levels).ok_or("the picture has another size")?;
    Ok(image.save(path)?)
}

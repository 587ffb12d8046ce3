//! Where a model sees its three likeliest classes: `explain MODEL PICTURE OUT.png`. MODEL is what `striate train` or
//! `striate import` wrote.

use std::error::Error;
use std::path::Path;

use image::RgbImage;
use striate::data::{DecodeLimits, Picture};
use striate::explaining::render::{ColorMap, Tile, overlay, tiles};
use striate::explaining::{GradCam, Target};
use striate::{ExplainedModel, Predictor};

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    let [model, picture, out] = words.as_slice() else { return Err("usage: explain MODEL PICTURE OUT.png".into()) };
    Ok(run(Path::new(model), Path::new(picture))?.save(out)?)
}

/// The picture, and where each of the three classes is seen.
pub(crate) fn run(model: &Path, picture: &Path) -> Result<RgbImage, Box<dyn Error>> {
    let device = striate::backend::device("flex")?;
    let likely = Predictor::open(model, &device)?.predict_file(picture, 3)?;

    let model = ExplainedModel::open(model, &device)?;
    let input = model.input(&Picture::open(picture, DecodeLimits::default())?);
    let seen = model.explainer().picture(&input);
    let mut shown = vec![Tile::new("picture", seen.clone())];
    for prediction in likely {
        let cam = GradCam::new().run(model.explainer(), &input, &Target::class(prediction.class))?;
        println!("{}: {:.1} %, at {}", prediction.name, 100.0 * prediction.probability, cam.layer);
        shown.push(Tile::new(prediction.name, overlay(&seen, &cam.map, ColorMap::Viridis, 0.55)));
    }
    Ok(tiles(&shown, 4))
}

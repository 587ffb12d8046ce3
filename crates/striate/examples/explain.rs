//! Where a model sees its three likeliest classes: `explain MODEL PICTURE OUT.png`. MODEL is what `striate train` or
//! `striate import` wrote.

use std::error::Error;
use std::path::Path;

use striate::data::{DecodeLimits, Picture};
use striate::explaining::render::{ColorMap, Tile, overlay, tiles};
use striate::explaining::{GradCam, Target};
use striate::{ExplainedModel, Predictor};

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    let [model, picture, out] = words.as_slice() else { return Err("usage: explain MODEL PICTURE OUT.png".into()) };
    let device = striate::backend::device("flex")?;
    let likely = Predictor::open(Path::new(model), &device)?.predict_file(Path::new(picture), 3)?;

    let model = ExplainedModel::open(Path::new(model), &device)?;
    let input = model.input(&Picture::open(Path::new(picture), DecodeLimits::default())?);
    let seen = model.explainer().picture(&input);
    let mut shown = vec![Tile::new("picture", seen.clone())];
    for prediction in likely {
        let cam = GradCam::new().run(model.explainer(), &input, &Target::class(prediction.class))?;
        println!("{}: {:.1} %, at {}", prediction.name, 100.0 * prediction.probability, cam.layer);
        shown.push(Tile::new(prediction.name, overlay(&seen, &cam.map, ColorMap::Viridis, 0.55)));
    }
    Ok(tiles(&shown, 4).save(out)?)
}

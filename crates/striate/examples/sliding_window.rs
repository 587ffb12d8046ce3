//! A classifier slid over pictures of any size: LeNet-5 made fully convolutional finds where a digit's place is brightest.
//!
//! The network here isn't trained, so its boxes mean nothing; give a trained one: `cargo run --features digits --example
//! sliding_window MODEL.safetensors PICTURE`.

mod support;

use std::error::Error;
use std::path::PathBuf;

use burn::tensor::TensorData;
use striate::core::{Detection, Preprocessing};
use striate::data::{Picture, preprocess_to_vec};
use striate::models::tasks::{Objectness, Selection, SlidingConfig, SlidingWindow};
use striate::network::ModelFile;
use striate::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let device = device("flex")?;
    let (network, preprocessing) = match arguments.next() {
        Some(model) => {
            let mut file = ModelFile::open(&model)?;
            let preprocessing = file.section("preprocessing")?.ok_or("the model has no preprocessing")?;
            (file.network(&device)?, preprocessing)
        }
        None => (Architecture::LeNet5.spec(10)?.init(42, &device), Architecture::LeNet5.preprocessing()),
    };
    let picture = support::gray(arguments.next().as_deref(), support::made_up)?;
    for Detection { xyxy, class, score } in run(&network, &preprocessing, &picture)? {
        println!("class {class}, score {score:.2}: {xyxy:.1?}");
    }
    Ok(())
}

/// The boxes that a classifier finds in a picture, in its px.
pub(crate) fn run(
    network: &Network,
    how: &Preprocessing,
    picture: &Picture<f32>,
) -> Result<Vec<Detection>, Box<dyn Error>> {
    let keep = Selection { min_score: 0.5, ..Selection::default() };
    let config = SlidingConfig {
        scales: vec![1.0, 0.7, 0.5, 0.35],
        objectness: Objectness::None,
        keep,
        ..SlidingConfig::default()
    };
    let window = SlidingWindow::new(network, config)?;
    // Values as the classifier takes them, at the picture's own size.
    let as_it_is = Preprocessing { size: picture.size(), crop: None, ..how.clone() };
    let [channels, height, width] = as_it_is.output_shape();
    let values = TensorData::new(preprocess_to_vec(picture, &as_it_is), [1, channels, height, width]);
    Ok(window.detect(Tensor::from_data(values, &network.device()))?)
}

//! 7x7 filters for lines that go down and across, on photos: `cargo run --example line_filters FOLDER PHOTO...` (the lecture
//! has scikit-learn's `china.jpg` and `flower.jpg`); without a photo, a made-up one.

mod support;

use std::error::Error;
use std::path::PathBuf;

use burn::tensor::TensorData;
use striate::data::Picture;
use striate::network::State;
use striate::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let folder = arguments.next();
    let mut photos: Vec<_> = arguments.map(Some).collect();
    if photos.is_empty() {
        photos.push(None);
    }
    for (number, photo) in photos.iter().enumerate() {
        let photo = support::gray(photo.as_deref(), support::made_up)?;
        for (name, map) in ["down", "across"].into_iter().zip(run(&photo)?) {
            println!("photo {number}, lines that go {name}: {}x{} px", map.height(), map.width());
            if let Some(folder) = &folder {
                std::fs::create_dir_all(folder)?;
                support::save(&map, &folder.join(format!("photo{number}_{name}.png")))?;
            }
        }
    }
    Ok(())
}

/// Two feature maps of a picture of one channel: for lines that go down, and across.
pub(crate) fn run(photo: &Picture<f32>) -> Result<Vec<Picture<f32>>, Box<dyn Error>> {
    let mut net = NetworkSpec::builder("lines");
    let photos = net.input("photos", [Some(1), None, None]);
    let x = net.add("lines", Conv2d::new(2, 7).same().no_bias().activation(Activation::Relu), photos);
    let device = device("flex")?;
    // A column, then a row, of 1 in the middle of 0.
    let weight = |at: usize| if [at % 7, at / 7 % 7][at / 49] == 3 { 1.0_f32 } else { 0.0 };
    let weights = TensorData::new((0..2 * 49).map(weight).collect::<Vec<_>>(), [2, 1, 7, 7]);
    let network =
        net.output(x).build()?.init(0, &device).with_state(State::from([("lines.weight".to_owned(), weights)]))?;

    let [height, width] = photo.size();
    let input = TensorData::new(photo.pixels().to_vec(), [1, 1, height, width]);
    let maps: Tensor<4> = network.forward(Tensor::<4>::from_data(input, &device));
    let values: Vec<f32> = maps.into_data().iter().collect();
    Ok(values
        .chunks(height * width)
        .map(|map| Picture::new(height, width, 1, map.to_vec()))
        .collect::<Result<_, _>>()?)
}

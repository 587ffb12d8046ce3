//! Sobel's operator as a convolution whose weights are set: `cargo run --example sobel PHOTO EDGES.png`; without a photo, a
//! bright square.

mod support;

use std::error::Error;
use std::path::PathBuf;

use burn::tensor::TensorData;
use striate::data::Picture;
use striate::network::State;
use striate::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let photo = support::gray(arguments.next().as_deref(), square)?;
    let edges = run(&photo)?;
    let largest = edges.pixels().iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    println!("{}x{} px, the strongest edge is {largest:.2}", photo.height(), photo.width());
    if let Some(out) = arguments.next() {
        support::save(&edges, &out)?;
    }
    Ok(())
}

/// The differences of columns, signed, of a picture of one channel.
pub(crate) fn run(photo: &Picture<f32>) -> Result<Picture<f32>, Box<dyn Error>> {
    let mut net = NetworkSpec::builder("sobel");
    let photos = net.input("photos", [Some(1), None, None]);
    let x = net.add("sobel", Conv2d::new(1, 3).same().no_bias(), photos);
    let device = device("flex")?;
    let kernel = [[-1.0_f32, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]].concat();
    let weights = State::from([("sobel.weight".to_owned(), TensorData::new(kernel, [1, 1, 3, 3]))]);
    let network = net.output(x).build()?.init(0, &device).with_state(weights)?;

    let [height, width] = photo.size();
    let input = TensorData::new(photo.pixels().to_vec(), [1, 1, height, width]);
    let edges: Tensor<4> = network.forward(Tensor::<4>::from_data(input, &device));
    Ok(Picture::new(height, width, 1, edges.into_data().iter().collect())?)
}

/// A white square on black.
pub(crate) fn square() -> Result<Picture<f32>, Box<dyn Error>> {
    let is_white = |at: usize| (8..24).contains(&(at / 32)) && (8..24).contains(&(at % 32));
    Ok(Picture::new(32, 32, 1, (0..32 * 32).map(|at| f32::from(u8::from(is_white(at)))).collect())?)
}

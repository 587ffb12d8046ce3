//! Sobel's operator recovered by training: one convolution sees one picture and its edges until its nine weights are the
//! operator's. `cargo run --release --example sobel_training [PHOTO]`; without a photo, a picture of smooth noise.

mod support;

use std::error::Error;
use std::path::PathBuf;

use striate::core::Streams;
use striate::data::{Batch, Picture};
use striate::layers::losses::MeanSquaredError;
use striate::prelude::*;
use striate::training::optimizers::RmsProp;
use striate::training::{Head, Optimizer, Target, Trainer, TrainerConfig};

const STEPS: usize = 1500;

fn main() -> Result<(), Box<dyn Error>> {
    let photo = support::gray(std::env::args_os().nth(1).map(PathBuf::from).as_deref(), noise)?;
    for row in run(&photo)?.chunks(3) {
        println!("{:7.4} {:7.4} {:7.4}", row[0], row[1], row[2]);
    }
    Ok(())
}

/// The nine weights after training on one picture: RMSprop, mean squared error, batches of one.
pub(crate) fn run(photo: &Picture<f32>) -> Result<Vec<f32>, Box<dyn Error>> {
    let device = device("flex")?;
    let mut net = NetworkSpec::builder("edges");
    let photos = net.input("photos", [Some(1), None, None]);
    let x = net.add("conv", Conv2d::new(1, 3).same().no_bias(), photos);
    let network = net.output(x).build()?.init(1, &device);

    // The target is the signed response, border included.
    let edges = sobel(photo);
    let [height, width] = photo.size();
    let target = Target::own("edges", move |_, device| {
        let edges = burn::tensor::TensorData::new(edges.clone(), [1, 1, height, width]);
        Ok(Tensor::<4>::from_data(edges, device).into())
    });
    let optimizer = Optimizer::RmsProp(RmsProp { learning_rate: 0.02, ..RmsProp::keras() });
    let config = TrainerConfig { optimizer, ..TrainerConfig::default() };
    let mut trainer = Trainer::with_heads(network, vec![Head::new(target, MeanSquaredError::new())], config)?;

    let batch =
        Batch { images: photo.pixels().to_vec(), shape: [1, 1, height, width], indices: vec![0], ..Batch::default() };
    for step in 0..STEPS {
        // RMSprop steps stay about as large as the rate; a falling one lets the weights settle.
        let rate = 0.02 * 0.01_f64.powf(step as f64 / STEPS as f64);
        trainer.step(&batch, rate)?;
    }
    Ok(trainer.network().state()["conv.weight"].iter::<f32>().collect())
}

/// The differences of columns of a picture, signed, with 0 around it.
fn sobel(photo: &Picture<f32>) -> Vec<f32> {
    let [height, width] = photo.size();
    let at = |y: usize, x: usize| match (y.checked_sub(1), x.checked_sub(1)) {
        (Some(y), Some(x)) if y < height && x < width => photo.pixels()[y * width + x],
        _ => 0.0,
    };
    let kernel = [[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]];
    let response = |y: usize, x: usize| -> f32 {
        (0..3).flat_map(|i| (0..3).map(move |j| (i, j))).map(|(i, j)| kernel[i][j] * at(y + i, x + j)).sum()
    };
    (0..height).flat_map(|y| (0..width).map(move |x| (y, x))).map(|(y, x)| response(y, x)).collect()
}

/// Gray noise of 48x48 px.
pub(crate) fn noise() -> Result<Picture<f32>, Box<dyn Error>> {
    let mut stream = Streams::new(3).open("noise");
    Ok(Picture::new(48, 48, 1, (0..48 * 48).map(|_| stream.uniform()).collect())?)
}

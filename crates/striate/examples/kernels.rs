//! The table of kernels on a photo: `cargo run --example kernels FOLDER [PHOTO]` writes a picture for each.

mod support;

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use burn::tensor::TensorData;
use striate::data::Picture;
use striate::models::tasks::Kernel;
use striate::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let folder = arguments.next();
    let photo = support::gray(arguments.next().as_deref(), support::made_up)?;
    for (kernel, picture) in run(&photo)? {
        let mean = picture.pixels().iter().sum::<f32>() / picture.pixels().len() as f32;
        println!("{kernel:<16} {:?}  mean {mean:.3}", kernel.weights());
        if let Some(folder) = &folder {
            fs::create_dir_all(folder)?;
            support::save(&picture, &folder.join(kernel.name()).with_extension("png"))?;
        }
    }
    Ok(())
}

/// A kernel and what it makes of a picture.
type Filtered = (Kernel, Picture<f32>);

/// What each kernel makes of a picture of one channel.
pub(crate) fn run(photo: &Picture<f32>) -> Result<Vec<Filtered>, Box<dyn Error>> {
    let device = device("flex")?;
    let network = Kernel::network(Kernel::ALL, 1, &device)?;
    let [height, width] = photo.size();
    let input = TensorData::new(photo.pixels().to_vec(), [1, 1, height, width]);
    let output: Tensor<4> = network.forward(Tensor::<4>::from_data(input, &device));
    let values: Vec<f32> = output.into_data().iter().collect();
    let maps = values.chunks(height * width).map(|map| Picture::new(height, width, 1, map.to_vec()));
    Ok(Kernel::ALL.iter().copied().zip(maps.collect::<Result<Vec<_>, _>>()?).collect())
}

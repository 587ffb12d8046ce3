//! A 4x4 matrix under a 2x2 kernel, and under max pooling.

use std::error::Error;

use burn::tensor::TensorData;
use striate::layers::LayerConfig;
use striate::network::State;
use striate::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    let (convolved, pooled) = run()?;
    println!("convolution");
    convolved.iter().for_each(|row| println!("  {row:?}"));
    println!("max pooling");
    pooled.iter().for_each(|row| println!("  {row:?}"));
    Ok(())
}

const KERNEL: [f32; 4] = [1.0, 0.0, 0.0, 1.0];

type Rows = Vec<Vec<f32>>;

pub(crate) fn run() -> Result<(Rows, Rows), Box<dyn Error>> {
    let matrix = [[4., 5., 4., 4.], [4., 2., 3., 5.], [5., 5., 4., 4.], [7., 7., 5., 5.]];
    let kernel = State::from([("layer.weight".to_owned(), TensorData::new(KERNEL.to_vec(), [1, 1, 2, 2]))]);
    let convolved = through(Conv2d::new(1, 2).no_bias(), kernel, matrix)?;
    let matrix = [[4., 7., 4., 4.], [4., 2., 3., 5.], [5., 5., 4., 4.], [7., 7., 5., 5.]];
    let pooled = through(MaxPool2d::new(2), State::new(), matrix)?;
    Ok((convolved, pooled))
}

/// What a layer with these weights makes of a matrix.
fn through(layer: impl Into<LayerConfig>, weights: State, matrix: [[f32; 4]; 4]) -> Result<Rows, Box<dyn Error>> {
    let mut net = NetworkSpec::builder("small");
    let pictures = net.input("pictures", [1, 4, 4]);
    let x = net.add("layer", layer, pictures);
    let device = device("flex")?;
    let network = net.output(x).build()?.init(0, &device).with_state(weights)?;
    let output: Tensor<4> = network.forward(Tensor::<4>::from_data([[matrix]], &device));
    let [_, _, _, columns] = output.dims();
    let values: Vec<f32> = output.into_data().iter().collect();
    Ok(values.chunks(columns).map(<[f32]>::to_vec).collect())
}

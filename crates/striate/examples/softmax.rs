//! Softmax of three scores.

use striate::layers::LayerConfig;
use striate::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for (score, probability) in SCORES.into_iter().zip(run()?) {
        println!("{score:.1}  {probability:.3}");
    }
    Ok(())
}

const SCORES: [f32; 3] = [1.2, 0.9, 0.4];

pub(crate) fn run() -> Result<Vec<f32>, Box<dyn std::error::Error>> {
    let mut net = NetworkSpec::builder("softmax");
    let scores = net.input("scores", [3]);
    let x = net.add("softmax", LayerConfig::from(Activation::Softmax { axis: -1 }), scores);
    let device = device("flex")?;
    let network = net.output(x).build()?.init(0, &device);
    let probabilities: Tensor<2> = network.forward(Tensor::<2>::from_data([SCORES], &device));
    Ok(probabilities.into_data().iter().collect())
}

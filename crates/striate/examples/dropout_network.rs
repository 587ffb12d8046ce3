//! A network of dense layers with dropout before each, exponential linear units and He's normal weights:
//! `cargo run --release --example dropout_network`.

mod support;

use std::error::Error;

use striate::core::Preprocessing;
use striate::prelude::*;
use striate::training::{Evaluation, Trainer, TrainerConfig};

use self::support::digits::digits;

fn main() -> Result<(), Box<dyn Error>> {
    println!("{}", build()?.summary());
    println!("{:?}", run(500, 5)?);
    Ok(())
}

/// 266,610 parameters.
pub(crate) fn build() -> Result<NetworkSpec, Box<dyn Error>> {
    let mut net = NetworkSpec::builder("dropout");
    let images = net.input("images", [1, 28, 28]);
    let mut x = net.add("flatten", Flatten::new(), images);
    for (number, units) in [(1, 300), (2, 100)] {
        x = net.add(format!("dropout{number}"), Dropout::new(0.2), x);
        let dense = Dense::new(units).kernel_initializer(Initializer::HeNormal).activation(Activation::elu());
        x = net.add(format!("hidden{number}"), dense, x);
    }
    x = net.add("dropout3", Dropout::new(0.2), x);
    x = net.add("classes", Dense::new(10), x);
    Ok(net.output(x).build()?)
}

/// Trains on so many of each digit; how well it does on 50 others of each.
pub(crate) fn run(of_each: usize, epochs: usize) -> Result<Evaluation, Box<dyn Error>> {
    let gray = Preprocessing::gray([28, 28]);
    let (train, held_out) = (digits(0..10, of_each, 50, gray.clone())?, digits(0..10, 50, 0, gray)?);
    let config = TrainerConfig { epochs, ..TrainerConfig::default() };
    let mut trainer = Trainer::new(build()?.init(1, &device("flex")?), config)?;
    trainer.fit(&train, None)?;
    Ok(trainer.evaluate(&held_out)?)
}

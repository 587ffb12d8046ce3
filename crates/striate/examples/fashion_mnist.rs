//! The network for Fashion-MNIST, layer by layer: `cargo run --release --example fashion_mnist FOLDER`, with the four IDX files in
//! the folder; without one it learns digits. `striate train --config fashion-mnist` is the same with a run folder.

mod support;

use std::error::Error;
use std::sync::Arc;

use striate::core::Preprocessing;
use striate::data::{Idx, Loader, LoaderConfig, Part};
use striate::prelude::*;
use striate::training::{Evaluation, Trainer, TrainerConfig};

use self::support::digits::digits;

fn main() -> Result<(), Box<dyn Error>> {
    println!("{}", build()?.summary());
    let gray = Preprocessing::gray([28, 28]);
    let data = match std::env::args_os().nth(1) {
        Some(folder) => {
            let clothes = Idx::open_dir(folder.as_ref(), Part::Train)?;
            Loader::new(Arc::new(clothes), Vec::new(), gray, LoaderConfig::default(), 1)?
        }
        None => digits(0..10, 500, 0, gray)?,
    };
    println!("{:?}", run(&data, 3)?);
    Ok(())
}

/// 1,413,834 parameters.
pub(crate) fn build() -> Result<NetworkSpec, Box<dyn Error>> {
    let mut net = NetworkSpec::builder("fashion_mnist");
    let mut x = net.input("images", [1, 28, 28]);
    for (number, filters, size) in [(1, 64, 7), (2, 128, 3), (3, 128, 3), (4, 256, 3), (5, 256, 3)] {
        let conv = Conv2d::new(filters, size).same().activation(Activation::Relu);
        x = net.add(format!("conv{number}"), conv, x);
        if [1, 3, 5].contains(&number) {
            x = net.add(format!("pool{number}"), MaxPool2d::new(2), x);
        }
    }
    x = net.add("flatten", Flatten::new(), x);
    for units in [128, 64] {
        x = net.add(format!("dense{units}"), Dense::new(units).activation(Activation::Relu), x);
        x = net.add(format!("dropout{units}"), Dropout::new(0.5), x);
    }
    x = net.add("classes", Dense::new(10), x);
    Ok(net.output(x).build()?)
}

/// Trains for so many epochs; how well it then does on the same data.
pub(crate) fn run(data: &Loader, epochs: usize) -> Result<Evaluation, Box<dyn Error>> {
    let network = build()?.init(1, &device("flex")?);
    let mut trainer = Trainer::new(network, TrainerConfig { epochs, ..TrainerConfig::default() })?;
    trainer.fit(data, None)?;
    Ok(trainer.evaluate(data)?)
}

//! A frozen base under global pooling and three hidden layers with dropout, for three classes. The lectures take EfficientNetB0
//! with published weights, as `striate train --config efficientnetb0` does: `frozen_base BASE.safetensors` puts the head on
//! the network of a file. Without one it is a small network that has learned other digits:
//! `cargo run --release --example frozen_base --features digits`.

mod support;

use std::error::Error;
use std::path::Path;

use striate::NewHead;
use striate::core::Preprocessing;
use striate::network::ModelFile;
use striate::prelude::*;
use striate::training::{Freeze, Optimizer, Phase, Schedule, Split, Trainer, TrainerConfig};

use self::support::digits::digits;

fn main() -> Result<(), Box<dyn Error>> {
    let (base, how) = match std::env::args_os().nth(1) {
        Some(file) => {
            let mut file = ModelFile::open(Path::new(&file))?;
            let how = file.section("preprocessing")?.ok_or("the file has no preprocessing")?;
            (file.network(&device("flex")?)?, how)
        }
        None => support::digits::base(100)?,
    };
    let (network, losses) = run(&with_head(&base)?, how, 100, 10)?;
    println!("{}", network.spec().summary());
    println!("loss of each epoch: {losses:.4?}");
    Ok(())
}

/// The base's features under the lectures' head.
pub(crate) fn with_head(base: &Network) -> Result<Network, Box<dyn Error>> {
    let head = NewHead { hidden: vec![256; 3], dropout: 0.3, ..NewHead::default() };
    Ok(head.on(base, 3, 1)?)
}

/// The network after so many epochs over so many of each of the digits 7 to 9, and the loss of each epoch.
pub(crate) fn run(
    network: &Network,
    how: Preprocessing,
    of_each: usize,
    epochs: usize,
) -> Result<(Network, Vec<f64>), Box<dyn Error>> {
    let phase = Phase { epochs, freeze: Freeze::Base, optimizer: Optimizer::default(), schedule: Schedule::Constant };
    let config = TrainerConfig { epochs, phases: vec![phase], ..TrainerConfig::default() };
    let mut trainer = Trainer::new(network.clone(), config)?;
    trainer.fit(&digits(7..10, of_each, 0, how)?, None)?;
    let losses = trainer.history().values(Split::Train, "loss").map(|(_, loss)| loss).collect();
    Ok((trainer.network(), losses))
}

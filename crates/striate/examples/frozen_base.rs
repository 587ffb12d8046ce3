//! EfficientNetB0's features, frozen, under global pooling and three hidden layers with dropout, for three classes:
//! `cargo run --release --example frozen_base`. `striate train --config efficientnetb0` is the same with published weights.

mod support;

use std::error::Error;

use striate::NewHead;
use striate::core::Preprocessing;
use striate::prelude::*;
use striate::training::{Freeze, Optimizer, Phase, Schedule, Split, Trainer, TrainerConfig};

use self::support::digits::digits;

fn main() -> Result<(), Box<dyn Error>> {
    let (network, losses) = run(100, 5)?;
    println!("{}", network.spec().summary());
    println!("loss of each epoch: {losses:.4?}");
    Ok(())
}

/// The network, and the loss of each epoch over so many of each of three digits.
pub(crate) fn run(of_each: usize, epochs: usize) -> Result<(Network, Vec<f64>), Box<dyn Error>> {
    let side = 32;
    let network = base(side)?;
    let optimizer = Optimizer::default();
    let phase = Phase { epochs, freeze: Freeze::Base, optimizer, schedule: Schedule::Constant };
    let config = TrainerConfig { epochs, phases: vec![phase], ..TrainerConfig::default() };
    let mut trainer = Trainer::new(network, config)?;
    trainer.fit(&digits(0..3, of_each, 0, Preprocessing::torch(side, side))?, None)?;
    let losses = trainer.history().values(Split::Train, "loss").map(|(_, loss)| loss).collect();
    Ok((trainer.network(), losses))
}

/// The network before it learns.
pub(crate) fn base(side: usize) -> Result<Network, Box<dyn Error>> {
    let base = Architecture::KerasEfficientNetB0.config().size([side, side]).spec()?.init(1, &device("flex")?);
    let head = NewHead { hidden: vec![256; 3], dropout: 0.3, ..NewHead::default() };
    Ok(head.on(&base, 3, 1)?)
}

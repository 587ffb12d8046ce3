//! Transfer in two phases by the lectures' rules: a new head on frozen features, then all of it at a smaller rate. The lectures
//! take Xception with published weights, as `striate train --config xception` does; here a small base has learned the digits 0
//! to 6, and the head is for 7 to 9: `cargo run --release --example two_phases --features digits`.

mod support;

use std::error::Error;

use striate::NewHead;
use striate::training::optimizers::Sgd;
use striate::training::{Freeze, Optimizer, Phase, Schedule, Split, Trainer, TrainerConfig};

use self::support::digits::{base, digits};

fn main() -> Result<(), Box<dyn Error>> {
    let [frozen, free] = run(100, [5, 40])?;
    println!("held-out loss {frozen:.4} with a frozen base, {free:.4} after the second phase");
    Ok(())
}

/// The loss on held-out digits after each phase, which have so many epochs; the base saw so many of each of its digits.
pub(crate) fn run(of_each: usize, epochs: [usize; 2]) -> Result<[f64; 2], Box<dyn Error>> {
    let (base, how) = base(of_each)?;
    let network = NewHead::default().on(&base, 3, 1)?;
    let config = TrainerConfig { epochs: epochs.iter().sum(), phases: phases(epochs), ..TrainerConfig::default() };
    let mut trainer = Trainer::new(network, config)?;
    let (few, held_out) = (digits(7..10, 20, 50, how.clone())?, digits(7..10, 50, 0, how)?);
    trainer.fit(&few, Some(&held_out))?;
    let losses: Vec<_> = trainer.history().values(Split::Validation, "loss").map(|(_, loss)| loss).collect();
    Ok([losses[epochs[0] - 1], losses[losses.len() - 1]])
}

/// The lectures' rules, with Keras's old form of a rate that decays.
fn phases([frozen, free]: [usize; 2]) -> Vec<Phase> {
    let sgd = |learning_rate: f64, nesterov, decay| {
        Optimizer::Sgd(Sgd { learning_rate, momentum: 0.9, nesterov, decay, ..Sgd::keras() })
    };
    let phase = |epochs, freeze, optimizer| Phase { epochs, freeze, optimizer, schedule: Schedule::Constant };
    vec![phase(frozen, Freeze::Base, sgd(0.2, false, 0.01)), phase(free, Freeze::Nothing, sgd(0.01, true, 0.001))]
}

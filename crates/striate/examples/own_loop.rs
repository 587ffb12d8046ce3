//! A training loop of one's own, step by step, with early stopping written by hand: `cargo run --release --example own_loop`.

use std::error::Error;
use std::sync::Arc;

use striate::core::{ClassNames, Preprocessing, Streams};
use striate::data::{Dataset, InMemory, Loader, LoaderConfig, Picture, Sample};
use striate::prelude::*;
use striate::training::{Trainer, TrainerConfig};

fn main() -> Result<(), Box<dyn Error>> {
    let (epochs, accuracy) = run(40, 2)?;
    println!("{epochs} epochs, accuracy {:.1}% on the held-out pictures", 100.0 * accuracy);
    Ok(())
}

/// Trains for at most so many epochs, until so many have not made the held-out loss smaller; the epochs that it took and the
/// accuracy of the best.
pub(crate) fn run(epochs: usize, patience: usize) -> Result<(usize, f64), Box<dyn Error>> {
    let device = device("flex")?;
    let network = Architecture::LeNet5.spec(4)?.init(1, &device);
    let mut trainer = Trainer::new(network, TrainerConfig::default())?;
    let (train, held_out) = (loader(bars(256, 0, 0.2)?)?, loader(bars(64, 1, 0.0)?)?);
    let (mut best, mut waited) = ((f64::INFINITY, 0.0), 0);
    for epoch in 0..epochs {
        for batch in train.epoch(epoch as u64, 0) {
            trainer.step(&batch?, 2e-3)?;
        }
        let now = trainer.evaluate(&held_out)?;
        waited += 1;
        // What is smaller by less than a hundredth is no progress worth an epoch.
        if now.loss < 0.99 * best.0 {
            (best, waited) = ((now.loss, now.accuracy().unwrap_or_default()), 0);
        }
        if waited == patience {
            return Ok((epoch + 1, best.1));
        }
    }
    Ok((epochs, best.1))
}

fn loader(dataset: Arc<dyn Dataset>) -> Result<Loader, Box<dyn Error>> {
    Ok(Loader::new(dataset, Vec::new(), Preprocessing::gray([28, 28]), LoaderConfig::default(), 7)?)
}

/// Pictures with a bar in noise, whose place is the class; this part of the labels is drawn, which can be learned by heart only.
fn bars(samples: usize, seed: u64, drawn: f32) -> Result<Arc<dyn Dataset>, Box<dyn Error>> {
    let sample = |index: usize| {
        let mut stream = Streams::new(seed).at(0, index as u64).open("bars");
        let class = index % 4;
        let mut pixels: Vec<u8> = (0..28 * 28).map(|_| stream.below(256) as u8).collect();
        for row in 4..24 {
            pixels[row * 28 + 7 * class + 2..][..3].iter_mut().for_each(|pixel| *pixel = 128 + *pixel / 2);
        }
        let label = if stream.chance(drawn) { stream.below(4) } else { class };
        Ok::<_, Box<dyn Error>>(Sample::new(Picture::new(28, 28, 1, pixels)?).with_label(label))
    };
    let samples = (0..samples).map(sample).collect::<Result<_, _>>()?;
    Ok(Arc::new(InMemory::new(samples, ClassNames::numbered(4))?))
}

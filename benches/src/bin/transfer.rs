//! What a base that knows other classes is worth: of a folder of IDX files (Fashion-MNIST) two classes are held out, a network
//! learns the others, and then tells the two apart after few pictures of each, by a new head in two phases and from scratch.
//! Prints a line of JSON for each seed, and the mean margin.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use clap::Parser;
use serde_json::json;
use striate::NewHead;
use striate::backend::{Device, device};
use striate::core::{ClassNames, Preprocessing};
use striate::data::transforms::{RandomHorizontalFlip, RandomShift};
use striate::data::{Augmentation, Dataset, Idx, Loader, LoaderConfig, Map, Part, Pipeline, Subset};
use striate::models::Architecture;
use striate::network::Network;
use striate::training::optimizers::Adam;
use striate::training::{Freeze, Optimizer, Phase, Schedule, Trainer, TrainerConfig, evaluate};

#[derive(Parser)]
struct Words {
    /// Folder with the four IDX files.
    folder: PathBuf,
    /// The classes that the base never sees.
    #[arg(long, value_delimiter = ',', default_value = "2,4")]
    held_out: Vec<usize>,
    /// Pictures of each of them to learn from.
    #[arg(long, default_value_t = 50)]
    pictures: usize,
    #[arg(long, default_value_t = 5)]
    seeds: u64,
    /// Epochs of the base.
    #[arg(long, default_value_t = 4)]
    epochs: usize,
}

/// Epochs over the few pictures: with a frozen base, then of all layers; from scratch as many as both.
const PHASES: [usize; 2] = [20, 20];

fn main() -> Result<()> {
    let Words { folder, held_out, pictures, seeds, epochs } = Words::parse();
    let device = device("flex")?;
    let train: Arc<dyn Dataset> = Arc::new(Idx::open_dir(&folder, Part::Train)?);
    let test: Arc<dyn Dataset> = Arc::new(Idx::open_dir(&folder, Part::Test)?);
    let others: Vec<usize> = (0..train.class_names().len()).filter(|class| !held_out.contains(class)).collect();
    let base = network(others.len(), 1, &device)?;
    let mut trainer = Trainer::new(base, in_one_piece(epochs))?;
    trainer.fit(&loader(only(&train, &others, usize::MAX, 0)?, 64, true, 1)?, None)?;
    let base = trainer.network();
    let of_others = evaluate(&base, &loader(only(&test, &others, usize::MAX, 0)?, 250, false, 1)?)?;
    println!("{}", json!({ "base": of_others.accuracy(), "classes": others.len(), "epochs": epochs }));

    let few_test = loader(only(&test, &held_out, usize::MAX, 0)?, 250, false, 1)?;
    let mut margins = Vec::new();
    for seed in 0..seeds {
        // Other pictures for each seed.
        let few = only(&train, &held_out, pictures, seed as usize * pictures)?;
        let few = loader(few, 10, true, seed)?;
        let accuracy = |network: Network, config: TrainerConfig| -> Result<f64> {
            let mut trainer = Trainer::new(network, TrainerConfig { seed, ..config })?;
            trainer.fit(&few, None)?;
            evaluate(&trainer.network(), &few_test)?.accuracy().context("a classifier")
        };
        let phase =
            |epochs, freeze, rate| Phase { epochs, freeze, optimizer: adam(rate), schedule: Schedule::cosine(0.0) };
        let [frozen, free] = PHASES;
        let two_phases = TrainerConfig {
            epochs: frozen + free,
            phases: vec![phase(frozen, Freeze::Base, 2e-3), phase(free, Freeze::Nothing, 2e-4)],
            ..TrainerConfig::default()
        };
        let head = NewHead { hidden: vec![64], ..NewHead::default() };
        let transferred = accuracy(head.on(&base, held_out.len(), seed)?, two_phases)?;
        let scratch = in_one_piece(frozen + free);
        // Also under the smaller head, so that the better of the two counts.
        let whole = accuracy(network(held_out.len(), seed, &device)?, scratch.clone())?;
        let pooled = accuracy(head.on(&network(held_out.len(), seed, &device)?, held_out.len(), seed)?, scratch)?;
        margins.push(transferred - whole.max(pooled));
        println!(
            "{}",
            json!({ "seed": seed, "two_phases": transferred, "scratch": whole, "scratch_with_the_same_head": pooled })
        );
    }
    let mean = margins.iter().sum::<f64>() / margins.len() as f64;
    let least = margins.iter().copied().fold(f64::INFINITY, f64::min);
    println!("{}", json!({ "mean_margin": mean, "least_margin": least }));
    Ok(())
}

fn adam(rate: f64) -> Optimizer {
    Optimizer::Adam(Adam::keras().learning_rate(rate))
}

fn in_one_piece(epochs: usize) -> TrainerConfig {
    TrainerConfig { epochs, optimizer: adam(2e-3), schedule: Schedule::cosine(0.0), ..TrainerConfig::default() }
}

fn network(classes: usize, seed: u64, device: &Device) -> Result<Network> {
    Ok(Architecture::Cifar10Cnn.config().classes(classes).in_channels(1).size([28, 28]).spec()?.init(seed, device))
}

/// The samples of some classes, which are counted anew; of each at most so many, after the first `skipped`.
fn only(data: &Arc<dyn Dataset>, classes: &[usize], at_most: usize, skipped: usize) -> Result<Arc<dyn Dataset>> {
    let place = |class: usize| classes.iter().position(|wanted| *wanted == class);
    let mut seen = vec![0; classes.len()];
    let wanted = (0..data.len()).filter(|index| {
        let Some(class) = data.label(*index).and_then(place) else { return false };
        seen[class] += 1;
        seen[class] > skipped && seen[class] - skipped <= at_most
    });
    let subset = Subset::new(data.clone(), wanted.collect())?;
    let places: Vec<Option<usize>> = (0..data.class_names().len()).map(place).collect();
    let relabel = move |label: Option<usize>| label.and_then(|label| places.get(label).copied().flatten());
    let map = Map::new(Arc::new(subset), format!("only {classes:?}"), Ok);
    Ok(Arc::new(map.relabelled(ClassNames::numbered(classes.len()), relabel)))
}

/// Shuffled and with random changes, or plain.
fn loader(data: Arc<dyn Dataset>, batch_size: usize, learns: bool, seed: u64) -> Result<Loader> {
    let steps: Vec<Augmentation> = match learns {
        true => vec![RandomHorizontalFlip::default().into(), RandomShift { max_px: 2 }.into()],
        false => Vec::new(),
    };
    let config = LoaderConfig { batch_size, shuffle: learns, drop_last: false, ..LoaderConfig::default() };
    Ok(Loader::new(data, vec![Arc::new(Pipeline { steps })], Preprocessing::gray([28, 28]), config, seed)?)
}

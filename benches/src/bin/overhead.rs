//! What the loop costs beside the steps: as a line of JSON, batches per second around a network that does next to nothing,
//! or the time of an epoch with everything beside that of its steps alone.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result};
use clap::{Parser, ValueEnum};
use serde_json::json;
use striate::backend::device;
use striate::core::{ClassNames, Preprocessing, Streams};
use striate::data::{InMemory, Loader, LoaderConfig, Picture, Sample};
use striate::layers::losses::SparseCategoricalCrossEntropy;
use striate::layers::{Dense, Flatten};
use striate::models::Architecture;
use striate::network::NetworkSpec;
use striate::training::callbacks::{Checkpoints, HistoryFile, ProgressReport, TensorBoard};
use striate::training::metrics::{ClassAccuracy, TopK};
use striate::training::optimizers::Sgd;
use striate::training::{Head, Optimizer, Target, Trainer, TrainerConfig};
use striate_benches::paired_ratio;

#[derive(Parser)]
struct Words {
    what: What,
    /// Pairs of epochs that are compared.
    #[arg(long, default_value_t = 5)]
    pairs: usize,
    /// Pictures of an epoch of ResNet-18.
    #[arg(long, default_value_t = 2048)]
    pictures: usize,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    /// A dense layer of four weights, batches of one picture of two px; with progress, history and accuracy.
    Loop,
    /// ResNet-18 on 32 x 32 px, batches of 64: two epochs with progress, history, TensorBoard, metrics and a checkpoint after
    /// each, beside their steps alone, both from a new trainer.
    Epoch,
}

fn main() -> Result<()> {
    let Words { what, pairs, pictures } = Words::parse();
    let line = match what {
        What::Loop => empty_loop()?,
        What::Epoch => epoch(pairs, pictures)?,
    };
    println!("{line}");
    Ok(())
}

/// Noise of these sides (height, width, channels), of two classes, in batches of this size by so many workers.
fn noise(pictures: usize, sides: [usize; 3], batch_size: usize, workers: usize) -> Result<Loader> {
    let [height, width, channels] = sides;
    let sample = |index: usize| {
        let mut stream = Streams::new(0).at(0, index as u64).open("noise");
        let pixels = (0..height * width * channels).map(|_| stream.below(256) as u8).collect();
        Ok(Sample::new(Picture::new(height, width, channels, pixels)?).with_label(index % 2))
    };
    let samples = (0..pictures).map(sample).collect::<Result<Vec<_>>>()?;
    let dataset = Arc::new(InMemory::new(samples, ClassNames::numbered(2))?);
    let how = match channels {
        1 => Preprocessing::gray([height, width]),
        _ => Preprocessing::torch(height, width),
    };
    let config = LoaderConfig { batch_size, workers, drop_last: true, ..LoaderConfig::default() };
    Ok(Loader::new(dataset, Vec::new(), how, config, 1)?)
}

fn rule() -> Optimizer {
    Optimizer::Sgd(Sgd::torch().learning_rate(1e-3).momentum(0.9))
}

fn empty_loop() -> Result<serde_json::Value> {
    let loader = noise(20_000, [1, 2, 1], 1, 0)?;
    let mut net = NetworkSpec::builder("next_to_nothing");
    let images = net.input("images", [1, 1, 2]);
    let x = net.add("flatten", Flatten::new(), images);
    let x = net.add("fc", Dense::new(2), x);
    let network = net.output(x).build()?.init(0, &device("flex")?);
    let folder = tempfile::tempdir()?;
    let epochs = 5;
    let config = TrainerConfig { epochs, optimizer: rule(), ..TrainerConfig::default() };
    let mut trainer = Trainer::new(network, config)?
        .with_callback(ProgressReport::new())
        .with_callback(HistoryFile::new(folder.path().join("history.csv")));
    let begun = Instant::now();
    trainer.fit(&loader, None)?;
    let fitted = begun.elapsed().as_secs_f64();
    // The same without the loop and the loader: what the network itself takes.
    let batch = loader.epoch(0, 0).next().context("there are batches")??;
    let begun = Instant::now();
    let steps = 20_000;
    for _ in 0..steps {
        trainer.step(&batch, 1e-3)?;
    }
    let stepped = begun.elapsed().as_secs_f64();
    let batches = (epochs * loader.batches_per_epoch()) as f64;
    Ok(json!({ "batches_per_s": batches / fitted, "steps_alone_per_s": f64::from(steps) / stepped }))
}

fn epoch(pairs: usize, pictures: usize) -> Result<serde_json::Value> {
    let loader = noise(pictures, [32, 32, 3], 64, 2)?;
    let network = Architecture::ResNet18.config().classes(2).size([32, 32]).spec()?.init(0, &device("flex")?);
    let folder = tempfile::tempdir()?;
    let epochs = 2;
    let config = TrainerConfig { epochs, optimizer: rule(), ..TrainerConfig::default() };
    let mut failed = None;
    let mut number = 0;
    let with_all = |number: usize| -> Result<()> {
        let run = folder.path().join(number.to_string());
        std::fs::create_dir(&run)?;
        let head = Head::new(Target::Label, SparseCategoricalCrossEntropy::new())
            .with_metric(ClassAccuracy::default())
            .with_metric(TopK { k: 2, ..TopK::default() });
        let mut trainer = Trainer::with_heads(network.clone(), vec![head], config.clone())?
            .with_callback(ProgressReport::new())
            .with_callback(HistoryFile::new(run.join("history.csv")))
            .with_callback(TensorBoard::new(run.join("tensorboard")))
            .with_checkpoints(Checkpoints::new(run.join("checkpoints")));
        trainer.fit(&loader, None)?;
        Ok(())
    };
    let ratio = paired_ratio(
        pairs,
        || {
            number += 1;
            failed = failed.take().or(with_all(number).err());
        },
        || {
            let unmeasured = Head::new(Target::Label, SparseCategoricalCrossEntropy::new());
            let trainer = Trainer::with_heads(network.clone(), vec![unmeasured], config.clone());
            let mut plain = trainer.expect("the same network as in the other epochs");
            for epoch in 0..epochs {
                for batch in loader.epoch(epoch as u64, 0) {
                    let batch = batch.expect("pictures in memory");
                    plain.step(&batch, 1e-3).expect("the same batches as in the other epochs");
                    loader.recycle(batch);
                }
            }
        },
    );
    match failed {
        Some(error) => Err(error),
        None => Ok(json!({ "ratio": ratio.median, "low": ratio.low, "high": ratio.high, "pictures": pictures })),
    }
}

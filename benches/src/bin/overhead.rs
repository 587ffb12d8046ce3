//! What the loop costs beside the steps: as a line of JSON, batches per second around a network that does next to nothing,
//! or what an epoch with everything takes beside its steps.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

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
use striate::training::callbacks::{Callback, Checkpoints, Control, HistoryFile, ProgressReport, TensorBoard};
use striate::training::metrics::{ClassAccuracy, Metric, Scores, Targets, TopK};
use striate::training::optimizers::Sgd;
use striate::training::{Head, Optimizer, StepReport, Target, TrainError, Trainer, TrainerConfig};

#[derive(Parser)]
struct Words {
    what: What,
    /// Epochs of ResNet-18.
    #[arg(long, default_value_t = 1)]
    epochs: usize,
    /// Pictures of an epoch of ResNet-18; CIFAR-10 has 50,000.
    #[arg(long, default_value_t = 50_000)]
    pictures: usize,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    /// A dense layer of four weights, batches of one picture of two px; with progress, history and accuracy.
    Loop,
    /// ResNet-18 on 32 x 32 px, batches of 64, with progress, history, TensorBoard, metrics and a checkpoint before the first
    /// epoch and after each: what all but the steps takes, and waiting for batches too.
    Epoch,
}

fn main() -> Result<()> {
    let Words { what, epochs, pictures } = Words::parse();
    let line = match what {
        What::Loop => empty_loop()?,
        What::Epoch => epoch(epochs, pictures)?,
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

/// When a step began, and how long all have taken.
#[derive(Default)]
struct Clock {
    begun: Option<Instant>,
    steps: Duration,
}

/// The last callback: what comes after it is the step.
struct Begins(Arc<Mutex<Clock>>);

/// The first callback: what came before it was the step.
struct Ends(Arc<Mutex<Clock>>);

impl Callback for Begins {
    fn batch_begin(&mut self, _: &mut Trainer, _: usize) -> Result<(), TrainError> {
        self.0.lock().expect("nothing panics with it").begun = Some(Instant::now());
        Ok(())
    }
}

impl Callback for Ends {
    fn batch_end(&mut self, _: &mut Trainer, _: usize, _: &StepReport) -> Result<Control, TrainError> {
        let mut clock = self.0.lock().expect("nothing panics with it");
        if let Some(begun) = clock.begun.take() {
            clock.steps += begun.elapsed();
        }
        Ok(Control::Continue)
    }
}

/// Classes of CIFAR-10, whose pictures these are in size and number.
const CLASSES: usize = 10;

fn epoch(epochs: usize, pictures: usize) -> Result<serde_json::Value> {
    let batch_size = 64;
    let loader = noise(pictures, [32, 32, 3], batch_size, 2)?;
    let network = Architecture::ResNet18.config().classes(CLASSES).size([32, 32]).spec()?.init(0, &device("flex")?);
    let folder = tempfile::tempdir()?;
    let metrics = [Metric::Accuracy(ClassAccuracy::default()), Metric::TopK(TopK { k: 2, ..TopK::default() })];
    let head = Head::new(Target::Label, SparseCategoricalCrossEntropy::new());
    let head = metrics.iter().cloned().fold(head, Head::with_metric);
    let config = TrainerConfig { epochs, optimizer: rule(), ..TrainerConfig::default() };
    let clock = Arc::new(Mutex::new(Clock::default()));
    let mut trainer = Trainer::with_heads(network, vec![head], config)?
        .with_callback(Ends(clock.clone()))
        .with_callback(ProgressReport::new())
        .with_callback(HistoryFile::new(folder.path().join("history.csv")))
        .with_callback(TensorBoard::new(folder.path().join("tensorboard")))
        .with_callback(Begins(clock.clone()))
        .with_checkpoints(Checkpoints::new(folder.path().join("checkpoints")));
    let begun = Instant::now();
    trainer.fit(&loader, None)?;
    let fitted = begun.elapsed().as_secs_f64();
    let steps = clock.lock().expect("nothing panics with it").steps.as_secs_f64();
    // Metrics are counted within the step: once more by themselves.
    let scores: Vec<f32> = (0..batch_size * CLASSES).map(|at| (at * 37 % 101) as f32).collect();
    let labels: Vec<usize> = (0..batch_size).map(|at| at % CLASSES).collect();
    let mut states = metrics.iter().map(Metric::start).collect::<Result<Vec<_>, _>>()?;
    let begun = Instant::now();
    for _ in 0..epochs * loader.batches_per_epoch() {
        for state in &mut states {
            state.update(&Scores::rows(&scores, &[batch_size, CLASSES]), &Targets::Labels(&labels))?;
        }
    }
    let counted = begun.elapsed().as_secs_f64();
    let beside = fitted - steps + counted;
    Ok(json!({
        "epoch_s": fitted / epochs as f64,
        "beside_steps_s": beside / epochs as f64,
        "part": beside / (fitted - beside),
        "pictures": pictures,
    }))
}

//! The loop.

use std::collections::BTreeMap;
use std::path::Path;

use burn::module::Module;
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_core::Streams;
use striate_data::{Batch, Loader};
use striate_layers::losses::SparseCategoricalCrossEntropy;
use striate_layers::{Context, Value};
use striate_network::{Network, State};

use crate::callbacks::EpochEnd;
pub use crate::checkpoint::Best;
use crate::checkpoint::{Progress, RunState};
use crate::metrics::Accuracy;
use crate::optimizers::Updates;
use crate::schedules::Run;
use crate::{Callback, Checkpoint, Control, History, Optimizer, Schedule, Split, TrainError};

/// How a network is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainerConfig {
    /// Times that the training data is gone through, at least 1.
    pub epochs: usize,
    /// The update rule.
    pub optimizer: Optimizer,
    /// The learning rate of each step.
    pub schedule: Schedule,
    /// The seed of dropout and the like.
    pub seed: u64,
    /// Whether what is cheap, batch norms and activations, is made again in the backward pass instead of being kept: less
    /// memory and more time for the same result.
    #[serde(default)]
    pub activation_checkpointing: bool,
}

/// Trains a network.
///
/// The same network, batches and config give the same weights, whatever was interrupted in between.
pub struct Trainer {
    network: Network,
    device: Device,
    classes: usize,
    config: TrainerConfig,
    identity: BTreeMap<String, String>,
    loss: SparseCategoricalCrossEntropy,
    updates: Updates,
    progress: Progress,
    history: History,
    best: Option<(Best, State)>,
    callbacks: Vec<Box<dyn Callback>>,
}

/// One step's result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepReport {
    /// The mean loss of the batch, before the step.
    pub loss: f64,
    /// Its accuracy.
    pub accuracy: Accuracy,
    /// Its samples.
    pub samples: usize,
}

/// What a network reaches on some data.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The mean loss of a sample.
    pub loss: f64,
    /// The fraction of samples whose class was right.
    pub accuracy: f64,
    /// Samples.
    pub samples: usize,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// All epochs are done.
    Complete,
    /// A callback stopped it.
    Stopped,
}

impl Trainer {
    /// Takes a classifier: one output `[classes]` of logits.
    ///
    /// # Errors
    /// If an option is out of its range or the network is no classifier.
    pub fn new(network: Network, config: TrainerConfig) -> Result<Self, TrainError> {
        if config.epochs == 0 {
            let rule = "it must be at least 1";
            return Err(TrainError::Option { option: "epochs", value: "0".into(), rule });
        }
        config.optimizer.validate()?;
        config.schedule.validate()?;
        let classes = classes_of(&network)?;
        let network = network.valid();
        let device = device_of(&network)?;
        Ok(Self {
            network: trained(network, &config),
            device,
            classes,
            identity: BTreeMap::new(),
            loss: SparseCategoricalCrossEntropy::new(),
            updates: Updates::new(config.optimizer),
            progress: Progress::default(),
            history: History::default(),
            best: None,
            callbacks: Vec::new(),
            config,
        })
    }

    /// Lets a callback take part.
    pub fn with_callback(mut self, callback: impl Callback + 'static) -> Self {
        self.callbacks.push(Box::new(callback));
        self
    }

    /// Notes what the run is started with; a checkpoint that was started with something else is refused.
    pub fn with_identity(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.identity.insert(name.into(), value.into());
        self
    }

    /// How the network is trained.
    pub fn config(&self) -> &TrainerConfig {
        &self.config
    }

    /// Where the run is.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// What was measured so far.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The best epoch so far.
    pub fn best(&self) -> Option<Best> {
        self.best.as_ref().map(|(best, _)| *best)
    }

    /// The network as it is, for evaluation.
    pub fn network(&self) -> Network {
        self.network.valid()
    }

    /// The network with the weights of the best epoch, or as it is if none is finished.
    ///
    /// # Errors
    /// None in practice: the weights are the network's own.
    pub fn best_network(&self) -> Result<Network, TrainError> {
        match &self.best {
            Some((_, state)) => Ok(self.network().with_state(state.clone())?),
            None => Ok(self.network()),
        }
    }

    /// Notes a value that was measured outside the loop, such as the test data's at the end.
    pub fn note(&mut self, split: Split, evaluation: &Evaluation) {
        let epoch = self.best().map_or(self.progress.epoch, |best| best.epoch);
        self.note_of(epoch, split, evaluation);
    }

    fn note_of(&mut self, epoch: usize, split: Split, evaluation: &Evaluation) {
        self.history.push(epoch, split, "loss", evaluation.loss);
        self.history.push(epoch, split, "accuracy", evaluation.accuracy);
    }

    /// The run's whole state.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            run: RunState {
                identity: self.identity.clone(),
                step: self.updates.step(),
                progress: self.progress,
                history: self.history.clone(),
                best: self.best(),
            },
            weights: self.network.state(),
            updates: self.updates.state(),
            best: self.best.as_ref().map(|(_, state)| state.clone()),
        }
    }

    /// Goes on from a checkpoint, read from `path`.
    ///
    /// # Errors
    /// If it is of another run or another network.
    pub fn restore(&mut self, checkpoint: Checkpoint, path: &Path) -> Result<(), TrainError> {
        let theirs = &checkpoint.run.identity;
        let differs = |name: &&String| theirs.get(*name) != self.identity.get(*name);
        if let Some(name) = theirs.keys().chain(self.identity.keys()).find(differs) {
            let value = |of: &BTreeMap<String, String>| of.get(name).cloned().unwrap_or_else(|| "nothing".into());
            let difference = format!("{name} was {}, is {}", value(theirs), value(&self.identity));
            return Err(TrainError::Mismatch { path: path.into(), difference });
        }
        self.network = trained(self.network.clone().with_state(checkpoint.weights)?, &self.config);
        self.updates.restore(checkpoint.run.step, checkpoint.updates, &self.device);
        self.progress = checkpoint.run.progress;
        self.history = checkpoint.run.history;
        self.best = checkpoint.run.best.zip(checkpoint.best);
        Ok(())
    }

    /// Trains until all epochs are done or a callback stops.
    ///
    /// # Errors
    /// If data can't be loaded, doesn't fit the network, or the loss is no number.
    pub fn fit(&mut self, train: &Loader, validation: Option<&Loader>) -> Result<Fit, TrainError> {
        let mut callbacks = std::mem::take(&mut self.callbacks);
        let result = self.run(train, validation, &mut callbacks);
        let failed = result.is_err();
        let ended = callbacks.iter_mut().map(|callback| callback.run_end(self, failed)).collect::<Result<Vec<()>, _>>();
        self.callbacks = callbacks;
        let fit = result?;
        ended?;
        Ok(fit)
    }

    fn run(
        &mut self,
        train: &Loader,
        validation: Option<&Loader>,
        callbacks: &mut [Box<dyn Callback>],
    ) -> Result<Fit, TrainError> {
        let steps = train.batches_per_epoch();
        for callback in callbacks.iter_mut() {
            callback.run_begin(self, steps)?;
        }
        while self.progress.epoch < self.config.epochs {
            let mut control = self.run_epoch(train, callbacks)?;
            // An epoch whose last step is done is ended first, so that nothing is lost.
            if control == Control::Stop && self.progress.batch < steps {
                return Ok(Fit::Stopped);
            }
            let end = self.end_epoch(validation)?;
            for callback in callbacks.iter_mut() {
                if callback.epoch_end(self, &end)? == Control::Stop {
                    control = Control::Stop;
                }
            }
            if control == Control::Stop && self.progress.epoch < self.config.epochs {
                return Ok(Fit::Stopped);
            }
        }
        Ok(Fit::Complete)
    }

    fn run_epoch(&mut self, train: &Loader, callbacks: &mut [Box<dyn Callback>]) -> Result<Control, TrainError> {
        let epoch = self.progress.epoch as u64;
        let steps = train.batches_per_epoch() as u64;
        let run = Run::new(steps, self.config.epochs as u64);
        for batch in train.epoch(epoch, self.progress.batch) {
            let learning_rate = self.config.optimizer.learning_rate();
            let rate = self.config.schedule.rate(learning_rate, self.updates.step(), run);
            let report = self.step(&batch?, rate)?;
            self.progress.loss_sum += report.loss * report.samples as f64;
            self.progress.accuracy.merge(report.accuracy);
            self.progress.batch += 1;
            let mut control = Control::Continue;
            for callback in callbacks.iter_mut() {
                if callback.batch_end(self, self.progress.batch, &report)? == Control::Stop {
                    control = Control::Stop;
                }
            }
            if control == Control::Stop {
                return Ok(Control::Stop);
            }
        }
        Ok(Control::Continue)
    }

    fn end_epoch(&mut self, validation: Option<&Loader>) -> Result<EpochEnd, TrainError> {
        let Progress { epoch, loss_sum, accuracy, .. } = self.progress;
        let epoch = epoch + 1;
        let train = Evaluation {
            loss: loss_sum / accuracy.seen.max(1) as f64,
            accuracy: accuracy.value(),
            samples: accuracy.seen as usize,
        };
        let validation = validation.map(|loader| self.evaluate(loader)).transpose()?;
        self.finite(validation.map_or(0.0, |validation| validation.loss))?;
        self.progress = Progress { epoch, ..Progress::default() };
        self.note_of(epoch, Split::Train, &train);
        if let Some(validation) = &validation {
            self.note_of(epoch, Split::Validation, validation);
        }
        // Without validation data the last epoch counts as the best.
        let is_best = match (self.best(), validation) {
            (Some(best), Some(now)) => (now.accuracy, -now.loss) > (best.accuracy, -best.loss),
            _ => true,
        };
        if is_best {
            let Evaluation { loss, accuracy, .. } = validation.unwrap_or(train);
            self.best = Some((Best { epoch, loss, accuracy }, self.network.state()));
        }
        Ok(EpochEnd { epoch, train, validation })
    }

    /// Takes one step on a batch at this learning rate.
    ///
    /// # Errors
    /// If the batch has no labels or one that the network hasn't.
    pub fn step(&mut self, batch: &Batch, rate: f64) -> Result<StepReport, TrainError> {
        check_labels(batch, self.classes)?;
        let streams = Streams::new(self.config.seed).at(self.progress.epoch as u64, self.updates.step());
        let images = batch.images_tensor(&self.device);
        let labels = batch.labels_tensor(&self.device);
        let mut context = Context::training(streams);
        let mut outputs = self.network.run(vec![images.into()], &mut context)?.into_iter().map(Value::float::<2>);
        let logits = outputs.next().expect("a classifier has an output");
        let scores = logits.clone().inner();
        let mut accuracy = Accuracy::default();
        accuracy.update(&floats(scores), &batch.labels);
        let penalties = [self.network.weight_penalty(), context.take_penalty()];
        let main = self.loss.forward(logits, labels.clone());
        let auxiliary = outputs.map(|logits| self.loss.forward(logits, labels.clone()) * AUXILIARY_WEIGHT);
        let loss = auxiliary.chain(penalties.into_iter().flatten()).fold(main, |loss, more| loss + more);
        // Before the step: weights that are no numbers are never kept.
        let mean = f64::from(floats(loss.clone().inner())[0]);
        self.finite(mean)?;
        let mut gradients = loss.backward();
        self.updates.apply(&mut self.network, &mut gradients, rate);
        self.network = context.take_updates().apply(self.network.clone().constrained());
        Ok(StepReport { loss: mean, accuracy, samples: batch.labels.len() })
    }

    /// Measures the network as it is.
    ///
    /// # Errors
    /// If data can't be loaded, has no labels, or one that the network hasn't.
    pub fn evaluate(&self, loader: &Loader) -> Result<Evaluation, TrainError> {
        evaluate(&self.network(), loader)
    }

    fn finite(&self, loss: f64) -> Result<(), TrainError> {
        let Progress { epoch, batch, .. } = self.progress;
        if loss.is_finite() { Ok(()) } else { Err(TrainError::Diverged { loss, epoch: epoch + 1, step: batch + 1 }) }
    }
}

/// What the loss of an auxiliary head counts beside that of the logits (Szegedy et al. 2015, section 5).
const AUXILIARY_WEIGHT: f64 = 0.3;

/// Measures a classifier on a loader's batches.
///
/// # Errors
/// If data can't be loaded, has no labels, or one that the network hasn't; if the network doesn't take such pictures.
pub fn evaluate(network: &Network, loader: &Loader) -> Result<Evaluation, TrainError> {
    let classes = classes_of(network)?;
    let device = device_of(network)?;
    let loss = SparseCategoricalCrossEntropy::new();
    let mut loss_sum = 0.0;
    let mut accuracy = Accuracy::default();
    for batch in loader.epoch(0, 0) {
        let batch = batch?;
        check_labels(&batch, classes)?;
        let images = batch.images_tensor(&device);
        let mut outputs = network.run(vec![images.into()], &mut Context::evaluation())?;
        let logits: Tensor<2> = outputs.remove(0).float();
        accuracy.update(&floats(logits.clone()), &batch.labels);
        let losses = floats(loss.each(logits, batch.labels_tensor(&device)));
        loss_sum += losses.into_iter().map(f64::from).sum::<f64>();
    }
    let samples = accuracy.seen as usize;
    Ok(Evaluation { loss: loss_sum / samples.max(1) as f64, accuracy: accuracy.value(), samples })
}

/// The classes of a network that gives logits, and perhaps those of auxiliary heads.
fn classes_of(network: &Network) -> Result<usize, TrainError> {
    let outputs = || network.spec().output_signatures();
    let got = || outputs().iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
    network.spec().classes().ok_or_else(|| TrainError::Output { got: got() })
}

/// The network as the config trains it.
fn trained(network: Network, config: &TrainerConfig) -> Network {
    if config.activation_checkpointing { network.with_activation_checkpointing() } else { network.train() }
}

fn device_of(network: &Network) -> Result<Device, TrainError> {
    network.devices().first().cloned().ok_or(TrainError::NoWeights)
}

fn check_labels(batch: &Batch, classes: usize) -> Result<(), TrainError> {
    if batch.labels.len() != batch.indices.len() {
        return Err(TrainError::Unlabelled);
    }
    let labelled = batch.labels.iter().zip(&batch.indices);
    match labelled.into_iter().find(|(label, _)| **label >= classes) {
        Some((&label, &index)) => Err(TrainError::Label { label, index, classes }),
        None => Ok(()),
    }
}

fn floats<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

//! The loop.

mod config;
mod evaluate;
mod fit;
mod phase;
mod precision;
mod rate_finder;
mod state;
mod step;

use std::collections::BTreeMap;

use burn::module::Module;
use serde_json::Value as Json;
use striate_backend::Device;
use striate_network::{Network, NetworkSpec, NodeKind, State};

pub use self::config::TrainerConfig;
pub use self::evaluate::{evaluate, evaluate_confusion, evaluate_heads, predict};
pub use self::fit::Fit;
pub use self::phase::{Freeze, Phase};
pub use self::precision::Precision;
pub use self::rate_finder::{RateCurve, RateFinder};
pub use self::step::StepReport;
use crate::callbacks::Checkpoints;
pub use crate::checkpoint::Best;
use crate::checkpoint::Progress;
use crate::heads::{Head, Wired, wire};
use crate::optimizers::{Accumulator, EmaWeights, Updates};
use crate::{Callback, Evaluation, History, Optimizer, Split, TrainError};

/// Trains a network.
///
/// The same network, batches and config give the same weights, whatever was interrupted in between.
pub struct Trainer {
    network: Network,
    /// The network as it was given: what is frozen in it is so in every phase.
    given: NetworkSpec,
    device: Device,
    heads: Vec<Wired>,
    /// Whether a layer has a regularizer.
    penalized: bool,
    /// Whether a layer has a constraint.
    constrained: bool,
    config: TrainerConfig,
    identity: BTreeMap<String, String>,
    updates: Updates,
    accumulator: Accumulator,
    averages: Option<EmaWeights>,
    progress: Progress,
    history: History,
    best: Option<(Best, State)>,
    callbacks: Vec<Box<dyn Callback>>,
    callback_states: BTreeMap<String, Json>,
    checkpoints: Option<Checkpoints>,
}

impl Trainer {
    /// Takes a classifier: its first output gives logits `[classes]`, other outputs are auxiliary heads.
    ///
    /// # Errors
    /// If an option is out of its range or the network is no classifier.
    pub fn new(network: Network, config: TrainerConfig) -> Result<Self, TrainError> {
        let heads = Head::classifiers(network.spec())?;
        Self::with_heads(network, heads, config)
    }

    /// Takes any network, with a head for each of its outputs, in order.
    ///
    /// # Errors
    /// If an option is out of its range, the network has no weights, or a loss or metric doesn't fit its output.
    pub fn with_heads(network: Network, heads: Vec<Head>, config: TrainerConfig) -> Result<Self, TrainError> {
        config.validate()?;
        let heads = wire(network.spec(), heads)?;
        let network = network.valid();
        let device = device_of(&network)?;
        config.precision.check(&device)?;
        let weights = || {
            network.spec().nodes().iter().filter_map(|node| match node.kind() {
                NodeKind::Layer(layer) => Some(layer.weights()),
                _ => None,
            })
        };
        let penalized = weights().flatten().any(|(_, weight)| weight.regularizer.is_some());
        let constrained = weights().flatten().any(|(_, weight)| weight.constraint.is_some());
        let mut trainer = Self {
            penalized,
            constrained,
            given: network.spec().clone(),
            device,
            heads,
            identity: BTreeMap::new(),
            updates: Updates::new(config.optimizer),
            accumulator: Accumulator::new(),
            averages: config.ema.map(EmaWeights::new).transpose()?,
            progress: Progress { loss_scale: config.scaling().map(|scale| scale.start()), ..Progress::default() },
            history: History::default(),
            best: None,
            callbacks: Vec::new(),
            callback_states: BTreeMap::new(),
            checkpoints: None,
            network,
            config,
        };
        trainer.enter_phase(0)?;
        Ok(trainer)
    }

    /// Begins a phase: its layers learn, by its rule, which remembers nothing yet.
    fn enter_phase(&mut self, phase: usize) -> Result<(), TrainError> {
        let spec = match self.config.phases.get(phase) {
            Some(phase) => phase.freeze.apply(&self.given)?,
            None => self.given.clone(),
        };
        let network = self.network.valid();
        let network = if spec == *network.spec() { network } else { network.rebuilt(spec, 0) };
        let (optimizer, _) = self.config.rule_of(phase);
        self.updates =
            Updates::new(*optimizer).with_groups(&self.config.groups, &network)?.with_clip(self.config.clip)?;
        self.accumulator = Accumulator::new();
        self.progress.gathered = 0;
        self.network = trained(network, &self.config);
        self.progress.phase = phase;
        self.progress.rate_factor = 1.0;
        Ok(())
    }

    /// Lets a callback take part; they are asked in the order in which they came.
    pub fn with_callback(mut self, callback: impl Callback + 'static) -> Self {
        self.callbacks.push(Box::new(callback));
        self
    }

    /// Saves the run's whole state now and then, after the callbacks of the same moment.
    pub fn with_checkpoints(self, checkpoints: Checkpoints) -> Self {
        Self { checkpoints: Some(checkpoints), ..self }
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

    /// The update rule of the current phase.
    pub fn optimizer(&self) -> &Optimizer {
        self.updates.optimizer()
    }

    /// Steps taken in the current phase.
    pub fn steps(&self) -> u64 {
        self.updates.step()
    }

    /// What was measured so far.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// What the batches of the current epoch gave so far, while the weights changed.
    pub fn running(&self) -> Evaluation {
        self.progress.totals.evaluation(&self.heads)
    }

    /// The best epoch so far.
    pub fn best(&self) -> Option<&Best> {
        self.best.as_ref().map(|(best, _)| best)
    }

    /// The network as it is trained, for evaluation.
    pub fn network(&self) -> Network {
        self.network.valid()
    }

    /// The network that is evaluated: with the running averages of the weights, if the config wants some, or as it is.
    pub fn averaged_network(&self) -> Network {
        match &self.averages {
            Some(averages) => averages.apply_to(self.network()),
            None => self.network(),
        }
    }

    /// The network with the weights of the best epoch, or as it is evaluated if none is finished.
    ///
    /// # Errors
    /// None in practice: the weights are the network's own.
    pub fn best_network(&self) -> Result<Network, TrainError> {
        match &self.best {
            Some((_, state)) => Ok(self.network().with_state(state.clone())?),
            None => Ok(self.averaged_network()),
        }
    }

    /// Goes on with these weights.
    ///
    /// # Errors
    /// If they aren't the network's: nothing changes then.
    pub fn set_weights(&mut self, weights: State) -> Result<(), TrainError> {
        self.network = trained(self.network.clone().with_state(weights)?, &self.config);
        Ok(())
    }

    /// Goes back to the weights of the best epoch, if one is finished.
    ///
    /// # Errors
    /// None in practice: the weights are the network's own.
    pub fn restore_best(&mut self) -> Result<(), TrainError> {
        match self.best.as_ref().map(|(_, state)| state.clone()) {
            Some(state) => self.set_weights(state),
            None => Ok(()),
        }
    }

    /// What the schedule's rate is multiplied by from now on.
    pub fn rate_factor(&self) -> f64 {
        self.progress.rate_factor
    }

    /// Multiplies the schedule's rate by this from now on; it is saved in checkpoints.
    pub fn set_rate_factor(&mut self, factor: f64) {
        self.progress.rate_factor = factor;
    }

    /// Notes a value that was measured outside the loop, such as the test data's at the end.
    pub fn note(&mut self, split: Split, evaluation: &Evaluation) {
        let epoch = self.best().map_or(self.progress.epoch, |best| best.epoch);
        self.note_of(epoch, split, evaluation);
    }

    fn note_of(&mut self, epoch: usize, split: Split, evaluation: &Evaluation) {
        for (name, value) in evaluation.values() {
            self.history.push(epoch, split, name, value);
        }
    }
}

/// The network as the config trains it.
fn trained(network: Network, config: &TrainerConfig) -> Network {
    if config.activation_checkpointing { network.with_activation_checkpointing() } else { network.train() }
}

fn device_of(network: &Network) -> Result<Device, TrainError> {
    network.devices().first().cloned().ok_or(TrainError::NoWeights)
}

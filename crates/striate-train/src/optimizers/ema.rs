//! Running averages of weights (Polyak & Juditsky 1992; Tarvainen & Valpola 2017), for evaluation and saving.

use std::collections::BTreeMap;

use burn::Tensor;
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{DType, Int, TensorData};
use serde::{Deserialize, Serialize};
use striate_backend::ops::lerp;
use striate_network::{Network, State};

use super::options::{FRACTION, check_options};
use crate::TrainError;

/// How running averages of a network's weights are kept.
///
/// The first update copies the weights, each further one moves the averages by `1 - decay` of the way to them. That is Keras's
/// `use_ema` with `ema_momentum = decay` and `ema_overwrite_frequency = overwrite_every` (which averages no statistics:
/// [`Statistics::Copy`]), and timm's `ModelEmaV3` without its warm-up, `after` its `update_after_step`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ema {
    /// How much of the averages stays at an update, in `[0, 1)`.
    pub decay: f64,
    /// Steps from one update to the next, at least 1.
    pub every: u64,
    /// Steps before the first update is due.
    pub after: u64,
    /// Whether the decay grows: at the update after `t` others it is at most `(1 + t) / (10 + t)`, as TensorFlow's
    /// `ExponentialMovingAverage` with `num_updates`.
    pub warm_up: bool,
    /// What becomes of numbers that aren't trained.
    pub statistics: Statistics,
    /// Steps from one replacement of the weights by their averages to the next, at least 1; none: they are never replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overwrite_every: Option<u64>,
}

/// What running averages do with numbers that no gradient changes, such as a batch norm's running statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistics {
    /// They are averaged as weights are.
    #[default]
    Average,
    /// They are copied at each update.
    Copy,
}

impl Default for Ema {
    fn default() -> Self {
        Self {
            decay: 0.9999,
            every: 1,
            after: 0,
            warm_up: false,
            statistics: Statistics::Average,
            overwrite_every: None,
        }
    }
}

impl Ema {
    /// Keras 3's defaults of `use_ema`.
    pub fn keras() -> Self {
        Self { decay: 0.99, statistics: Statistics::Copy, ..Self::default() }
    }

    /// Checks that every option is in its range.
    ///
    /// # Errors
    /// Names the first that isn't.
    pub fn validate(&self) -> Result<(), TrainError> {
        let at_least_1 = "it must be at least 1";
        let overwrite = self.overwrite_every.unwrap_or(1);
        check_options(&[
            ("decay", self.decay, (0.0..1.0).contains(&self.decay), FRACTION),
            ("every", self.every as f64, self.every > 0, at_least_1),
            ("overwrite_every", overwrite as f64, overwrite > 0, at_least_1),
        ])
    }

    /// The decay of the update after this many others.
    fn decay_at(&self, updates: u64) -> f64 {
        let updates = updates as f64;
        match (updates == 0.0, self.warm_up) {
            (true, _) => 0.0,
            (false, true) => self.decay.min((1.0 + updates) / (10.0 + updates)),
            (false, false) => self.decay,
        }
    }
}

/// Where running averages are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EmaProgress {
    /// Steps of training seen.
    pub steps: u64,
    /// Updates of the averages.
    pub updates: u64,
}

/// Running averages of a network's weights.
#[derive(Debug, Clone)]
pub struct EmaWeights {
    config: Ema,
    progress: EmaProgress,
    averages: BTreeMap<String, Average>,
}

/// One weight's average.
#[derive(Debug, Clone)]
enum Average {
    /// Flat, with its shape.
    Real(Tensor<1>, Vec<usize>),
    Whole(TensorData),
}

impl EmaWeights {
    /// No averages yet.
    ///
    /// # Errors
    /// If an option is out of its range.
    pub fn new(config: Ema) -> Result<Self, TrainError> {
        config.validate()?;
        Ok(Self { config, progress: EmaProgress::default(), averages: BTreeMap::new() })
    }

    /// How they are kept.
    pub fn config(&self) -> &Ema {
        &self.config
    }

    /// Where they are.
    pub fn progress(&self) -> EmaProgress {
        self.progress
    }

    /// Takes note of a step of training: updates the averages from the network, as it is while it trains, if an update is due.
    /// Returns whether it is also time to replace its weights by the averages, with [`apply_to`](Self::apply_to).
    pub fn update(&mut self, network: &Network) -> bool {
        self.progress.steps += 1;
        let Ema { every, after, overwrite_every, statistics, .. } = self.config;
        let steps = self.progress.steps;
        if steps > after && (steps - after).is_multiple_of(every) {
            let way = 1.0 - self.config.decay_at(self.progress.updates);
            self.progress.updates += 1;
            let averages = &mut self.averages;
            network.visit(&mut Update { averages, way, statistics, path: Vec::new() });
        }
        self.progress.updates > 0 && overwrite_every.is_some_and(|every| steps.is_multiple_of(every))
    }

    /// The network with the averages as its weights; as it is before the first update.
    pub fn apply_to(&self, network: Network) -> Network {
        network.map(&mut Replace { averages: &self.averages, path: Vec::new() })
    }

    /// The averages by the weights' names, as [`Network::state`] has weights; with [`progress`](Self::progress) it is all
    /// that there is to keep.
    pub fn state(&self) -> State {
        let data = |average: &Average| match average {
            Average::Real(row, shape) => {
                TensorData::new(row.to_data().iter::<f32>().collect::<Vec<_>>(), shape.clone())
            }
            Average::Whole(data) => data.clone(),
        };
        self.averages.iter().map(|(name, average)| (name.clone(), data(average))).collect()
    }

    /// Goes on from what [`progress`](Self::progress) and [`state`](Self::state) gave.
    ///
    /// # Errors
    /// If the state isn't of such a network: all weights that differ are named. The averages are then as they were.
    pub fn restore(&mut self, progress: EmaProgress, state: State, network: &Network) -> Result<(), TrainError> {
        let mut averages = BTreeMap::new();
        if progress.updates > 0 {
            let network = network.valid().with_state(state)?;
            let statistics = Statistics::Copy;
            network.visit(&mut Update { averages: &mut averages, way: 1.0, statistics, path: Vec::new() });
        }
        (self.progress, self.averages) = (progress, averages);
        Ok(())
    }
}

struct Update<'a> {
    averages: &'a mut BTreeMap<String, Average>,
    way: f64,
    statistics: Statistics,
    path: Vec<String>,
}

impl ModuleVisitor for Update<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val();
        let copied = self.way == 1.0 || self.statistics == Statistics::Copy && !value.is_require_grad();
        let (shape, name) = (value.dims().to_vec(), self.path.join("."));
        let length = value.shape().num_elements();
        let now = value.without_autodiff().reshape([length]);
        let average = match self.averages.remove(&name) {
            Some(Average::Real(before, _)) if !copied => lerp(before, now, self.way),
            _ => now,
        };
        self.averages.insert(name, Average::Real(average, shape));
    }

    fn visit_int<const D: usize>(&mut self, param: &Param<Tensor<D, Int>>) {
        let data = param.val().into_data().convert_dtype(DType::I64);
        self.averages.insert(self.path.join("."), Average::Whole(data));
    }
}

struct Replace<'a> {
    averages: &'a BTreeMap<String, Average>,
    path: Vec<String>,
}

impl ModuleMapper for Replace<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(Average::Real(row, _)) = self.averages.get(&self.path.join(".")) else { return param };
        let (id, tensor, mapper) = param.consume();
        let average = row.clone().reshape(tensor.shape());
        let average = match tensor.gradient_checkpointing_strategy() {
            Some(strategy) => Tensor::from_inner(average).with_gradient_checkpointing_strategy(strategy),
            None => average,
        };
        let average = if tensor.is_require_grad() { average.require_grad() } else { average };
        Param::from_mapped_value(id, average, mapper)
    }

    fn map_int<const D: usize>(&mut self, param: Param<Tensor<D, Int>>) -> Param<Tensor<D, Int>> {
        let Some(Average::Whole(data)) = self.averages.get(&self.path.join(".")) else { return param };
        let device = param.lazy_device();
        param.map(|_| Tensor::from_data(data.clone(), &device))
    }
}

//! An update rule over all parameters of a network.

use std::collections::{BTreeMap, HashMap};

use burn::Tensor;
use burn::module::{ModuleMapper, Param};
use burn::tensor::{Device, Gradients, TensorData};
use striate_network::{Network, State};

use super::groups::OfParameter;
use super::{Clip, NamedGradients, Optimizer, ParameterGroups};
use crate::TrainError;

/// What a rule remembers of one parameter, flat, in the order of its slots.
pub type Slots = Vec<Tensor<1>>;

/// What an update rule remembers of a network, and how many steps it took.
#[derive(Debug, Clone)]
pub struct Updates {
    optimizer: Optimizer,
    groups: HashMap<String, OfParameter>,
    clip: Option<Clip>,
    step: u64,
    slots: BTreeMap<String, Slots>,
}

impl Updates {
    /// Nothing remembered yet.
    pub fn new(optimizer: Optimizer) -> Self {
        Self { optimizer, groups: HashMap::new(), clip: None, step: 0, slots: BTreeMap::new() }
    }

    /// Trains some of the network's parameters at a rate or decay of their own.
    ///
    /// # Errors
    /// If an option is out of its range, or a pattern fits no parameter: the nearest names are said.
    pub fn with_groups(self, groups: &ParameterGroups, network: &Network) -> Result<Self, TrainError> {
        Ok(Self { groups: groups.resolve(network)?, ..self })
    }

    /// Keeps gradients within bounds, as the library does whose formulas the rule follows.
    ///
    /// # Errors
    /// If the bound is out of its range.
    pub fn with_clip(self, clip: Option<Clip>) -> Result<Self, TrainError> {
        clip.iter().try_for_each(Clip::validate)?;
        Ok(Self { clip, ..self })
    }

    /// Steps taken.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// The rule as it is now.
    pub fn optimizer(&self) -> &Optimizer {
        &self.optimizer
    }

    /// Changes the rule's momentum from the next step on, as [`Optimizer::with_momentum`]; for schedules that cycle it. What a
    /// rule with momentum remembers, and one without doesn't, begins anew.
    pub fn set_momentum(&mut self, momentum: f64) {
        let before = self.optimizer.rule().slots();
        self.optimizer = self.optimizer.with_momentum(momentum);
        let rule = self.optimizer.rule();
        if rule.slots() == before {
            return;
        }
        for slots in self.slots.values_mut() {
            let old: BTreeMap<_, _> = before.iter().zip(std::mem::take(slots)).collect();
            let Some(like) = old.values().next() else { continue };
            let start = Tensor::full(like.dims(), rule.slot_start(), &like.device());
            *slots = rule.slots().iter().map(|slot| old.get(slot).unwrap_or(&start).clone()).collect();
        }
        self.slots.retain(|_, slots| !slots.is_empty());
    }

    /// Takes a step: every parameter that has a gradient changes, in its own memory if no other network has it too.
    pub fn apply(&mut self, network: &mut Network, gradients: &mut Gradients, rate: f64) {
        let gradients = NamedGradients::take(network, gradients);
        self.apply_named(network, gradients, rate);
    }

    /// As [`apply`](Self::apply), with gradients by name: those of several batches, or unscaled ones.
    ///
    /// # Panics
    /// If a gradient hasn't as many values as its parameter.
    pub fn apply_named(&mut self, network: &mut Network, gradients: NamedGradients, rate: f64) {
        let gradients = match &self.clip {
            Some(clip) => clip.apply(gradients, self.optimizer.preset()),
            None => gradients,
        };
        self.step += 1;
        network.map_in_place(&mut Apply { updates: self, gradients, rate, path: Vec::new() });
    }

    /// What is remembered, as `mean/conv1.weight`.
    pub fn state(&self) -> State {
        let names = self.optimizer.rule().slots();
        let of_parameter = |(parameter, slots): (&String, &Slots)| {
            let named = names.iter().zip(slots);
            named.map(|(slot, tensor)| (format!("{slot}/{parameter}"), tensor.to_data())).collect::<Vec<_>>()
        };
        self.slots.iter().flat_map(of_parameter).collect()
    }

    /// Remembers what [`state`](Self::state) gave after this many steps.
    pub fn restore(&mut self, step: u64, state: State, device: &Device) {
        let rule = self.optimizer.rule();
        let names = rule.slots();
        let device = &device.clone().without_autodiff();
        self.step = step;
        self.slots.clear();
        for (name, data) in state {
            if let Some((slot, parameter)) = name.split_once('/')
                && let Some(position) = names.iter().position(|known| *known == slot)
            {
                let length = data.shape().num_elements();
                let values: Vec<f32> = data.iter::<f32>().collect();
                let slots = self
                    .slots
                    .entry(parameter.into())
                    .or_insert_with(|| starts(names.len(), rule.slot_start(), length, device));
                slots[position] = Tensor::from_data(TensorData::new(values, [length]), device);
            }
        }
    }
}

/// Slots of a parameter before its first step, each in memory of its own.
fn starts(count: usize, start: f64, length: usize, device: &Device) -> Slots {
    (0..count).map(|_| Tensor::full([length], start, device)).collect()
}

struct Apply<'a> {
    updates: &'a mut Updates,
    gradients: NamedGradients,
    rate: f64,
    path: Vec<String>,
}

impl ModuleMapper for Apply<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = self.path.join(".");
        let Some(gradient) = self.gradients.of.remove(&name) else { return param };
        let (id, tensor, mapper) = param.consume();
        let strategy = tensor.gradient_checkpointing_strategy();
        let parameter = tensor.inner();
        let shape = parameter.shape();
        let (length, device) = (shape.num_elements(), parameter.device());
        let Updates { optimizer, groups, step, slots, .. } = &mut *self.updates;
        let (mut optimizer, mut rate) = (*optimizer, self.rate);
        if let Some(of) = groups.get(&name) {
            rate *= of.learning_rate_factor;
            optimizer = of.weight_decay.map_or(optimizer, |decay| optimizer.with_weight_decay(decay));
        }
        let rule = optimizer.rule();
        let slots = slots.entry(name).or_insert_with(|| starts(rule.slots().len(), rule.slot_start(), length, &device));
        let changed = rule.update(parameter.reshape([length]), gradient, slots, rate, *step);
        let changed = Tensor::from_inner(changed.reshape(shape));
        let changed = match strategy {
            Some(strategy) => changed.with_gradient_checkpointing_strategy(strategy),
            None => changed,
        };
        Param::from_mapped_value(id, changed.require_grad(), mapper)
    }
}

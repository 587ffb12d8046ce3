//! An update rule over all parameters of a network.

use std::collections::BTreeMap;

use burn::Tensor;
use burn::module::{ModuleMapper, Param};
use burn::tensor::{Device, Gradients, TensorData};
use striate_network::{Network, State};

use super::{Optimizer, UpdateRule};

/// What a rule remembers of one parameter, flat, in the order of its slots.
pub type Slots = Vec<Tensor<1>>;

/// What an update rule remembers of a network, and how many steps it took.
#[derive(Debug, Clone)]
pub struct Updates {
    optimizer: Optimizer,
    step: u64,
    slots: BTreeMap<String, Slots>,
}

impl Updates {
    /// Nothing remembered yet.
    pub fn new(optimizer: Optimizer) -> Self {
        Self { optimizer, step: 0, slots: BTreeMap::new() }
    }

    /// Steps taken.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Takes a step: every parameter that has a gradient changes, in its own memory if no other network has it too.
    pub fn apply(&mut self, network: &mut Network, gradients: &mut Gradients, rate: f64) {
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
        let names = self.optimizer.rule().slots();
        self.step = step;
        self.slots.clear();
        for (name, data) in state {
            if let Some((slot, parameter)) = name.split_once('/')
                && let Some(position) = names.iter().position(|known| *known == slot)
            {
                let length = data.shape().num_elements();
                let values: Vec<f32> = data.iter::<f32>().collect();
                let slots = self.slots.entry(parameter.into()).or_insert_with(|| zeros(names.len(), length, device));
                slots[position] = Tensor::from_data(TensorData::new(values, [length]), device);
            }
        }
    }
}

fn zeros(count: usize, length: usize, device: &Device) -> Slots {
    vec![Tensor::zeros([length], device); count]
}

struct Apply<'a> {
    updates: &'a mut Updates,
    gradients: &'a mut Gradients,
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
        let (id, tensor, mapper) = param.consume();
        let Some(gradient) = tensor.grad_remove(self.gradients) else {
            return Param::from_mapped_value(id, tensor, mapper);
        };
        let strategy = tensor.gradient_checkpointing_strategy();
        let parameter = tensor.inner();
        let shape = parameter.shape();
        let (length, device) = (shape.num_elements(), parameter.device());
        let Updates { optimizer, step, slots } = &mut *self.updates;
        let rule: &dyn UpdateRule = optimizer.rule();
        let slots = slots.entry(self.path.join(".")).or_insert_with(|| zeros(rule.slots().len(), length, &device));
        let flat = |tensor: Tensor<D>| tensor.reshape([length]);
        let changed = rule.update(flat(parameter), flat(gradient), slots, self.rate, *step);
        let changed = Tensor::from_inner(changed.reshape(shape));
        let changed = match strategy {
            Some(strategy) => changed.with_gradient_checkpointing_strategy(strategy),
            None => changed,
        };
        Param::from_mapped_value(id, changed.require_grad(), mapper)
    }
}

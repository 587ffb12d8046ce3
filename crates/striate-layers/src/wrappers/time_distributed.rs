//! A layer applied to each time step: Keras's `TimeDistributed`.

use burn::module::{Content, Devices, Module, ModuleDisplay, ModuleDisplayDefault, ModuleMapper, ModuleVisitor};
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_core::Scope;

use crate::layer::{LayerModule, LayerSpec};
use crate::{Context, Cost, Layer, LayerConfig, LayerError, NamedWeight, Shape, Signature, Value};

/// The most axes of a batch.
const MAX_RANK: usize = 6;

/// Config of a layer that acts on each step of a sequence with the same weights, which keep the names that they have in
/// the layer itself.
///
/// `[batch, time, …]` to `[batch, time, …]`. The steps become samples of one batch, so a batch norm takes its statistics
/// over all steps, and a dropout draws anew for each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeDistributed {
    /// The layer; it has one input.
    pub layer: Box<LayerConfig>,
}

impl TimeDistributed {
    /// This layer for each time step.
    pub fn new(layer: impl Into<LayerConfig>) -> Self {
        Self { layer: Box::new(layer.into()) }
    }

    /// What flows into the layer at one step.
    fn step(inputs: &[Signature]) -> Option<(Option<usize>, Signature)> {
        let [input] = inputs else { return None };
        let (time, sides) = input.shape.sides().split_first()?;
        Some((*time, Signature { shape: Shape::new(sides.iter().copied()), kind: input.kind }))
    }

    /// As [`step`](Self::step), of inputs that fit.
    fn fitting_step(inputs: &[Signature]) -> (Option<usize>, Signature) {
        Self::step(inputs).expect("the shape rule has checked the inputs")
    }
}

impl LayerSpec for TimeDistributed {
    type Module = TimeDistributedLayer;
    const KIND: &'static str = "time_distributed";

    fn validate(&self) -> Result<(), LayerError> {
        self.layer.validate()
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let error = |expected: &str| LayerError::input(Self::KIND, expected, inputs);
        let Some((time, step)) = Self::step(inputs) else {
            return Err(error("one sequence [time, ..]").with_fix("add a time axis"));
        };
        if time == Some(0) {
            return Err(error("a sequence of at least one step"));
        }
        let output = self.layer.output(&[step])?;
        if inputs[0].shape.rank().max(output.shape.rank() + 1) >= MAX_RANK {
            return Err(error("a sequence whose batches have at most 6 axes, going in and coming out"));
        }
        let sides = [time].into_iter().chain(output.shape.sides().iter().copied());
        Ok(Signature { shape: Shape::new(sides), kind: output.kind })
    }

    fn cost(&self, inputs: &[Signature]) -> Cost {
        let (time, step) = Self::fitting_step(inputs);
        let time = time.unwrap_or(0) as u64;
        let cost = self.layer.cost(&[step]);
        Cost {
            multiplications: cost.multiplications.saturating_mul(time),
            activations: cost.activations.saturating_mul(time),
            ..cost
        }
    }

    fn weights(&self) -> Vec<NamedWeight<'_>> {
        self.layer.weights()
    }

    fn build(&self, inputs: &[Signature], scope: &Scope, device: &Device) -> TimeDistributedLayer {
        let (_, step) = Self::fitting_step(inputs);
        TimeDistributedLayer { layer: Box::new(self.layer.build(&[step], scope, device)) }
    }
}

/// A layer for each time step. Its parameters have the names that they have in the layer itself.
#[derive(Debug, Clone)]
pub struct TimeDistributedLayer {
    /// The layer.
    pub layer: Box<Layer>,
}

impl TimeDistributedLayer {
    /// `[batch, time, …]` to `[batch, time, …]`.
    ///
    /// # Panics
    /// If a step doesn't fit the layer, or there is none.
    pub fn forward(&self, x: Value, context: &mut Context) -> Value {
        let sides = x.dims();
        let folded = [&[sides[0] * sides[1]], &sides[2..]].concat();
        let output = self.layer.call(vec![x.reshape(&folded)], context);
        let unfolded = [&sides[..2], &output.dims()[1..]].concat();
        output.reshape(&unfolded)
    }
}

impl LayerModule for TimeDistributedLayer {
    fn call(&self, mut inputs: Vec<Value>, context: &mut Context) -> Value {
        self.forward(inputs.remove(0), context)
    }
}

impl Module for TimeDistributedLayer {
    fn visit<V: ModuleVisitor>(&self, visitor: &mut V) {
        self.layer.visit(visitor);
    }

    fn map<M: ModuleMapper>(self, mapper: &mut M) -> Self {
        Self { layer: Box::new(self.layer.map(mapper)) }
    }

    fn to_device(self, device: &Device) -> Self {
        Self { layer: Box::new(self.layer.to_device(device)) }
    }

    fn fork(self, device: &Device) -> Self {
        Self { layer: Box::new(self.layer.fork(device)) }
    }

    fn collect_devices(&self, devices: Devices) -> Devices {
        self.layer.collect_devices(devices)
    }

    fn valid(&self) -> Self {
        Self { layer: Box::new(self.layer.valid()) }
    }

    fn train(self) -> Self {
        Self { layer: Box::new(self.layer.train()) }
    }

    fn materialize(self) -> Self {
        Self { layer: Box::new(self.layer.materialize()) }
    }
}

impl ModuleDisplayDefault for TimeDistributedLayer {
    fn content(&self, content: Content) -> Option<Content> {
        ModuleDisplayDefault::content(&*self.layer, content)
    }
}

impl ModuleDisplay for TimeDistributedLayer {}

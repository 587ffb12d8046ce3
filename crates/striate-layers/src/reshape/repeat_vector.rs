//! The same row several times: Keras's `RepeatVector`.

use burn::Tensor;
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_core::Scope;

use super::{bounded, moves};
use crate::layer::{LayerModule, LayerSpec, only_float_input, weightless};
use crate::window::MAX_SPAN;
use crate::{Context, Cost, LayerError, Shape, Signature, Value};

/// Repeats each sample as the steps of a sequence.
///
/// `[batch, features]` to `[batch, times, features]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepeatVector {
    /// How many steps, from 1 to 8,192; Keras's `n`.
    pub times: usize,
}

impl RepeatVector {
    /// Repeats this many times.
    pub fn new(times: usize) -> Self {
        Self { times }
    }

    /// Repeats each sample.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<3> {
        let [n, features] = x.dims();
        x.unsqueeze_dim::<3>(1).expand([n, self.times, features])
    }
}

impl LayerSpec for RepeatVector {
    type Module = Self;
    const KIND: &'static str = "repeat_vector";

    fn validate(&self) -> Result<(), LayerError> {
        match (1..=MAX_SPAN).contains(&self.times) {
            true => Ok(()),
            false => Err(LayerError::value(Self::KIND, "times", self.times, "it must be from 1 to 8192")),
        }
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let expected = "one input [features]";
        let input = only_float_input(Self::KIND, expected, inputs)?;
        match *input.shape.sides() {
            [features] => bounded(Self::KIND, Shape::new([Some(self.times), features]), inputs),
            _ => Err(LayerError::input(Self::KIND, expected, inputs).with_fix("put a flatten before it")),
        }
    }

    fn cost(&self, inputs: &[Signature]) -> Cost {
        moves(self.output(inputs))
    }

    fn build(&self, _inputs: &[Signature], _scope: &Scope, _device: &Device) -> Self {
        *self
    }
}

impl LayerModule for RepeatVector {
    fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
        self.forward(inputs.remove(0).float()).into()
    }
}

weightless!(RepeatVector);

//! The same row several times: Keras's `RepeatVector`.

use burn::Tensor;
use serde::{Deserialize, Serialize};

use super::bounded;
use crate::layer::{LayerModule, LayerSpec, only_float_input, own_module, weightless};
use crate::window::MAX_SPAN;
use crate::{Context, LayerError, Shape, Signature, Value};

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

    /// `[batch, features]` to `[batch, times, features]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<3> {
        let [n, features] = x.dims();
        x.unsqueeze_dim::<3>(1).expand([n, self.times, features])
    }
}

impl LayerSpec for RepeatVector {
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

    own_module!();
}

impl LayerModule for RepeatVector {
    fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
        self.forward(inputs.remove(0).float()).into()
    }
}

weightless!(RepeatVector);

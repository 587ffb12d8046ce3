//! Activations, as layers and within layers.

use burn::Tensor;
use burn::tensor::activation;
use serde::{Deserialize, Serialize};
use striate_backend::{Device, ops};
use striate_core::Scope;

use crate::layer::{LayerModule, LayerSpec, only_float_input, weightless};
use crate::value::with_rank;
use crate::{Context, Cost, LayerError, Signature, Value};

/// A function of each value, or of the values along one axis.
///
/// In JSON a name, or a name with its numbers: `"relu"`, `{"leaky_relu": {"negative_slope": 0.2}}`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Activation {
    /// x.
    #[default]
    Linear,
    /// max(x, 0).
    Relu,
    /// 1 / (1 + exp(-x)).
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
}

impl Activation {
    /// Applies the function, whatever the shape.
    pub fn forward<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Linear => x,
            Self::Relu => activation::relu(x),
            Self::Sigmoid => activation::sigmoid(x),
            Self::Tanh => ops::tanh(x),
        }
    }

    /// Checks the function's numbers, for a layer of this kind.
    pub(crate) fn check(self, _kind: &'static str) -> Result<(), LayerError> {
        Ok(())
    }
}

/// An activation as a layer of its own.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivationLayer {
    /// The function.
    pub function: Activation,
}

impl LayerSpec for ActivationLayer {
    type Module = Self;
    const KIND: &'static str = "activation";

    fn validate(&self) -> Result<(), LayerError> {
        self.function.check(Self::KIND)
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        Ok(only_float_input(Self::KIND, "one input of real numbers", inputs)?.clone())
    }

    fn cost(&self, inputs: &[Signature]) -> Cost {
        let activations = inputs[0].shape.elements().unwrap_or(0) as u64;
        Cost { activations, ..Cost::default() }
    }

    fn build(&self, _inputs: &[Signature], _scope: &Scope, _device: &Device) -> Self {
        *self
    }
}

impl LayerModule for ActivationLayer {
    fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
        with_rank!(inputs.remove(0), x => self.function.forward(x))
    }
}

weightless!(ActivationLayer);

//! Activations, as layers and within layers.

use burn::Tensor;
use burn::tensor::activation;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use striate_backend::{Device, ops};
use striate_core::Scope;

use crate::layer::{LayerModule, LayerSpec, only_float_input, weightless};
use crate::value::with_rank;
use crate::{Context, Cost, LayerError, Signature, Value};

/// A function of each value.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[serde(tag = "function", rename_all = "snake_case")]
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

/// By hand, since serde's derive passes over unknown keys beside the name of a function without parameters.
impl<'de> Deserialize<'de> for Activation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            function: String,
        }
        let Written { function } = Written::deserialize(deserializer)?;
        match function.as_str() {
            "linear" => Ok(Self::Linear),
            "relu" => Ok(Self::Relu),
            "sigmoid" => Ok(Self::Sigmoid),
            "tanh" => Ok(Self::Tanh),
            unknown => Err(D::Error::unknown_variant(unknown, &["linear", "relu", "sigmoid", "tanh"])),
        }
    }
}

impl Activation {
    /// Applies the function to each value, whatever the shape.
    pub fn forward<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Linear => x,
            Self::Relu => activation::relu(x),
            Self::Sigmoid => activation::sigmoid(x),
            Self::Tanh => ops::tanh(x),
        }
    }
}

impl LayerSpec for Activation {
    type Module = Self;
    const KIND: &'static str = "activation";

    fn validate(&self) -> Result<(), LayerError> {
        Ok(())
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

impl LayerModule for Activation {
    fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
        with_rank!(inputs.remove(0), x => self.forward(x))
    }
}

weightless!(Activation);

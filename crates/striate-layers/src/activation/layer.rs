//! An activation as a layer.

use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_core::Scope;

use crate::layer::{LayerModule, LayerSpec, only_float_input, weightless};
use crate::value::with_rank;
use crate::{Activation, Context, Cost, LayerError, Signature, Value};

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
        let input = only_float_input(Self::KIND, "one input of real numbers", inputs)?;
        self.function.fits(Self::KIND, &input.shape, inputs)?;
        Ok(input.clone())
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

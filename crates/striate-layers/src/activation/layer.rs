//! An activation as a layer.

use serde::{Deserialize, Serialize};

use crate::layer::{LayerModule, LayerSpec, only_float_input, own_module, weightless};
use crate::value::with_rank;
use crate::{Activation, Context, LayerError, Signature, Value};

/// An activation as a layer of its own.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivationLayer {
    /// The function.
    pub function: Activation,
}

impl LayerSpec for ActivationLayer {
    const KIND: &'static str = "activation";

    fn validate(&self) -> Result<(), LayerError> {
        self.function.check(Self::KIND)
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let input = only_float_input(Self::KIND, "one input of real numbers", inputs)?;
        self.function.fits(Self::KIND, &input.shape, inputs)?;
        Ok(input.clone())
    }

    own_module!();
}

impl LayerModule for ActivationLayer {
    fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
        with_rank!(inputs.remove(0), x => self.function.forward(x))
    }
}

weightless!(ActivationLayer);

//! All axes into one: Keras's and PyTorch's `Flatten`.

use burn::Tensor;
use serde::{Deserialize, Serialize};

use crate::layer::{LayerModule, LayerSpec, only_float_input, own_module, weightless};
use crate::value::with_rank;
use crate::{Context, LayerError, Shape, Signature, Value};

/// Lays all axes of a sample out as one, in the order in which they stand: channel, row, column for pictures with
/// channels first.
///
/// `[batch, …]` to `[batch, product of the rest]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flatten {}

impl Flatten {
    /// The layer; it has no options.
    pub fn new() -> Self {
        Self {}
    }

    /// `[batch, …]` to `[batch, product of the rest]`.
    pub fn forward<const R: usize>(&self, x: Tensor<R>) -> Tensor<2> {
        let sides = x.dims();
        x.reshape([sides[0], sides[1..].iter().product()])
    }
}

impl LayerSpec for Flatten {
    const KIND: &'static str = "flatten";

    fn validate(&self) -> Result<(), LayerError> {
        Ok(())
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let input = only_float_input(Self::KIND, "one input of real numbers", inputs)?;
        Ok(Signature::float(Shape::new([input.shape.elements()])))
    }

    own_module!();
}

impl LayerModule for Flatten {
    fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
        with_rank!(inputs.remove(0), x => self.forward(x))
    }
}

weightless!(Flatten);

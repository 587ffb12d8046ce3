//! The sum of several inputs: Keras's `Add`, PyTorch's `+`.

use burn::Tensor;
use serde::{Deserialize, Serialize};

use super::elementwise::{Operation, raised};
use crate::layer::{LayerModule, LayerSpec, own_module, weightless};
use crate::value::with_rank;
use crate::{Activation, Context, LayerError, Signature, Value};

/// The sum of two or more inputs, and an activation, as where a residual unit ends.
///
/// Sides of 1 are stretched to the others'. An input with fewer axes gets sides of 1 after its batch axis, as in Keras.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Add {
    /// What is applied to the sum.
    #[serde(default)]
    pub activation: Activation,
}

impl Add {
    /// The sum alone.
    pub fn new() -> Self {
        Self::default()
    }

    /// Applies an activation to the sum.
    pub fn activation(self, activation: Activation) -> Self {
        Self { activation }
    }

    /// Merges the inputs, `[batch, …]` each.
    ///
    /// # Panics
    /// If they are fewer than two, or don't fit each other.
    pub fn forward<const R: usize>(&self, inputs: impl IntoIterator<Item = Tensor<R>>) -> Tensor<R> {
        self.activation.forward(Operation::Sum.run(inputs))
    }
}

impl LayerSpec for Add {
    const KIND: &'static str = "add";

    fn validate(&self) -> Result<(), LayerError> {
        self.activation.check(Self::KIND)
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let output = Operation::Sum.output(Self::KIND, inputs)?;
        self.activation.fits(Self::KIND, &output.shape, inputs)?;
        Ok(output)
    }

    own_module!();
}

impl LayerModule for Add {
    fn call(&self, inputs: Vec<Value>, _context: &mut Context) -> Value {
        let rank = inputs.iter().map(|input| input.dims().len()).max().unwrap_or(0);
        let mut inputs = inputs.into_iter().map(|input| raised(input, rank));
        let first = inputs.next().expect("a merge has inputs");
        with_rank!(first, x => self.forward([x].into_iter().chain(inputs.map(Value::float))))
    }
}

weightless!(Add);

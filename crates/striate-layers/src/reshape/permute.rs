//! The axes in another order: Keras's `Permute`, PyTorch's `permute`.

use burn::Tensor;
use serde::{Deserialize, Serialize};

use super::MAX_RANK;
use crate::layer::{LayerModule, LayerSpec, only_float_input, own_module, weightless};
use crate::value::with_rank;
use crate::{Context, LayerError, Shape, Signature, Value};

/// Puts the axes of each sample in another order; the batch axis stays first.
///
/// `dims` counts the axes from 1, as Keras: axis `i` of the output is axis `dims[i]` of the input, so `[2, 3, 1]` makes
/// `[batch, height, width, channels]` of `[batch, channels, height, width]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permute {
    /// Each of the numbers from 1 to the number of a sample's axes (five at most) once.
    pub dims: Vec<usize>,
}

impl Permute {
    /// Puts the axes in this order, the first axis of a sample being 1.
    pub fn new(dims: impl Into<Vec<usize>>) -> Self {
        Self { dims: dims.into() }
    }

    /// Puts the axes of a batch in order.
    ///
    /// # Panics
    /// If the samples have more or fewer axes.
    pub fn forward<const R: usize>(&self, x: Tensor<R>) -> Tensor<R> {
        assert_eq!(R, self.dims.len() + 1, "permute takes samples with as many axes as `dims`");
        x.permute(std::array::from_fn::<usize, R, _>(|axis| if axis == 0 { 0 } else { self.dims[axis - 1] }))
    }
}

impl LayerSpec for Permute {
    const KIND: &'static str = "permute";

    fn validate(&self) -> Result<(), LayerError> {
        let count = self.dims.len();
        match (1..=MAX_RANK).contains(&count) && (1..=count).all(|axis| self.dims.contains(&axis)) {
            true => Ok(()),
            false => {
                let rule = "it must have each of the numbers from 1 to the number of axes (five at most) once";
                Err(LayerError::value(Self::KIND, "dims", &self.dims, rule))
            }
        }
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let expected = format!("one input of {} axes", self.dims.len());
        let input = only_float_input(Self::KIND, &expected, inputs)?;
        let sides = input.shape.sides();
        match sides.len() == self.dims.len() {
            true => Ok(Signature::float(Shape::new(self.dims.iter().map(|axis| sides[axis - 1])))),
            false => {
                Err(LayerError::input(Self::KIND, expected, inputs).with_fix("give `dims` one number for each axis"))
            }
        }
    }

    own_module!();
}

impl LayerModule for Permute {
    fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
        with_rank!(inputs.remove(0), x => self.forward(x))
    }
}

weightless!(Permute);

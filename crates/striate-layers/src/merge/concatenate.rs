//! Inputs one after another: Keras's `Concatenate`, PyTorch's `torch.cat`.

use burn::Tensor;
use serde::{Deserialize, Serialize};

use super::all_float;
use crate::axis::resolve_sample_axis;
use crate::layer::{LayerModule, LayerSpec, own_module, weightless};
use crate::value::with_rank;
use crate::{Context, LayerError, Shape, Signature, Value};

/// Joins inputs along one axis; their other sides are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concatenate {
    /// The axis, the batch axis being 0; below 0 from the end. 1 (the default here), the channels; -1, Keras's default.
    #[serde(default = "channels")]
    pub axis: isize,
}

fn channels() -> isize {
    1
}

impl Default for Concatenate {
    fn default() -> Self {
        Self::new()
    }
}

impl Concatenate {
    /// Joins along the channels.
    pub fn new() -> Self {
        Self { axis: channels() }
    }

    /// Joins along this axis, the batch axis being 0.
    pub fn axis(self, axis: isize) -> Self {
        Self { axis }
    }

    /// Joins the inputs.
    ///
    /// # Panics
    /// If there are none, or their other sides differ.
    pub fn forward<const R: usize>(&self, inputs: Vec<Tensor<R>>) -> Tensor<R> {
        let axis = resolve_sample_axis(self.axis, R).expect("the shape rule has checked the axis");
        Tensor::cat(inputs, axis)
    }
}

impl LayerSpec for Concatenate {
    const KIND: &'static str = "concatenate";

    fn validate(&self) -> Result<(), LayerError> {
        match self.axis {
            0 => Err(LayerError::value(Self::KIND, "axis", 0, "it can't be the batch axis")),
            _ => Ok(()),
        }
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let expected = format!("inputs of real numbers whose sides are equal but for axis {}", self.axis);
        let wrong = || LayerError::input(Self::KIND, expected.as_str(), inputs);
        let first = inputs.first().ok_or_else(wrong)?;
        let axis = resolve_sample_axis(self.axis, first.shape.rank() + 1).ok_or_else(wrong)? - 1;
        if !all_float(inputs) {
            return Err(wrong());
        }
        let mut output = first.shape.sides().to_vec();
        for input in &inputs[1..] {
            if input.shape.rank() != output.len() {
                return Err(wrong());
            }
            for (at, (side, other)) in output.iter_mut().zip(input.shape.sides()).enumerate() {
                *side = match (*side, *other) {
                    (Some(a), Some(b)) if at == axis => Some(a.checked_add(b).ok_or_else(wrong)?),
                    _ if at == axis => None,
                    (Some(a), Some(b)) if a != b => return Err(wrong()),
                    (a, b) => a.or(b),
                };
            }
        }
        Ok(Signature::float(Shape::new(output)))
    }

    own_module!();
}

impl LayerModule for Concatenate {
    fn call(&self, inputs: Vec<Value>, _context: &mut Context) -> Value {
        let mut inputs = inputs.into_iter();
        let first = inputs.next().expect("a merge has inputs");
        with_rank!(first, x => self.forward([x].into_iter().chain(inputs.map(Value::float)).collect()))
    }
}

weightless!(Concatenate);

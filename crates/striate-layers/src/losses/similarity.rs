//! Angles between vectors.

use burn::Tensor;
use burn::tensor::DType;
use serde::{Deserialize, Serialize};

use super::reduction::reduced;
use super::{LossSpec, Reduction, check, loss};
use crate::{LayerError, Signature};

/// A vector shorter than this is divided by this instead of its length.
fn shortest_length(dtype: DType) -> f64 {
    match dtype {
        // Over Keras's number 1 would be more than this type holds.
        DType::F16 => 1e-3,
        _ => 1e-7,
    }
}

/// Minus the cosine of the angle between vectors of predictions and targets, -1 if they point the same way: Keras's
/// `CosineSimilarity`. A vector shorter than 1e-7 (1e-3 in `f16`) is divided by that instead of its length.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CosineSimilarity {
    /// The axis of the vectors; the batch is axis 0, and -1 the last.
    pub axis: i64,
    /// From losses to one number.
    pub reduction: Reduction,
}

impl Default for CosineSimilarity {
    fn default() -> Self {
        Self { axis: -1, reduction: Reduction::Mean }
    }
}

impl CosineSimilarity {
    /// The loss of vectors along the last axis.
    pub fn new() -> Self {
        Self::default()
    }

    /// Has the vectors along this axis; the batch is axis 0, and -1 the last.
    pub fn axis(self, axis: i64) -> Self {
        Self { axis, ..self }
    }

    /// The losses that are reduced; the side of the axis becomes 1.
    ///
    /// # Panics
    /// If the shapes differ, or have no such axis.
    pub fn each<const D: usize>(&self, input: Tensor<D>, target: Tensor<D>) -> Tensor<D> {
        check::assert_same(&input, &target);
        let axis = check::axis_of::<D>(self.axis);
        -(unit(input, axis) * unit(target, axis)).sum_dim(axis)
    }

    reduced!();
}

/// Vectors of length 1.
fn unit<const D: usize>(x: Tensor<D>, axis: usize) -> Tensor<D> {
    // The largest part becomes 1, so that no square is too large or too small for a number. It cancels out, so that the
    // gradient need not know.
    let shortest = shortest_length(x.dtype());
    let largest = x.clone().detach().abs().max_dim(axis).clamp_min(shortest);
    let x = x / largest.clone();
    let shortest = (largest.recip() * shortest).square();
    let squares = x.clone().square().sum_dim(axis).max_pair(shortest);
    x / squares.sqrt()
}

impl LossSpec for CosineSimilarity {
    const KIND: &'static str = "cosine_similarity";

    fn validate(&self) -> Result<(), LayerError> {
        check::axis(Self::KIND, "axis", self.axis)
    }

    fn check(&self, input: &Signature, target: &Signature) -> Result<(), LayerError> {
        check::same_shape(Self::KIND, input, target)?;
        check::has_axis(Self::KIND, "axis", self.axis, input, target).map(|_| ())
    }

    loss::call_beside!();
}

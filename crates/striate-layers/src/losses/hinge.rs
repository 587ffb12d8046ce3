//! Losses of margins.

use burn::Tensor;
use burn::tensor::activation::relu;
use serde::{Deserialize, Serialize};

use super::pointwise::pointwise;
use super::reduction::reduced;
use super::{LossSpec, Reduction, check, loss};
use crate::{LayerError, Signature};

pointwise!(
    /// `max(1 - target * prediction, 0)`: Keras's `Hinge`.
    ///
    /// Targets are -1 and 1; if all of a batch are 0 or 1, 0 counts as -1.
    Hinge, "hinge", elementwise: false, {}
);

pointwise!(
    /// The square of [`Hinge`]: Keras's `SquaredHinge`.
    SquaredHinge, "squared_hinge", elementwise: false, {}
);

impl Hinge {
    fn values<const D: usize>(&self, input: Tensor<D>, target: Tensor<D>) -> Tensor<D> {
        shortfall(input, target)
    }
}

impl SquaredHinge {
    fn values<const D: usize>(&self, input: Tensor<D>, target: Tensor<D>) -> Tensor<D> {
        shortfall(input, target).square()
    }
}

/// What the margin lacks of 1.
fn shortfall<const D: usize>(input: Tensor<D>, target: Tensor<D>) -> Tensor<D> {
    relu(input * signs(target) * -1.0 + 1.0)
}

/// Targets of 0 and 1 as -1 and 1; others as they are.
fn signs<const D: usize>(target: Tensor<D>) -> Tensor<D> {
    let binary = target.clone().equal_scalar(0.0).bool_or(target.clone().equal_scalar(1.0)).all();
    let binary = binary.float().cast(target.dtype()).reshape([1; D]);
    target.clone() + (target - 1.0) * binary
}

/// What the right class's value lacks of the largest other one and 1: Keras's `CategoricalHinge`.
///
/// Targets are 1 for the right class, 0 for the others.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CategoricalHinge {
    /// The axis of the classes; the batch is axis 0, and -1 the last. 1 by default.
    pub class_axis: i64,
    /// From losses to one number.
    pub reduction: Reduction,
}

impl Default for CategoricalHinge {
    fn default() -> Self {
        Self { class_axis: 1, reduction: Reduction::Mean }
    }
}

impl CategoricalHinge {
    /// The loss of classes along axis 1.
    pub fn new() -> Self {
        Self::default()
    }

    /// Has the classes along this axis; the batch is axis 0, and -1 the last.
    pub fn class_axis(self, class_axis: i64) -> Self {
        Self { class_axis, ..self }
    }

    /// The losses that are reduced; the side of the class axis becomes 1.
    ///
    /// # Panics
    /// If the shapes differ, or have no such axis.
    pub fn each<const D: usize>(&self, input: Tensor<D>, target: Tensor<D>) -> Tensor<D> {
        check::assert_same(&input, &target);
        let axis = check::axis_of::<D>(self.class_axis);
        let right = (input.clone() * target.clone()).sum_dim(axis);
        let other = (input * (target * -1.0 + 1.0)).max_dim(axis);
        relu(other - right + 1.0)
    }

    reduced!();
}

impl LossSpec for CategoricalHinge {
    const KIND: &'static str = "categorical_hinge";

    fn validate(&self) -> Result<(), LayerError> {
        check::class_axis(Self::KIND, self.class_axis)
    }

    fn check(&self, input: &Signature, target: &Signature) -> Result<(), LayerError> {
        check::same_shape(Self::KIND, input, target)?;
        check::has_class_axis(Self::KIND, self.class_axis, input, target).map(|_| ())
    }

    loss::call_beside!();
}

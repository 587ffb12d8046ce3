//! Divergence of distributions.

use burn::Tensor;
use serde::{Deserialize, Serialize};

use super::reduction::reduced;
use super::{LossSpec, Reduction, check, loss};
use crate::defaults::KERAS_EPSILON;
use crate::{LayerError, Preset, Signature};

/// How far predictions are from target distributions, `sum(target * log(target / input))`: Keras's `KLDivergence`,
/// PyTorch's `KLDivLoss`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KlDivergence {
    /// The axis of the classes, along which the distributions are; the batch is axis 0, and -1 the last. 1 by default.
    pub class_axis: i64,
    /// Whether predictions are logarithms of probabilities, as in PyTorch, or probabilities, which, as the targets, are
    /// kept from 1e-7 to 1 as in Keras.
    pub input_is_log: bool,
    /// Whether each value counts by itself, as in PyTorch, or the sum over the axis, as in Keras. PyTorch's `mean` divides
    /// by the number of values; `batch_mean` and `sum` are the same either way.
    pub elementwise: bool,
    /// From losses to one number.
    pub reduction: Reduction,
}

impl Default for KlDivergence {
    fn default() -> Self {
        Self { class_axis: 1, input_is_log: false, elementwise: false, reduction: Reduction::Mean }
    }
}

impl KlDivergence {
    /// The loss of probabilities along axis 1.
    pub fn new() -> Self {
        Self::default()
    }

    /// Has Keras's or PyTorch's defaults: PyTorch logarithms, and each value by itself.
    pub fn preset(self, preset: Preset) -> Self {
        let torch = preset == Preset::Torch;
        Self { input_is_log: torch, elementwise: torch, ..self }
    }

    /// Has the distributions along this axis; the batch is axis 0, and -1 the last.
    pub fn class_axis(self, class_axis: i64) -> Self {
        Self { class_axis, ..self }
    }

    /// Takes logarithms of probabilities, or else probabilities.
    pub fn input_is_log(self, input_is_log: bool) -> Self {
        Self { input_is_log, ..self }
    }

    /// Counts each value by itself, or else the sum over the axis.
    pub fn elementwise(self, elementwise: bool) -> Self {
        Self { elementwise, ..self }
    }

    /// The losses that are reduced: the sum over the axis, whose side becomes 1; elementwise the values.
    ///
    /// # Panics
    /// If the shapes differ, or have no such axis.
    pub fn each<const D: usize>(&self, input: Tensor<D>, target: Tensor<D>) -> Tensor<D> {
        check::assert_same(&input, &target);
        let axis = check::axis_of::<D>(self.class_axis);
        let values = if self.input_is_log {
            // Nothing times its logarithm is nothing.
            let nothing = target.clone().equal_scalar(0.0);
            target.clone() * (target.mask_fill(nothing, 1.0).log() - input)
        } else {
            let target = target.clamp(KERAS_EPSILON, 1.0);
            target.clone() * (target.log() - input.clamp(KERAS_EPSILON, 1.0).log())
        };
        if self.elementwise { values } else { values.sum_dim(axis) }
    }

    reduced!();
}

impl LossSpec for KlDivergence {
    const KIND: &'static str = "kl_div";

    fn validate(&self) -> Result<(), LayerError> {
        check::class_axis(Self::KIND, self.class_axis)
    }

    fn check(&self, input: &Signature, target: &Signature) -> Result<(), LayerError> {
        check::same_shape(Self::KIND, input, target)?;
        check::has_class_axis(Self::KIND, self.class_axis, input, target).map(|_| ())
    }

    loss::call_beside!();
}

//! Cross-entropy of independent yes or no answers.

use burn::Tensor;
use serde::{Deserialize, Serialize};

use super::logs::{clipped_log, sigmoid_logs, smooth};
use super::pointwise::each;
use super::reduction::reduced;
use super::{LossSpec, Reduction, check, loss};
use crate::{LayerError, Preset, Signature};

/// Minus the logarithm of the probability of the right answer: Keras's `BinaryCrossentropy`, PyTorch's `BCELoss` and
/// `BCEWithLogitsLoss`.
///
/// Targets are 0 to 1. Unlike Keras's it takes logits unless told otherwise, since networks here end without a sigmoid.
/// Probabilities are kept from 1e-7 to 1 - 1e-7; logits may be any number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BinaryCrossEntropy {
    /// Whether predictions are logits, as by default, or probabilities.
    pub from_logits: bool,
    /// How far targets are drawn to 1/2, 0 to 1: `target * (1 - s) + s / 2`.
    pub label_smoothing: f64,
    /// Factor of the loss of a target of 1, at least 0: PyTorch's `pos_weight`.
    pub positive_weight: f64,
    /// Whether each value counts by itself, as in PyTorch, or the mean over the last axis, as in Keras. The reduction
    /// `mean` is the same either way.
    pub elementwise: bool,
    /// From losses to one number.
    pub reduction: Reduction,
}

impl Default for BinaryCrossEntropy {
    fn default() -> Self {
        Self {
            from_logits: true,
            label_smoothing: 0.0,
            positive_weight: 1.0,
            elementwise: false,
            reduction: Reduction::Mean,
        }
    }
}

impl BinaryCrossEntropy {
    /// The loss of logits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Has Keras's or PyTorch's defaults: Keras probabilities and the mean over the last axis, PyTorch logits and each
    /// value by itself.
    pub fn preset(self, preset: Preset) -> Self {
        let torch = preset == Preset::Torch;
        Self { from_logits: torch, elementwise: torch, ..self }
    }

    /// Takes logits, or else probabilities.
    pub fn from_logits(self, from_logits: bool) -> Self {
        Self { from_logits, ..self }
    }

    /// Draws targets to 1/2 by this share, 0 to 1.
    pub fn label_smoothing(self, label_smoothing: f64) -> Self {
        Self { label_smoothing, ..self }
    }

    /// Multiplies the loss of a target of 1 by this.
    pub fn positive_weight(self, positive_weight: f64) -> Self {
        Self { positive_weight, ..self }
    }

    /// Counts each value by itself, or else the mean over the last axis.
    pub fn elementwise(self, elementwise: bool) -> Self {
        Self { elementwise, ..self }
    }

    /// The losses that are reduced: the mean over the last axis, whose side becomes 1; elementwise the values.
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn each<const D: usize>(&self, input: Tensor<D>, target: Tensor<D>) -> Tensor<D> {
        check::assert_same(&input, &target);
        let target = smooth(target, self.label_smoothing, 2);
        let [yes, no] = if self.from_logits {
            sigmoid_logs(input)
        } else {
            [clipped_log(input.clone()), clipped_log(input * -1.0 + 1.0)]
        };
        let right = target.clone() * yes * -self.positive_weight;
        each(right + (target - 1.0) * no, self.elementwise)
    }

    reduced!();
}

impl LossSpec for BinaryCrossEntropy {
    const KIND: &'static str = "binary_crossentropy";

    fn validate(&self) -> Result<(), LayerError> {
        let weight = self.positive_weight;
        check::require(check::at_least_0(weight), Self::KIND, "positive_weight", weight, "it must be at least 0")?;
        check::label_smoothing(Self::KIND, self.label_smoothing)
    }

    fn check(&self, input: &Signature, target: &Signature) -> Result<(), LayerError> {
        check::same_shape_or_column(Self::KIND, input, target)
    }

    loss::call_beside!();
}

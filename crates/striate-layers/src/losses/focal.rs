//! Focal loss (Lin et al. 2017, <https://arxiv.org/abs/1708.02002>).

use burn::Tensor;
use serde::{Deserialize, Serialize};

use super::logs::{clipped_log, half_class_logs, shares, sigmoid_logs, smooth};
use super::pointwise::each;
use super::reduction::reduced;
use super::{LossSpec, Reduction, check, loss};
use crate::defaults::KERAS_EPSILON;
use crate::{LayerError, Preset, Signature};

/// Whose focal loss it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FocalVariant {
    /// torchvision's `sigmoid_focal_loss`: yes or no answers; `alpha` weighs a target of 1, `1 - alpha` one of 0. Logits
    /// aren't clipped.
    Sigmoid,
    /// Keras's `BinaryFocalCrossentropy`: the same, but `alpha` counts with `class_balancing` only, and cross-entropies
    /// are those of probabilities from 1e-7 to 1 - 1e-7, logits or not.
    #[default]
    Binary,
    /// Keras's `CategoricalFocalCrossentropy`: one class of several; `alpha` multiplies every class. Probabilities are
    /// divided by their sum, then kept from 1e-7 to 1 - 1e-7, logits or not.
    Categorical,
}

/// Cross-entropy times `(1 - probability of the right answer)^gamma`, so that what is easy counts less.
///
/// Unlike Keras's it takes logits unless told otherwise, since networks here end without a softmax or sigmoid.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Focal {
    /// Whose rules; Keras's for yes or no answers by default.
    pub variant: FocalVariant,
    /// Whether predictions are logits, as by default, or probabilities.
    pub from_logits: bool,
    /// Weight of positive answers, 0 to 1, or of every class, at least 0; 0.25 by default. None: nothing is weighed.
    pub alpha: Option<f64>,
    /// Exponent, at least 0; at 0 the loss is the cross-entropy. 2 by default. Unless it is 0, 1 or 2, what it acts on
    /// counts as at least 1e-7, so that the slope is finite.
    pub gamma: f64,
    /// Whether `alpha` counts in the variant `binary`.
    pub class_balancing: bool,
    /// How far targets are drawn to equal shares, 0 to 1.
    pub label_smoothing: f64,
    /// The axis of the classes in the variant `categorical`; the batch is axis 0, and -1 the last. 1 by default.
    pub class_axis: i64,
    /// Whether each value counts by itself, as in torchvision, or the mean over the last axis, as in Keras. The reduction
    /// `mean` is the same either way. The variant `categorical` has the sum over the classes.
    pub elementwise: bool,
    /// From losses to one number.
    pub reduction: Reduction,
}

impl Default for Focal {
    fn default() -> Self {
        Self {
            variant: FocalVariant::Binary,
            from_logits: true,
            alpha: Some(0.25),
            gamma: 2.0,
            class_balancing: false,
            label_smoothing: 0.0,
            class_axis: 1,
            elementwise: false,
            reduction: Reduction::Mean,
        }
    }
}

impl Focal {
    /// Keras's loss of yes or no answers, from logits.
    pub fn new() -> Self {
        Self::default()
    }

    /// torchvision's loss of yes or no answers, from logits, each value by itself.
    pub fn sigmoid() -> Self {
        Self { variant: FocalVariant::Sigmoid, elementwise: true, ..Self::default() }
    }

    /// Keras's loss of one class of several, from logits.
    pub fn categorical() -> Self {
        Self { variant: FocalVariant::Categorical, ..Self::default() }
    }

    /// Keras's loss of yes or no answers, from probabilities, or torchvision's, from logits.
    pub fn preset(self, preset: Preset) -> Self {
        let Self { alpha, gamma, label_smoothing, reduction, .. } = self;
        let library = match preset {
            Preset::Keras => Self::new().from_logits(false),
            Preset::Torch => Self::sigmoid(),
        };
        Self { alpha, gamma, label_smoothing, reduction, ..library }
    }

    /// Takes logits, or else probabilities.
    pub fn from_logits(self, from_logits: bool) -> Self {
        Self { from_logits, ..self }
    }

    /// Weighs so, or not.
    pub fn alpha(self, alpha: impl Into<Option<f64>>) -> Self {
        Self { alpha: alpha.into(), ..self }
    }

    /// Has this exponent, at least 0.
    pub fn gamma(self, gamma: f64) -> Self {
        Self { gamma, ..self }
    }

    /// Lets `alpha` count in the variant `binary`, or not.
    pub fn class_balancing(self, class_balancing: bool) -> Self {
        Self { class_balancing, ..self }
    }

    /// Draws targets to equal shares by this much, 0 to 1.
    pub fn label_smoothing(self, label_smoothing: f64) -> Self {
        Self { label_smoothing, ..self }
    }

    /// Has the classes along this axis; the batch is axis 0, and -1 the last.
    pub fn class_axis(self, class_axis: i64) -> Self {
        Self { class_axis, ..self }
    }

    /// Counts each value by itself, or else the mean over the last axis.
    pub fn elementwise(self, elementwise: bool) -> Self {
        Self { elementwise, ..self }
    }

    /// The losses that are reduced: the mean over the last axis, whose side becomes 1; elementwise the values; in the
    /// variant `categorical` the sum over the class axis, whose side becomes 1.
    ///
    /// # Panics
    /// If the shapes differ, or have no such axis.
    pub fn each<const D: usize>(&self, input: Tensor<D>, target: Tensor<D>) -> Tensor<D> {
        check::assert_same(&input, &target);
        match self.variant {
            FocalVariant::Categorical => self.classes(input, target),
            FocalVariant::Sigmoid | FocalVariant::Binary => each(self.answers(input, target), self.elementwise),
        }
    }

    reduced!();

    fn answers<const D: usize>(&self, input: Tensor<D>, target: Tensor<D>) -> Tensor<D> {
        let target = smooth(target, self.label_smoothing, 2);
        let other = target.clone() * -1.0 + 1.0;
        let ([yes, no], [log_yes, log_no]) = if self.from_logits {
            let logs = sigmoid_logs(input);
            let probabilities = logs.clone().map(Tensor::exp);
            match self.variant {
                FocalVariant::Sigmoid => (probabilities, logs),
                _ => (probabilities, logs.map(clip_log)),
            }
        } else {
            let input = input.clamp(0.0, 1.0);
            let probabilities = [input.clone(), input * -1.0 + 1.0];
            (probabilities.clone(), probabilities.map(clipped_log))
        };
        let missed = target.clone() * no + other.clone() * yes;
        let entropy = -(target.clone() * log_yes + other.clone() * log_no);
        let loss = self.focus(entropy, missed);
        match self.alpha {
            Some(alpha) if self.variant == FocalVariant::Sigmoid || self.class_balancing => {
                loss * (target * alpha + other * (1.0 - alpha))
            }
            _ => loss,
        }
    }

    fn classes<const D: usize>(&self, input: Tensor<D>, target: Tensor<D>) -> Tensor<D> {
        let axis = check::axis_of::<D>(self.class_axis);
        let target = smooth(target, self.label_smoothing, input.dims()[axis]);
        let (probability, log) = if self.from_logits {
            let log = clip_log(half_class_logs(input, true, axis) * 2.0);
            (log.clone().exp(), log)
        } else {
            let probability = shares(input, axis).clamp(KERAS_EPSILON, 1.0 - KERAS_EPSILON);
            (probability.clone(), probability.log())
        };
        let loss = self.focus(target * -log, probability * -1.0 + 1.0).sum_dim(axis);
        self.alpha.map_or(loss.clone(), |alpha| loss * alpha)
    }

    /// Multiplies the cross-entropy by a power of what the right answer's probability lacks of 1.
    fn focus<const D: usize>(&self, entropy: Tensor<D>, missed: Tensor<D>) -> Tensor<D> {
        match self.gamma {
            0.0 => entropy,
            1.0 => entropy * missed,
            2.0 => entropy * missed.square(),
            gamma => entropy * missed.clamp_min(KERAS_EPSILON).powf_scalar(gamma),
        }
    }
}

/// The logarithm of a probability as if that had been kept from 0 and 1.
fn clip_log<const D: usize>(log: Tensor<D>) -> Tensor<D> {
    log.clamp(KERAS_EPSILON.ln(), (-KERAS_EPSILON).ln_1p())
}

impl LossSpec for Focal {
    const KIND: &'static str = "focal";

    fn validate(&self) -> Result<(), LayerError> {
        let require = |fits, field, value: f64, rule| check::require(fits, Self::KIND, field, value, rule);
        let (most, rule) = match self.variant {
            FocalVariant::Categorical => (f64::MAX, "it must be at least 0"),
            FocalVariant::Sigmoid | FocalVariant::Binary => (1.0, "it must be from 0 to 1, or none"),
        };
        if let Some(alpha) = self.alpha {
            require((0.0..=most).contains(&alpha), "alpha", alpha, rule)?;
        }
        require(check::at_least_0(self.gamma), "gamma", self.gamma, "it must be at least 0")?;
        check::label_smoothing(Self::KIND, self.label_smoothing)?;
        check::class_axis(Self::KIND, self.class_axis)
    }

    fn check(&self, input: &Signature, target: &Signature) -> Result<(), LayerError> {
        match self.variant {
            FocalVariant::Sigmoid | FocalVariant::Binary => check::same_shape_or_column(Self::KIND, input, target),
            FocalVariant::Categorical => {
                check::same_shape(Self::KIND, input, target)?;
                check::has_class_axis(Self::KIND, self.class_axis, input, target).map(|_| ())
            }
        }
    }

    loss::call_beside!();
}

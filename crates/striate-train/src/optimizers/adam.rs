//! Adam (Kingma & Ba 2015, <https://arxiv.org/abs/1412.6980>), with AMSGrad (Reddi et al. 2018) and weight decay.
//!
//! Keras's form scales the rate by `sqrt(1 - beta_2^t) / (1 - beta_1^t)` and adds epsilon to the raw root; its weight decay
//! is decoupled. PyTorch's form divides both means by their corrections first and adds epsilon after; its weight decay is
//! added to the gradient unless it is decoupled (AdamW, Loshchilov & Hutter 2019).

use burn::Tensor;
use serde::{Deserialize, Deserializer, Serialize};

use striate_backend::ops::{AdamStep, adam, amsgrad};

use super::options::{ABOVE_0, AT_LEAST_0, FRACTION, check_options, options_by_preset};
use super::{Preset, UpdateRule, formulas, take};
use crate::TrainError;

/// Options of Adam and AdamW.
///
/// From data, what is left out has the preset's default: that of [`of`](Self::of), under the name `adamw` that of
/// [`adamw`](Self::adamw).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "Given")]
pub struct Adam {
    /// Whose formulas.
    pub preset: Preset,
    /// Step size, above 0.
    pub learning_rate: f64,
    /// How much of the gradient's mean stays each step, in `[0, 1)`. A schedule that cycles momentum changes it.
    pub beta_1: f64,
    /// How much of the mean of its square stays each step, in `[0, 1)`.
    pub beta_2: f64,
    /// Keeps the division finite, above 0.
    pub epsilon: f64,
    /// Shrinks parameters by this fraction of the rate each step, at least 0.
    pub weight_decay: f64,
    /// Whether the decay goes past the gradient's means, as in AdamW. Keras always does so.
    pub decoupled: bool,
    /// Whether the largest mean square so far counts (AMSGrad).
    pub amsgrad: bool,
}

options_by_preset!(Adam {
    learning_rate: f64,
    beta_1: f64,
    beta_2: f64,
    epsilon: f64,
    weight_decay: f64,
    decoupled: bool,
    amsgrad: bool,
});

/// Reads options whose defaults are AdamW's.
pub(super) fn read_adamw<'de, D: Deserializer<'de>>(data: D) -> Result<Adam, D::Error> {
    Ok(Given::deserialize(data)?.over(Adam::adamw))
}

impl Default for Adam {
    fn default() -> Self {
        Self::keras()
    }
}

impl Adam {
    /// Keras 3's defaults.
    pub fn keras() -> Self {
        Self {
            preset: Preset::Keras,
            learning_rate: 1e-3,
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-7,
            weight_decay: 0.0,
            decoupled: true,
            amsgrad: false,
        }
    }

    /// PyTorch's defaults of `torch.optim.Adam`.
    pub fn torch() -> Self {
        Self { preset: Preset::Torch, epsilon: 1e-8, decoupled: false, ..Self::keras() }
    }

    /// The preset's defaults.
    pub fn of(preset: Preset) -> Self {
        match preset {
            Preset::Keras => Self::keras(),
            Preset::Torch => Self::torch(),
        }
    }

    /// The preset's defaults of AdamW: Keras 3's `AdamW` decays by 0.004, `torch.optim.AdamW` by 0.01.
    pub fn adamw(preset: Preset) -> Self {
        let weight_decay = match preset {
            Preset::Keras => 0.004,
            Preset::Torch => 0.01,
        };
        Self { weight_decay, decoupled: true, ..Self::of(preset) }
    }

    /// Steps of this size.
    pub fn learning_rate(self, learning_rate: f64) -> Self {
        Self { learning_rate, ..self }
    }

    /// Checks that every option is in its range.
    ///
    /// # Errors
    /// Names the first that isn't.
    pub fn validate(&self) -> Result<(), TrainError> {
        check_options(&[
            ("learning_rate", self.learning_rate, self.learning_rate > 0.0, ABOVE_0),
            ("beta_1", self.beta_1, (0.0..1.0).contains(&self.beta_1), FRACTION),
            ("beta_2", self.beta_2, (0.0..1.0).contains(&self.beta_2), FRACTION),
            ("epsilon", self.epsilon, self.epsilon > 0.0, ABOVE_0),
            ("weight_decay", self.weight_decay, self.weight_decay >= 0.0, AT_LEAST_0),
        ])
    }
}

impl UpdateRule for Adam {
    fn slots(&self) -> &'static [&'static str] {
        match self.amsgrad {
            true => &["mean", "mean_square", "largest_mean_square"],
            false => &["mean", "mean_square"],
        }
    }

    fn update(
        &self,
        parameter: Tensor<1>,
        gradient: Tensor<1>,
        slots: &mut [Tensor<1>],
        rate: f64,
        step: u64,
    ) -> Tensor<1> {
        let step = AdamStep {
            formulas: formulas(self.preset),
            rate,
            beta_1: self.beta_1,
            beta_2: self.beta_2,
            epsilon: self.epsilon,
            weight_decay: self.weight_decay,
            decoupled: self.decoupled,
            number: step,
        };
        match slots {
            [mean, square, largest] => {
                let (parameter, after) = amsgrad(parameter, [take(mean), take(square), take(largest)], gradient, step);
                [*mean, *square, *largest] = after;
                parameter
            }
            [mean, square] => {
                let (parameter, after) = adam(parameter, [take(mean), take(square)], gradient, step);
                [*mean, *square] = after;
                parameter
            }
            _ => unreachable!("as many as `slots` names"),
        }
    }
}

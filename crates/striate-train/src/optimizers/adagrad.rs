//! Adagrad (Duchi, Hazan & Singer 2011, <https://jmlr.org/papers/v12/duchi11a.html>).
//!
//! Keras adds epsilon within the root and its weight decay is decoupled; PyTorch adds epsilon to the root, its decay to the
//! gradient, and lets the rate fall.

use burn::Tensor;
use serde::{Deserialize, Serialize};
use striate_backend::ops::{AdagradStep, adagrad};

use super::options::{ABOVE_0, AT_LEAST_0, check_options, options_by_preset};
use super::{Preset, UpdateRule, formulas, take};
use crate::TrainError;

/// Options of Adagrad. From data, what is left out has the preset's default.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "Given")]
pub struct Adagrad {
    /// Whose formulas.
    pub preset: Preset,
    /// Step size, above 0.
    pub learning_rate: f64,
    /// What the sum of the gradient's squares begins as, at least 0.
    pub initial_accumulator_value: f64,
    /// Keeps the division finite, above 0.
    pub epsilon: f64,
    /// Divides the rate by `1 + decay * steps before`, at least 0; PyTorch's `lr_decay`, which is read too.
    pub decay: f64,
    /// Shrinks parameters by this fraction of the rate each step, at least 0.
    pub weight_decay: f64,
}

options_by_preset!(Adagrad {
    learning_rate: f64,
    initial_accumulator_value: f64,
    epsilon: f64,
    #[serde(alias = "lr_decay")]
    decay: f64,
    weight_decay: f64,
});

impl Default for Adagrad {
    fn default() -> Self {
        Self::keras()
    }
}

impl Adagrad {
    /// Keras 3's defaults.
    pub fn keras() -> Self {
        Self {
            preset: Preset::Keras,
            learning_rate: 1e-3,
            initial_accumulator_value: 0.1,
            epsilon: 1e-7,
            decay: 0.0,
            weight_decay: 0.0,
        }
    }

    /// PyTorch's defaults of `torch.optim.Adagrad`.
    pub fn torch() -> Self {
        Self {
            preset: Preset::Torch,
            learning_rate: 1e-2,
            initial_accumulator_value: 0.0,
            epsilon: 1e-10,
            ..Self::keras()
        }
    }

    /// The preset's defaults.
    pub fn of(preset: Preset) -> Self {
        match preset {
            Preset::Keras => Self::keras(),
            Preset::Torch => Self::torch(),
        }
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
        let start = self.initial_accumulator_value;
        check_options(&[
            ("learning_rate", self.learning_rate, self.learning_rate > 0.0, ABOVE_0),
            ("initial_accumulator_value", start, start >= 0.0, AT_LEAST_0),
            ("epsilon", self.epsilon, self.epsilon > 0.0, ABOVE_0),
            ("decay", self.decay, self.decay >= 0.0, AT_LEAST_0),
            ("weight_decay", self.weight_decay, self.weight_decay >= 0.0, AT_LEAST_0),
        ])
    }
}

impl UpdateRule for Adagrad {
    fn slots(&self) -> &'static [&'static str] {
        &["square_sum"]
    }

    fn slot_start(&self) -> f64 {
        self.initial_accumulator_value
    }

    fn update(
        &self,
        parameter: Tensor<1>,
        gradient: Tensor<1>,
        slots: &mut [Tensor<1>],
        rate: f64,
        step: u64,
    ) -> Tensor<1> {
        let step = AdagradStep {
            formulas: formulas(self.preset),
            rate: rate / (1.0 + self.decay * (step - 1) as f64),
            epsilon: self.epsilon,
            weight_decay: self.weight_decay,
        };
        let [square_sum] = slots else { unreachable!("as many as `slots` names") };
        let (parameter, after) = adagrad(parameter, take(square_sum), gradient, step);
        *square_sum = after;
        parameter
    }
}

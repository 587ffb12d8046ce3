//! RMSprop (Hinton, Srivastava & Swersky 2012, lecture 6e of "Neural networks for machine learning"), with momentum and
//! centered (Graves 2013, <https://arxiv.org/abs/1308.0850>).
//!
//! Keras adds epsilon within the root, its velocity holds steps and its weight decay is decoupled; PyTorch adds epsilon to the
//! root, its velocity holds quotients and its decay is added to the gradient. Departure: a variance that rounding makes
//! negative counts as 0, where both libraries give NaN.

use burn::Tensor;
use serde::{Deserialize, Serialize};
use striate_backend::ops::{RmsPropStep, rmsprop};

use super::options::{ABOVE_0, AT_LEAST_0, FRACTION, check_options, options_by_preset};
use super::{Preset, UpdateRule, formulas, take};
use crate::TrainError;

/// Options of RMSprop. From data, what is left out has the preset's default.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "Given")]
pub struct RmsProp {
    /// Whose formulas.
    pub preset: Preset,
    /// Step size, above 0.
    pub learning_rate: f64,
    /// How much of the mean of the gradient's square stays each step, in `[0, 1)`; PyTorch's `alpha`, which is read too.
    pub rho: f64,
    /// How much of the velocity stays each step, in `[0, 1)`; 0 for none.
    pub momentum: f64,
    /// Keeps the division finite, above 0.
    pub epsilon: f64,
    /// Whether the gradient's variance divides rather than the mean of its square.
    pub centered: bool,
    /// Shrinks parameters by this fraction of the rate each step, at least 0.
    pub weight_decay: f64,
}

options_by_preset!(RmsProp {
    learning_rate: f64,
    #[serde(alias = "alpha")]
    rho: f64,
    momentum: f64,
    epsilon: f64,
    centered: bool,
    weight_decay: f64,
});

impl Default for RmsProp {
    fn default() -> Self {
        Self::keras()
    }
}

impl RmsProp {
    /// Keras 3's defaults.
    pub fn keras() -> Self {
        Self {
            preset: Preset::Keras,
            learning_rate: 1e-3,
            rho: 0.9,
            momentum: 0.0,
            epsilon: 1e-7,
            centered: false,
            weight_decay: 0.0,
        }
    }

    /// PyTorch's defaults of `torch.optim.RMSprop`.
    pub fn torch() -> Self {
        Self { preset: Preset::Torch, learning_rate: 1e-2, rho: 0.99, epsilon: 1e-8, ..Self::keras() }
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

    /// Keeps this much of the velocity.
    pub fn momentum(self, momentum: f64) -> Self {
        Self { momentum, ..self }
    }

    /// Checks that every option is in its range.
    ///
    /// # Errors
    /// Names the first that isn't.
    pub fn validate(&self) -> Result<(), TrainError> {
        check_options(&[
            ("learning_rate", self.learning_rate, self.learning_rate > 0.0, ABOVE_0),
            ("rho", self.rho, (0.0..1.0).contains(&self.rho), FRACTION),
            ("momentum", self.momentum, (0.0..1.0).contains(&self.momentum), FRACTION),
            ("epsilon", self.epsilon, self.epsilon > 0.0, ABOVE_0),
            ("weight_decay", self.weight_decay, self.weight_decay >= 0.0, AT_LEAST_0),
        ])
    }
}

impl UpdateRule for RmsProp {
    fn slots(&self) -> &'static [&'static str] {
        match (self.centered, self.momentum != 0.0) {
            (false, false) => &["mean_square"],
            (true, false) => &["mean_square", "mean"],
            (false, true) => &["mean_square", "velocity"],
            (true, true) => &["mean_square", "mean", "velocity"],
        }
    }

    fn update(
        &self,
        parameter: Tensor<1>,
        gradient: Tensor<1>,
        slots: &mut [Tensor<1>],
        rate: f64,
        _step: u64,
    ) -> Tensor<1> {
        let step = RmsPropStep {
            formulas: formulas(self.preset),
            rate,
            rho: self.rho,
            epsilon: self.epsilon,
            momentum: self.momentum,
            centered: self.centered,
            weight_decay: self.weight_decay,
        };
        let is_kept = [true, self.centered, self.momentum != 0.0];
        let nothing = Tensor::empty([0], &parameter.device());
        let mut given = slots.iter_mut();
        let before = is_kept.map(|is_kept| match is_kept {
            true => given.next().map(take).expect("as many as `slots` names"),
            false => nothing.clone(),
        });
        let (parameter, after) = rmsprop(parameter, before, gradient, step);
        let kept = after.into_iter().zip(is_kept).filter(|(_, is_kept)| *is_kept);
        slots.iter_mut().zip(kept).for_each(|(slot, (after, _))| *slot = after);
        parameter
    }
}

//! Gradients within bounds.

use serde::{Deserialize, Serialize};

use super::gradients::scaled;
use super::options::{ABOVE_0, check_options};
use super::{NamedGradients, Preset};
use crate::TrainError;

/// How gradients are kept within bounds before a step; in recipes `clip = { global_norm = 1.0 }`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Clip {
    /// Every value is brought into `[-value, value]`: Keras's `clipvalue`, `torch.nn.utils.clip_grad_value_`.
    Value(f64),
    /// Each gradient whose norm is larger is scaled down to it: Keras's `clipnorm`.
    Norm(f64),
    /// All gradients are scaled by one factor, so that their common norm is at most this: Keras's `global_clipnorm` (Pascanu
    /// et al. 2013), `torch.nn.utils.clip_grad_norm_`. PyTorch's form adds 1e-6 to the norm that it divides by.
    GlobalNorm(f64),
}

impl Clip {
    /// Checks that the bound is in its range.
    ///
    /// # Errors
    /// If it isn't a number above 0.
    pub fn validate(&self) -> Result<(), TrainError> {
        let (option, bound) = match *self {
            Self::Value(bound) => ("value", bound),
            Self::Norm(bound) => ("norm", bound),
            Self::GlobalNorm(bound) => ("global_norm", bound),
        };
        check_options(&[(option, bound, bound > 0.0, ABOVE_0)])
    }

    /// The gradients within bounds. Where a norm that counts is infinite or NaN, they become NaN, as in both libraries.
    pub fn apply(&self, gradients: NamedGradients, preset: Preset) -> NamedGradients {
        match *self {
            Self::Value(bound) => gradients.map(|_, gradient| gradient.clamp(-bound, bound)),
            Self::Norm(bound) => {
                let norms = gradients.norms();
                gradients.map(|number, gradient| scaled(gradient, factor(norms[number], bound, preset)))
            }
            Self::GlobalNorm(bound) => {
                let factor = factor(gradients.global_norm(), bound, preset);
                gradients.scaled(factor)
            }
        }
    }
}

/// What brings a norm within a bound.
fn factor(norm: f64, bound: f64, preset: Preset) -> f64 {
    if !norm.is_finite() {
        return f64::NAN;
    }
    match preset {
        Preset::Keras => bound / norm.max(bound),
        Preset::Torch => (bound / (norm + 1e-6)).min(1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factor_leaves_what_is_within_and_follows_the_preset_at_the_bound() {
        assert_eq!(factor(0.5, 1.0, Preset::Keras), 1.0);
        assert_eq!(factor(4.0, 1.0, Preset::Keras), 0.25);
        assert_eq!(factor(0.5, 1.0, Preset::Torch), 1.0);
        assert_eq!(factor(4.0, 1.0, Preset::Torch), 1.0 / (4.0 + 1e-6));
        assert!(factor(f64::INFINITY, 1.0, Preset::Torch).is_nan());
    }
}

//! What weights must keep to: Keras's `constraints`, applied after each update.

use burn::Tensor;
use serde::{Deserialize, Serialize};

use crate::defaults::KERAS_EPSILON;

/// A rule that a weight is brought back to after each update.
///
/// Norms are taken over all axes but the first, so over everything that flows into one unit or filter: Keras's `axis=0`
/// for a dense layer and `axis=[0, 1, 2]` for a convolution. A weight of one axis, such as a bias, is one unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Constraint {
    /// Each unit's norm is at most this; larger ones are scaled down.
    MaxNorm {
        /// The largest norm, above 0.
        max_value: f64,
    },
    /// No value is below 0; those that are become 0.
    NonNegative,
    /// Each unit's norm is 1.
    UnitNorm,
}

impl Constraint {
    /// Brings a weight back to the rule.
    pub fn apply<const D: usize>(&self, weight: Tensor<D>) -> Tensor<D> {
        match *self {
            Self::MaxNorm { max_value } => {
                let norms = norms(weight.clone());
                let wanted = norms.clone().clamp(0.0, max_value);
                weight * (wanted / (norms + KERAS_EPSILON))
            }
            Self::NonNegative => weight.clamp_min(0.0),
            Self::UnitNorm => weight.clone() / (norms(weight) + KERAS_EPSILON),
        }
    }

    /// The rule that its value breaks, if it breaks one.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        match *self {
            Self::MaxNorm { max_value } if !(max_value > 0.0 && max_value.is_finite()) => {
                Err("a constraint's `max_value` must be above 0")
            }
            _ => Ok(()),
        }
    }
}

/// The norm of each unit; other sides are 1.
fn norms<const D: usize>(weight: Tensor<D>) -> Tensor<D> {
    let first = usize::from(D > 1);
    (first..D).fold(weight.square(), |sum, axis| sum.sum_dim(axis)).sqrt()
}

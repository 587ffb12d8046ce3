//! Penalties on weights and activations: Keras's `regularizers`.

use burn::Tensor;
use serde::{Deserialize, Serialize};

use crate::LayerError;
use crate::reduce::sum;

/// A penalty of `l1 * sum(|x|) + l2 * sum(x²)`, Keras's `L1L2`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Regularizer {
    /// Factor of the sum of sizes, at least 0.
    #[serde(default)]
    pub l1: f64,
    /// Factor of the sum of squares, at least 0.
    #[serde(default)]
    pub l2: f64,
}

impl Regularizer {
    /// `l1 * sum(|x|)`.
    pub fn l1(l1: f64) -> Self {
        Self { l1, l2: 0.0 }
    }

    /// `l2 * sum(x²)`.
    pub fn l2(l2: f64) -> Self {
        Self { l1: 0.0, l2 }
    }

    /// `l1 * sum(|x|) + l2 * sum(x²)`.
    pub fn l1_l2(l1: f64, l2: f64) -> Self {
        Self { l1, l2 }
    }

    /// The penalty of a tensor, `[1]`.
    pub fn penalty<const D: usize>(&self, x: Tensor<D>) -> Tensor<1> {
        match (self.l1, self.l2) {
            (l1, 0.0) => sum(x.abs()) * l1,
            (0.0, l2) => sum(x.square()) * l2,
            (l1, l2) => sum(x.clone().abs()) * l1 + sum(x.square()) * l2,
        }
    }

    /// The rule that the factors break, if they break one.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        let fits = |factor: f64| factor >= 0.0 && factor.is_finite();
        if fits(self.l1) && fits(self.l2) { Ok(()) } else { Err("a regularizer's factors must be at least 0") }
    }

    /// Checks a layer's regularizer, if it has one.
    pub(crate) fn validate(this: Option<&Self>, kind: &'static str, field: &'static str) -> Result<(), LayerError> {
        this.map_or(Ok(()), |this| this.check().map_err(|rule| LayerError::value(kind, field, this, rule)))
    }
}

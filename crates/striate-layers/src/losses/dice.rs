//! Overlap of masks.

use burn::Tensor;
use serde::{Deserialize, Serialize};

use super::reduction::reduced;
use super::{LossSpec, Reduction, check, loss};
use crate::{LayerError, Signature};

/// What two masks lack of a full overlap, `1 - 2 * sum(target * input) / (sum(target) + sum(input) + smooth)`: Keras's
/// `Dice`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dice {
    /// The axes that are summed over; the batch is axis 0, and -1 the last. None: all, so that the batch has one loss.
    pub axes: Option<Vec<i64>>,
    /// Added to the divisor, at least 0; 1e-7 by default. At 0 two empty masks have no loss that is a number.
    pub smooth: f64,
    /// From losses to one number.
    pub reduction: Reduction,
}

impl Default for Dice {
    fn default() -> Self {
        Self { axes: None, smooth: 1e-7, reduction: Reduction::Mean }
    }
}

impl Dice {
    /// The loss over all axes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sums over these axes; the batch is axis 0, and -1 the last.
    pub fn axes(self, axes: impl Into<Vec<i64>>) -> Self {
        Self { axes: Some(axes.into()), ..self }
    }

    /// Adds this to the divisor.
    pub fn smooth(self, smooth: f64) -> Self {
        Self { smooth, ..self }
    }

    /// The losses that are reduced; the sides of the axes that are summed over become 1.
    ///
    /// # Panics
    /// If the shapes differ, or lack an axis.
    pub fn each<const D: usize>(&self, input: Tensor<D>, target: Tensor<D>) -> Tensor<D> {
        check::assert_same(&input, &target);
        let axes: Vec<usize> = match &self.axes {
            Some(axes) => axes.iter().map(|axis| check::axis_of::<D>(*axis)).collect(),
            None => (0..D).rev().collect(),
        };
        let sum = |x: Tensor<D>| axes.iter().fold(x, |x, axis| x.sum_dim(*axis));
        let both = sum(input.clone() * target.clone());
        both * -2.0 / (sum(target) + sum(input) + self.smooth) + 1.0
    }

    reduced!();
}

impl LossSpec for Dice {
    const KIND: &'static str = "dice";

    fn validate(&self) -> Result<(), LayerError> {
        let axes = self.axes.as_deref().unwrap_or_default();
        axes.iter().try_for_each(|axis| check::axis(Self::KIND, "axes", *axis))?;
        let twice = (1..axes.len()).any(|last| axes[..last].contains(&axes[last]));
        check::require(!twice, Self::KIND, "axes", axes, "each may be there once")?;
        let some = self.axes.is_none() || !axes.is_empty();
        check::require(some, Self::KIND, "axes", axes, "there must be one at least, or none for all")?;
        check::require(check::at_least_0(self.smooth), Self::KIND, "smooth", self.smooth, "it must be at least 0")
    }

    fn check(&self, input: &Signature, target: &Signature) -> Result<(), LayerError> {
        check::same_shape(Self::KIND, input, target)?;
        let mut found = Vec::new();
        for axis in self.axes.iter().flatten() {
            let place = check::has_axis(Self::KIND, "axes", *axis, input, target)?;
            check::require(!found.contains(&place), Self::KIND, "axes", &self.axes, "each may be there once")?;
            found.push(place);
        }
        Ok(())
    }

    loss::call_beside!();
}

//! Mirror images.

use serde::{Deserialize, Serialize};
use striate_core::Stream;

use super::{Draw, Operation, check};
use crate::DataError;
use crate::ops::Geometry;

/// Mirrors from left to right; torchvision's `RandomHorizontalFlip`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RandomHorizontalFlip {
    /// How likely it is, in `[0, 1]`.
    pub probability: f32,
    /// Pairs of key points that change places, as the left eye and the right.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub swap: Vec<[usize; 2]>,
}

/// Turns upside down, as in a mirror; torchvision's `RandomVerticalFlip`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RandomVerticalFlip {
    /// How likely it is, in `[0, 1]`.
    pub probability: f32,
}

with_probability!(RandomHorizontalFlip, RandomVerticalFlip);

impl Default for RandomHorizontalFlip {
    /// Every other time.
    fn default() -> Self {
        Self { probability: 0.5, swap: Vec::new() }
    }
}

impl Default for RandomVerticalFlip {
    /// Every other time.
    fn default() -> Self {
        Self { probability: 0.5 }
    }
}

impl Draw for RandomHorizontalFlip {
    fn draw(&self, _: [usize; 2], stream: &mut Stream) -> Vec<Operation> {
        if !stream.chance(self.probability) {
            return Vec::new();
        }
        let mut drawn = vec![Geometry::HorizontalFlip.into()];
        if !self.swap.is_empty() {
            drawn.push(Operation::SwapKeyPoints { pairs: self.swap.clone() });
        }
        drawn
    }

    fn check(&self) -> Result<(), DataError> {
        check::probability(self.probability)
    }
}

impl Draw for RandomVerticalFlip {
    fn draw(&self, _: [usize; 2], stream: &mut Stream) -> Vec<Operation> {
        if stream.chance(self.probability) { vec![Geometry::VerticalFlip.into()] } else { Vec::new() }
    }

    fn check(&self) -> Result<(), DataError> {
        check::probability(self.probability)
    }
}

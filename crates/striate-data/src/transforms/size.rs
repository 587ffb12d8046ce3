//! Other sizes.

use serde::{Deserialize, Serialize};
use striate_core::Stream;

use super::crop::yes;
use super::{Draw, Operation, Targets, between, check};
use crate::DataError;
use crate::ops::Geometry;

/// Resizes to one size, whatever becomes of the ratio of the sides; torchvision's `Resize` with two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resize {
    /// `[height, width]` in px.
    pub size: [usize; 2],
    /// Whether all pixels count that a smaller picture's pixel covers.
    #[serde(default = "yes")]
    pub antialias: bool,
    /// How pixels are made.
    #[serde(default)]
    pub targets: Targets,
}

/// Gives the shorter side a length and keeps the ratio of the sides; torchvision's `Resize` with one number.
///
/// The longer side is rounded down, and gets at most 65536 px.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResizeShorter {
    /// The shorter side in px.
    pub length: usize,
    /// Whether all pixels count that a smaller picture's pixel covers.
    #[serde(default = "yes")]
    pub antialias: bool,
    /// How pixels are made.
    #[serde(default)]
    pub targets: Targets,
}

/// Makes the picture higher or lower; Keras's `RandomHeight`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomHeight {
    /// The least and the greatest factor.
    pub factor: [f64; 2],
    /// How pixels are made.
    #[serde(default)]
    pub targets: Targets,
}

/// Makes the picture wider or narrower; Keras's `RandomWidth`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomWidth {
    /// The least and the greatest factor.
    pub factor: [f64; 2],
    /// How pixels are made.
    #[serde(default)]
    pub targets: Targets,
}

with_targets!(Resize, ResizeShorter, RandomHeight, RandomWidth);

impl Resize {
    /// `[height, width]` px, with antialiasing.
    pub fn new(size: [usize; 2]) -> Self {
        Self { size, antialias: true, targets: Targets::default() }
    }
}

impl ResizeShorter {
    /// The shorter side in px, with antialiasing.
    pub fn new(length: usize) -> Self {
        Self { length, antialias: true, targets: Targets::default() }
    }
}

impl RandomHeight {
    /// From `factor[0]` to `factor[1]` times the height.
    pub fn new(factor: [f64; 2]) -> Self {
        Self { factor, targets: Targets::default() }
    }
}

impl RandomWidth {
    /// From `factor[0]` to `factor[1]` times the width.
    pub fn new(factor: [f64; 2]) -> Self {
        Self { factor, targets: Targets::default() }
    }
}

/// The longest side that comes out.
const MAX_SIDE: f64 = 65536.0;

/// A side times a factor.
fn side(side: usize, factor: f64) -> usize {
    (side as f64 * factor).clamp(1.0, MAX_SIDE) as usize
}

fn resize(size: [usize; 2], antialias: bool, targets: Targets) -> Vec<Operation> {
    vec![Operation::moving(Geometry::Resize { size, antialias }, targets)]
}

impl Draw for Resize {
    fn draw(&self, _: [usize; 2], _: &mut Stream) -> Vec<Operation> {
        resize(self.size, self.antialias, self.targets)
    }

    fn check(&self) -> Result<(), DataError> {
        check::size("size", self.size)?;
        check::targets(self.targets)
    }
}

impl Draw for ResizeShorter {
    fn draw(&self, [height, width]: [usize; 2], _: &mut Stream) -> Vec<Operation> {
        let longer = |long: usize, short: usize| {
            let exact = self.length as u128 * long as u128 / short as u128;
            exact.min(MAX_SIDE as u128) as usize
        };
        let size =
            if height <= width { [self.length, longer(width, height)] } else { [longer(height, width), self.length] };
        resize(size, self.antialias, self.targets)
    }

    fn check(&self) -> Result<(), DataError> {
        check::size("length", [self.length; 2])?;
        check::targets(self.targets)
    }
}

impl Draw for RandomHeight {
    fn draw(&self, [height, width]: [usize; 2], stream: &mut Stream) -> Vec<Operation> {
        resize([side(height, between(self.factor, stream)), width], true, self.targets)
    }

    fn check(&self) -> Result<(), DataError> {
        check::positive("factor", self.factor)?;
        check::targets(self.targets)
    }
}

impl Draw for RandomWidth {
    fn draw(&self, [height, width]: [usize; 2], stream: &mut Stream) -> Vec<Operation> {
        resize([height, side(width, between(self.factor, stream))], true, self.targets)
    }

    fn check(&self) -> Result<(), DataError> {
        check::positive("factor", self.factor)?;
        check::targets(self.targets)
    }
}

//! Turns, moves, zooms and shears.

use serde::{Deserialize, Serialize};
use striate_core::Stream;

use super::{Draw, Operation, Targets, between, check};
use crate::DataError;
use crate::ops::{Affine, Geometry};

/// Turns the picture; torchvision's `RandomRotation`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomRotation {
    /// The least and the greatest angle, in degrees counter-clockwise.
    pub degrees: [f64; 2],
    /// Whether the picture becomes as large as holds all of the old one.
    #[serde(default)]
    pub expand: bool,
    /// How pixels are made.
    #[serde(default)]
    pub targets: Targets,
}

/// Moves the picture; Keras's `RandomTranslation`, with a fill for what comes in.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomTranslation {
    /// The least and the greatest move down, as a part of the height.
    pub down: [f64; 2],
    /// The least and the greatest move to the right, as a part of the width.
    pub right: [f64; 2],
    /// How pixels are made.
    #[serde(default)]
    pub targets: Targets,
}

/// Enlarges (factors above 1) or shrinks what is shown about the middle; the picture's size stays.
///
/// Keras's `RandomZoom` has `1 / (1 + x)` for these factors.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomZoom {
    /// The least and the greatest factor.
    pub factor: [f64; 2],
    /// The factors along the width, if they are drawn on their own; those of `factor` are along the height then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<[f64; 2]>,
    /// How pixels are made.
    #[serde(default)]
    pub targets: Targets,
}

/// Shears the picture about its middle.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomShear {
    /// The least and the greatest shear along x, in degrees.
    pub x: [f64; 2],
    /// The least and the greatest shear along y, in degrees.
    #[serde(default)]
    pub y: [f64; 2],
    /// How pixels are made.
    #[serde(default)]
    pub targets: Targets,
}

/// Turns, moves, zooms and shears in one; torchvision's `RandomAffine`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RandomAffine {
    /// The least and the greatest angle, in degrees clockwise.
    pub degrees: [f64; 2],
    /// The farthest moves right and down, as parts of width and height; they are whole numbers of px.
    pub translate: [f64; 2],
    /// The least and the greatest factor.
    pub scale: [f64; 2],
    /// The least and the greatest shear along x, in degrees.
    pub shear_x: [f64; 2],
    /// The least and the greatest shear along y, in degrees.
    pub shear_y: [f64; 2],
    /// How pixels are made.
    pub targets: Targets,
}

with_targets!(RandomRotation, RandomTranslation, RandomZoom, RandomShear, RandomAffine);

impl RandomRotation {
    /// Up to so many degrees in either direction.
    pub fn new(degrees: f64) -> Self {
        Self { degrees: [-degrees, degrees], expand: false, targets: Targets::default() }
    }

    /// Makes the picture as large as holds all of the old one.
    pub fn expand(self) -> Self {
        Self { expand: true, ..self }
    }
}

impl RandomTranslation {
    /// Up to these parts of height and width in either direction.
    pub fn new(height: f64, width: f64) -> Self {
        Self { down: [-height, height], right: [-width, width], targets: Targets::default() }
    }
}

impl RandomZoom {
    /// From `factor[0]` to `factor[1]`, alike in both directions.
    pub fn new(factor: [f64; 2]) -> Self {
        Self { factor, width: None, targets: Targets::default() }
    }
}

impl RandomShear {
    /// Up to so many degrees along x and y, in either direction.
    pub fn new(x: f64, y: f64) -> Self {
        Self { x: [-x, x], y: [-y, y], targets: Targets::default() }
    }
}

impl Default for RandomAffine {
    /// Leaves everything in place.
    fn default() -> Self {
        Self {
            degrees: [0.0; 2],
            translate: [0.0; 2],
            scale: [1.0; 2],
            shear_x: [0.0; 2],
            shear_y: [0.0; 2],
            targets: Targets::default(),
        }
    }
}

/// Shears beyond this would make lines of pictures.
const MAX_SHEAR: f64 = 89.0;

impl Draw for RandomRotation {
    fn draw(&self, _: [usize; 2], stream: &mut Stream) -> Vec<Operation> {
        let degrees = between(self.degrees, stream);
        vec![Operation::moving(Geometry::Rotate { degrees, expand: self.expand, center: None }, self.targets)]
    }

    fn check(&self) -> Result<(), DataError> {
        check::degrees("degrees", self.degrees, 1e6)?;
        check::targets(self.targets)
    }
}

impl Draw for RandomTranslation {
    fn draw(&self, [height, width]: [usize; 2], stream: &mut Stream) -> Vec<Operation> {
        let down = between(self.down, stream) * height as f64;
        let right = between(self.right, stream) * width as f64;
        let map = Affine { translate: [right, down], ..Affine::default() };
        vec![Operation::moving(Geometry::Affine(map), self.targets)]
    }

    fn check(&self) -> Result<(), DataError> {
        check::parts("down", self.down)?;
        check::parts("right", self.right)?;
        check::targets(self.targets)
    }
}

impl Draw for RandomZoom {
    fn draw(&self, _: [usize; 2], stream: &mut Stream) -> Vec<Operation> {
        let along_y = between(self.factor, stream);
        let along_x = self.width.map_or(along_y, |width| between(width, stream));
        let map = Affine { scale: [along_x, along_y], ..Affine::default() };
        vec![Operation::moving(Geometry::Affine(map), self.targets)]
    }

    fn check(&self) -> Result<(), DataError> {
        check::positive("factor", self.factor)?;
        self.width.map_or(Ok(()), |width| check::positive("width", width))?;
        check::targets(self.targets)
    }
}

impl Draw for RandomShear {
    fn draw(&self, _: [usize; 2], stream: &mut Stream) -> Vec<Operation> {
        let map = Affine { shear: [between(self.x, stream), between(self.y, stream)], ..Affine::default() };
        vec![Operation::moving(Geometry::Affine(map), self.targets)]
    }

    fn check(&self) -> Result<(), DataError> {
        check::degrees("x", self.x, MAX_SHEAR)?;
        check::degrees("y", self.y, MAX_SHEAR)?;
        check::targets(self.targets)
    }
}

impl Draw for RandomAffine {
    fn draw(&self, [height, width]: [usize; 2], stream: &mut Stream) -> Vec<Operation> {
        let degrees = between(self.degrees, stream);
        let [right, down] = [(self.translate[0], width), (self.translate[1], height)]
            .map(|(part, side)| between([-part, part], stream) * side as f64);
        let scale = between(self.scale, stream);
        let shear = [self.shear_x, self.shear_y].map(|shear| between(shear, stream));
        let translate = [right, down].map(f64::round_ties_even);
        let map = Affine { degrees, translate, scale: [scale; 2], shear, center: None };
        vec![Operation::moving(Geometry::Affine(map), self.targets)]
    }

    fn check(&self) -> Result<(), DataError> {
        check::degrees("degrees", self.degrees, 1e6)?;
        for part in self.translate {
            check::number("translate", part, (0.0..=1.0).contains(&part), "each must be in [0, 1]")?;
        }
        check::positive("scale", self.scale)?;
        check::degrees("shear_x", self.shear_x, MAX_SHEAR)?;
        check::degrees("shear_y", self.shear_y, MAX_SHEAR)?;
        check::targets(self.targets)
    }
}

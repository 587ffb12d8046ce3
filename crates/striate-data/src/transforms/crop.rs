//! Parts of pictures, and borders.

use serde::{Deserialize, Serialize};
use striate_core::Stream;

use super::{Draw, Operation, Targets, between, check};
use crate::DataError;
use crate::ops::{Border, Geometry};

/// Cuts a part of one size out at a random place; torchvision's `RandomCrop`.
///
/// A picture that is too small, with its border, gets more of it on a random side.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomCrop {
    /// `[height, width]` in px.
    pub size: [usize; 2],
    /// `[left, top, right, bottom]` of a border that is put around first, in px.
    #[serde(default)]
    pub padding: [usize; 4],
    /// What the border shows.
    #[serde(default)]
    pub border: Border,
    /// How pixels are made; only the fills matter.
    #[serde(default)]
    pub targets: Targets,
}

/// Cuts the middle out; torchvision's `CenterCrop`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CenterCrop {
    /// `[height, width]` in px.
    pub size: [usize; 2],
    /// How pixels are made; only the fills matter.
    #[serde(default)]
    pub targets: Targets,
}

/// Puts a border around; torchvision's `Pad`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pad {
    /// `[left, top, right, bottom]` in px.
    pub padding: [usize; 4],
    /// What the border shows.
    #[serde(default)]
    pub border: Border,
    /// How pixels are made; only the fills matter.
    #[serde(default)]
    pub targets: Targets,
}

/// Cuts a part of random size and shape out at a random place and resizes it; torchvision's `RandomResizedCrop`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomResizedCrop {
    /// `[height, width]` of the result, in px.
    pub size: [usize; 2],
    /// The least and the greatest part of the picture's area.
    #[serde(default = "scale")]
    pub scale: [f64; 2],
    /// The least and the greatest ratio of width to height.
    #[serde(default = "ratio")]
    pub ratio: [f64; 2],
    /// Whether all pixels count that a smaller picture's pixel covers.
    #[serde(default = "yes")]
    pub antialias: bool,
    /// How pixels are made.
    #[serde(default)]
    pub targets: Targets,
}

fn scale() -> [f64; 2] {
    [0.08, 1.0]
}

fn ratio() -> [f64; 2] {
    [3.0 / 4.0, 4.0 / 3.0]
}

pub(super) fn yes() -> bool {
    true
}

with_targets!(RandomCrop, CenterCrop, Pad, RandomResizedCrop);

impl RandomCrop {
    /// `[height, width]` px, without a border.
    pub fn new(size: [usize; 2]) -> Self {
        Self { size, padding: [0; 4], border: Border::Constant, targets: Targets::default() }
    }

    /// With a border of so many px on each side.
    pub fn padding(self, px: usize) -> Self {
        Self { padding: [px; 4], ..self }
    }

    /// With another border than the fill.
    pub fn border(self, border: Border) -> Self {
        Self { border, ..self }
    }
}

impl CenterCrop {
    /// `[height, width]` px.
    pub fn new(size: [usize; 2]) -> Self {
        Self { size, targets: Targets::default() }
    }
}

impl Pad {
    /// So many px on each side.
    pub fn new(px: usize) -> Self {
        Self { padding: [px; 4], border: Border::Constant, targets: Targets::default() }
    }
}

impl RandomResizedCrop {
    /// Resizes to `[height, width]` px; from 0.08 to all of the area, from 3:4 to 4:3.
    pub fn new(size: [usize; 2]) -> Self {
        Self { size, scale: scale(), ratio: ratio(), antialias: true, targets: Targets::default() }
    }

    /// Another range of parts of the area.
    pub fn scale(self, scale: [f64; 2]) -> Self {
        Self { scale, ..self }
    }

    /// Another range of width over height.
    pub fn ratio(self, ratio: [f64; 2]) -> Self {
        Self { ratio, ..self }
    }
}

impl Draw for RandomCrop {
    fn draw(&self, [height, width]: [usize; 2], stream: &mut Stream) -> Vec<Operation> {
        let [left, top, right, bottom] = self.padding;
        let have = [height + top + bottom, width + left + right];
        let [y, x] = [0, 1].map(|axis| {
            let rest = have[axis] as i64 - self.size[axis] as i64;
            stream.integer(rest.min(0)..=rest.max(0))
        });
        if self.border == Border::Constant || self.padding == [0; 4] {
            let geometry = Geometry::Crop { top: y - top as i64, left: x - left as i64, size: self.size };
            return vec![Operation::moving(geometry, self.targets)];
        }
        let pad = Geometry::Pad { padding: self.padding, border: self.border };
        let crop = Geometry::Crop { top: y, left: x, size: self.size };
        [pad, crop].map(|geometry| Operation::moving(geometry, self.targets)).into()
    }

    fn check(&self) -> Result<(), DataError> {
        check::size("size", self.size)?;
        check::lengths("padding", &self.padding)?;
        check::targets(self.targets)
    }
}

impl Draw for CenterCrop {
    fn draw(&self, _: [usize; 2], _: &mut Stream) -> Vec<Operation> {
        vec![Operation::moving(Geometry::CenterCrop { size: self.size }, self.targets)]
    }

    fn check(&self) -> Result<(), DataError> {
        check::size("size", self.size)?;
        check::targets(self.targets)
    }
}

impl Draw for Pad {
    fn draw(&self, _: [usize; 2], _: &mut Stream) -> Vec<Operation> {
        vec![Operation::moving(Geometry::Pad { padding: self.padding, border: self.border }, self.targets)]
    }

    fn check(&self) -> Result<(), DataError> {
        check::lengths("padding", &self.padding)?;
        check::targets(self.targets)
    }
}

impl Draw for RandomResizedCrop {
    fn draw(&self, [height, width]: [usize; 2], stream: &mut Stream) -> Vec<Operation> {
        let area = (height * width) as f64;
        let drawn = (0..10).find_map(|_| {
            let area = area * between(self.scale, stream);
            let ratio = between(self.ratio.map(f64::ln), stream).exp();
            let part = [(area / ratio).sqrt(), (area * ratio).sqrt()].map(|side| side.round_ties_even() as usize);
            let fits = part[0] > 0 && part[1] > 0 && part[0] <= height && part[1] <= width;
            fits.then(|| (part, [stream.below(height - part[0] + 1), stream.below(width - part[1] + 1)]))
        });
        let (part, [top, left]) = drawn.unwrap_or_else(|| {
            // The middle, as much of it as has a ratio that is allowed.
            let ratio = (width as f64 / height as f64).clamp(self.ratio[0], self.ratio[1]);
            let rows = ((width as f64 / ratio).round_ties_even() as usize).clamp(1, height);
            let columns = ((height as f64 * ratio).round_ties_even() as usize).clamp(1, width);
            ([rows, columns], [(height - rows) / 2, (width - columns) / 2])
        });
        let geometry = Geometry::ResizedCrop {
            top: top as i64,
            left: left as i64,
            part,
            size: self.size,
            antialias: self.antialias,
        };
        vec![Operation::moving(geometry, self.targets)]
    }

    fn check(&self) -> Result<(), DataError> {
        check::size("size", self.size)?;
        check::range("scale", self.scale, |part| part > 0.0 && part <= 1.0, "it must be [least, most] in (0, 1]")?;
        check::positive("ratio", self.ratio)?;
        check::targets(self.targets)
    }
}

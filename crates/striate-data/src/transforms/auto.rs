//! Policies that draw from a list of operations: RandAugment and TrivialAugment.

use serde::{Deserialize, Serialize};
use striate_core::{Interpolation, Stream};

use super::{Adjustment, Draw, Operation, Targets, check};
use crate::DataError;
use crate::ops::{Affine, Geometry};

/// Applies a few operations of one strength (Cubuk et al. 2019, <https://arxiv.org/abs/1909.13719>); torchvision's
/// `RandAugment`. Boxes, mask and key points move along.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RandAugment {
    /// How many operations follow one another.
    pub operations: usize,
    /// How strong they are, below `bins`.
    pub magnitude: usize,
    /// How many strengths there are.
    pub bins: usize,
    /// How pixels are made: the nearest, unless said otherwise.
    pub targets: Targets,
}

/// Applies one operation of random strength (Müller & Hutter 2021, <https://arxiv.org/abs/2103.10158>); torchvision's
/// `TrivialAugmentWide`. Boxes, mask and key points move along.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrivialAugment {
    /// How many strengths there are.
    pub bins: usize,
    /// How pixels are made: the nearest, unless said otherwise.
    pub targets: Targets,
}

with_targets!(RandAugment, TrivialAugment);

impl Default for RandAugment {
    /// torchvision's: two operations of strength 9 of 31.
    fn default() -> Self {
        Self { operations: 2, magnitude: 9, bins: 31, targets: nearest() }
    }
}

impl Default for TrivialAugment {
    /// torchvision's: 31 strengths.
    fn default() -> Self {
        Self { bins: 31, targets: nearest() }
    }
}

fn nearest() -> Targets {
    Targets::default().interpolation(Interpolation::Nearest)
}

/// What the policies choose from, in torchvision's order.
#[derive(Clone, Copy)]
enum Kind {
    Identity,
    ShearX,
    ShearY,
    TranslateX,
    TranslateY,
    Rotate,
    Brightness,
    Color,
    Contrast,
    Sharpness,
    Posterize,
    Solarize,
    Autocontrast,
    Equalize,
}

const KINDS: [Kind; 14] = [
    Kind::Identity,
    Kind::ShearX,
    Kind::ShearY,
    Kind::TranslateX,
    Kind::TranslateY,
    Kind::Rotate,
    Kind::Brightness,
    Kind::Color,
    Kind::Contrast,
    Kind::Sharpness,
    Kind::Posterize,
    Kind::Solarize,
    Kind::Autocontrast,
    Kind::Equalize,
];

/// The greatest strengths of a policy.
struct Space {
    shear: f64,
    /// In px, of a picture of `[height, width]`.
    translate: [f64; 2],
    degrees: f64,
    factor: f64,
    bits: f64,
}

impl Space {
    /// Draws a kind and does it with a strength in `[0, 1]`.
    fn draw(
        &self,
        strength: impl FnOnce(&mut Stream) -> f64,
        targets: Targets,
        stream: &mut Stream,
    ) -> Option<Operation> {
        let kind = KINDS[stream.below(KINDS.len())];
        let strength = strength(stream);
        let signed = match kind {
            Kind::Identity | Kind::Posterize | Kind::Solarize | Kind::Autocontrast | Kind::Equalize => strength,
            _ if stream.chance(0.5) => -strength,
            _ => strength,
        };
        let affine = |map| Operation::moving(Geometry::Affine(map), targets);
        let shear = |x: f64, y: f64| {
            let shear = [x, y].map(|part| (part * self.shear).atan().to_degrees());
            affine(Affine { shear, center: Some([0.0; 2]), ..Affine::default() })
        };
        let translate = |x: f64, y: f64| affine(Affine { translate: [x.trunc(), y.trunc()], ..Affine::default() });
        let factor = (1.0 + signed * self.factor) as f32;
        Some(match kind {
            Kind::Identity => return None,
            Kind::ShearX => shear(signed, 0.0),
            Kind::ShearY => shear(0.0, signed),
            Kind::TranslateX => translate(signed * self.translate[1], 0.0),
            Kind::TranslateY => translate(0.0, signed * self.translate[0]),
            Kind::Rotate => {
                let degrees = signed * self.degrees;
                Operation::moving(Geometry::Rotate { degrees, expand: false, center: None }, targets)
            }
            Kind::Brightness => Adjustment::Brightness { factor }.into(),
            Kind::Color => Adjustment::Saturation { factor }.into(),
            Kind::Contrast => Adjustment::Contrast { factor }.into(),
            Kind::Sharpness => Adjustment::Sharpness { factor }.into(),
            Kind::Posterize => {
                Adjustment::Posterize { bits: (8.0 - strength * self.bits).round_ties_even() as u32 }.into()
            }
            Kind::Solarize => Adjustment::Solarize { threshold: ((1.0 - strength) * 255.0) as f32 }.into(),
            Kind::Autocontrast => Adjustment::Autocontrast.into(),
            Kind::Equalize => Adjustment::Equalize.into(),
        })
    }
}

/// A strength's number as a part of the greatest.
fn part(number: usize, bins: usize) -> f64 {
    number as f64 / (bins.max(2) - 1) as f64
}

impl Draw for RandAugment {
    fn draw(&self, [height, width]: [usize; 2], stream: &mut Stream) -> Vec<Operation> {
        let translate = [height, width].map(|side| 150.0 / 331.0 * side as f64);
        let space = Space { shear: 0.3, translate, degrees: 30.0, factor: 0.9, bits: 4.0 };
        let strength = part(self.magnitude, self.bins);
        (0..self.operations).filter_map(|_| space.draw(|_| strength, self.targets, stream)).collect()
    }

    fn check(&self) -> Result<(), DataError> {
        check::number("operations", self.operations as f64, self.operations <= 100, "it must be at most 100")?;
        check::number("bins", self.bins as f64, self.bins >= 2, "it must be at least 2")?;
        let fits = self.magnitude < self.bins;
        check::number("magnitude", self.magnitude as f64, fits, "it must be below `bins`")?;
        check::targets(self.targets)
    }
}

impl Draw for TrivialAugment {
    fn draw(&self, _: [usize; 2], stream: &mut Stream) -> Vec<Operation> {
        let space = Space { shear: 0.99, translate: [32.0; 2], degrees: 135.0, factor: 0.99, bits: 6.0 };
        let strength = |stream: &mut Stream| part(stream.below(self.bins.max(1)), self.bins);
        space.draw(strength, self.targets, stream).into_iter().collect()
    }

    fn check(&self) -> Result<(), DataError> {
        check::number("bins", self.bins as f64, self.bins >= 2, "it must be at least 2")?;
        check::targets(self.targets)
    }
}

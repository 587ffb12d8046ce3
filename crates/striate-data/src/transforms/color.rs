//! Brightness and color.

use serde::{Deserialize, Serialize};
use striate_core::Stream;

use super::{Adjustment, Draw, Operation, between, check};
use crate::DataError;

/// Transforms that draw one factor.
macro_rules! factors {
    ($($(#[doc = $doc:literal])+ $name:ident => $adjustment:ident;)+) => {
        $(
            $(#[doc = $doc])+
            #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
            #[serde(deny_unknown_fields)]
            pub struct $name {
                /// The least and the greatest factor, from 0 on; 1 changes nothing.
                pub factor: [f64; 2],
            }

            impl $name {
                /// From `1 - strength`, or 0 if that is less, to `1 + strength`.
                pub fn new(strength: f64) -> Self {
                    Self { factor: around(strength) }
                }
            }

            impl Draw for $name {
                fn draw(&self, _: [usize; 2], stream: &mut Stream) -> Vec<Operation> {
                    vec![Adjustment::$adjustment { factor: between(self.factor, stream) as f32 }.into()]
                }

                fn check(&self) -> Result<(), DataError> {
                    check::factors("factor", self.factor)
                }
            }
        )+
    };
}

factors! {
    /// Makes the picture brighter or darker; the part of torchvision's `ColorJitter`.
    RandomBrightness => Brightness;
    /// Changes the contrast; the part of torchvision's `ColorJitter`.
    RandomContrast => Contrast;
    /// Makes colors stronger or weaker; the part of torchvision's `ColorJitter`.
    RandomSaturation => Saturation;
}

fn around(strength: f64) -> [f64; 2] {
    [(1.0 - strength).max(0.0), 1.0 + strength]
}

/// Turns colors; the part of torchvision's `ColorJitter`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomHue {
    /// The least and the greatest turn, in turns of the color circle, in `[-0.5, 0.5]`.
    pub turns: [f64; 2],
}

/// Raises values to a power: above 1 makes dark parts darker, below 1 lighter.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomGamma {
    /// The least and the greatest exponent, above 0.
    pub gamma: [f64; 2],
}

/// Makes the picture sharper or softer; torchvision's `RandomAdjustSharpness`, with a range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomSharpness {
    /// The least and the greatest factor, from 0 on; 1 changes nothing.
    pub factor: [f64; 2],
    /// How likely it is, in `[0, 1]`.
    #[serde(default = "half")]
    pub probability: f32,
}

/// Changes brightness, contrast, saturation and hue, in an order that is drawn each time; torchvision's `ColorJitter`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ColorJitter {
    /// The least and the greatest factor of brightness.
    pub brightness: [f64; 2],
    /// The least and the greatest factor of contrast.
    pub contrast: [f64; 2],
    /// The least and the greatest factor of saturation.
    pub saturation: [f64; 2],
    /// The least and the greatest turn of the color circle, in `[-0.5, 0.5]`.
    pub hue: [f64; 2],
}

/// Makes the picture gray, with as many channels as before; torchvision's `RandomGrayscale`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RandomGrayscale {
    /// How likely it is, in `[0, 1]`.
    pub probability: f32,
}

with_probability!(RandomSharpness, RandomGrayscale);

fn half() -> f32 {
    0.5
}

impl RandomHue {
    /// Up to so many turns in either direction.
    pub fn new(turns: f64) -> Self {
        Self { turns: [-turns, turns] }
    }
}

impl RandomGamma {
    /// Exponents from `gamma[0]` to `gamma[1]`.
    pub fn new(gamma: [f64; 2]) -> Self {
        Self { gamma }
    }
}

impl RandomSharpness {
    /// From `1 - strength`, or 0 if that is less, to `1 + strength`, every other time.
    pub fn new(strength: f64) -> Self {
        Self { factor: around(strength), probability: half() }
    }
}

impl Default for ColorJitter {
    /// Changes nothing.
    fn default() -> Self {
        Self { brightness: [1.0; 2], contrast: [1.0; 2], saturation: [1.0; 2], hue: [0.0; 2] }
    }
}

impl ColorJitter {
    /// Strengths as torchvision's `ColorJitter` takes them: factors from `1 - x` to `1 + x`, turns from `-x` to `x`.
    pub fn new(brightness: f64, contrast: f64, saturation: f64, hue: f64) -> Self {
        let [brightness, contrast, saturation] = [brightness, contrast, saturation].map(around);
        Self { brightness, contrast, saturation, hue: [-hue, hue] }
    }
}

impl Default for RandomGrayscale {
    /// One time in ten.
    fn default() -> Self {
        Self { probability: 0.1 }
    }
}

fn check_turns(field: &'static str, turns: [f64; 2]) -> Result<(), DataError> {
    check::range(field, turns, |turns| turns.abs() <= 0.5, "it must be [least, most] in [-0.5, 0.5]")
}

impl Draw for RandomHue {
    fn draw(&self, _: [usize; 2], stream: &mut Stream) -> Vec<Operation> {
        vec![Adjustment::Hue { turns: between(self.turns, stream) as f32 }.into()]
    }

    fn check(&self) -> Result<(), DataError> {
        check_turns("turns", self.turns)
    }
}

impl Draw for RandomGamma {
    fn draw(&self, _: [usize; 2], stream: &mut Stream) -> Vec<Operation> {
        vec![Adjustment::Gamma { gamma: between(self.gamma, stream) as f32 }.into()]
    }

    fn check(&self) -> Result<(), DataError> {
        check::positive("gamma", self.gamma)
    }
}

impl Draw for RandomSharpness {
    fn draw(&self, _: [usize; 2], stream: &mut Stream) -> Vec<Operation> {
        if !stream.chance(self.probability) {
            return Vec::new();
        }
        vec![Adjustment::Sharpness { factor: between(self.factor, stream) as f32 }.into()]
    }

    fn check(&self) -> Result<(), DataError> {
        check::factors("factor", self.factor)?;
        check::probability(self.probability)
    }
}

impl Draw for ColorJitter {
    fn draw(&self, _: [usize; 2], stream: &mut Stream) -> Vec<Operation> {
        let mut order = [0, 1, 2, 3];
        stream.shuffle(&mut order);
        let drawn = order.into_iter().filter_map(|part| {
            let (bounds, nothing) = match part {
                0 => (self.brightness, 1.0),
                1 => (self.contrast, 1.0),
                2 => (self.saturation, 1.0),
                _ => (self.hue, 0.0),
            };
            let factor = between(bounds, stream) as f32;
            let adjustment = match part {
                0 => Adjustment::Brightness { factor },
                1 => Adjustment::Contrast { factor },
                2 => Adjustment::Saturation { factor },
                _ => Adjustment::Hue { turns: factor },
            };
            (bounds != [nothing; 2]).then(|| adjustment.into())
        });
        drawn.collect()
    }

    fn check(&self) -> Result<(), DataError> {
        check::factors("brightness", self.brightness)?;
        check::factors("contrast", self.contrast)?;
        check::factors("saturation", self.saturation)?;
        check_turns("hue", self.hue)
    }
}

impl Draw for RandomGrayscale {
    fn draw(&self, _: [usize; 2], stream: &mut Stream) -> Vec<Operation> {
        if stream.chance(self.probability) { vec![Adjustment::Grayscale.into()] } else { Vec::new() }
    }

    fn check(&self) -> Result<(), DataError> {
        check::probability(self.probability)
    }
}

//! Values changed by their distribution or their bits.

use serde::{Deserialize, Serialize};
use striate_core::Stream;

use super::{Adjustment, Draw, Operation, check};
use crate::DataError;

/// Transforms that are done or not.
macro_rules! coins {
    ($($(#[doc = $doc:literal])+ $name:ident => $adjustment:ident;)+) => {
        $(
            $(#[doc = $doc])+
            #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
            #[serde(default, deny_unknown_fields)]
            pub struct $name {
                /// How likely it is, in `[0, 1]`.
                pub probability: f32,
            }

            impl Default for $name {
                /// Every other time.
                fn default() -> Self {
                    Self { probability: 0.5 }
                }
            }

            impl Draw for $name {
                fn draw(&self, _: [usize; 2], stream: &mut Stream) -> Vec<Operation> {
                    if stream.chance(self.probability) { vec![Adjustment::$adjustment.into()] } else { Vec::new() }
                }

                fn check(&self) -> Result<(), DataError> {
                    check::probability(self.probability)
                }
            }
        )+
    };
}

coins! {
    /// Inverts all values; torchvision's `RandomInvert`.
    RandomInvert => Invert;
    /// Makes all values about equally frequent; torchvision's `RandomEqualize`.
    RandomEqualize => Equalize;
    /// Spreads values over the whole range; torchvision's `RandomAutocontrast`.
    RandomAutocontrast => Autocontrast;
}

/// Keeps the highest bits of values; torchvision's `RandomPosterize`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomPosterize {
    /// Bits that stay, of 8.
    pub bits: u32,
    /// How likely it is, in `[0, 1]`.
    #[serde(default = "half")]
    pub probability: f32,
}

/// Inverts values that are not below a threshold; torchvision's `RandomSolarize`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomSolarize {
    /// The threshold, in `[0, 255]`.
    pub threshold: f32,
    /// How likely it is, in `[0, 1]`.
    #[serde(default = "half")]
    pub probability: f32,
}

with_probability!(RandomInvert, RandomEqualize, RandomAutocontrast, RandomPosterize, RandomSolarize);

fn half() -> f32 {
    0.5
}

impl RandomPosterize {
    /// So many bits of 8, every other time.
    pub fn new(bits: u32) -> Self {
        Self { bits, probability: half() }
    }
}

impl RandomSolarize {
    /// From this value on, in `[0, 255]`, every other time.
    pub fn new(threshold: f32) -> Self {
        Self { threshold, probability: half() }
    }
}

impl Draw for RandomPosterize {
    fn draw(&self, _: [usize; 2], stream: &mut Stream) -> Vec<Operation> {
        let bits = self.bits;
        if stream.chance(self.probability) { vec![Adjustment::Posterize { bits }.into()] } else { Vec::new() }
    }

    fn check(&self) -> Result<(), DataError> {
        check::number("bits", self.bits.into(), self.bits <= 8, "it must be at most 8")?;
        check::probability(self.probability)
    }
}

impl Draw for RandomSolarize {
    fn draw(&self, _: [usize; 2], stream: &mut Stream) -> Vec<Operation> {
        let threshold = self.threshold;
        if stream.chance(self.probability) { vec![Adjustment::Solarize { threshold }.into()] } else { Vec::new() }
    }

    fn check(&self) -> Result<(), DataError> {
        let fits = (0.0..=255.0).contains(&self.threshold);
        check::number("threshold", self.threshold.into(), fits, "it must be in [0, 255]")?;
        check::probability(self.probability)
    }
}

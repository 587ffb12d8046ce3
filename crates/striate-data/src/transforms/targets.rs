//! How moved pixels are made of the old ones, for the image and for its mask.

use serde::{Deserialize, Serialize};
use striate_core::Interpolation;

use crate::Fill;

/// How the pixels of a moved picture are made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sampling {
    /// What stands between the old pixels.
    pub interpolation: Interpolation,
    /// What comes from outside of the old picture, in `[0, 255]`; 0 if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fill: Option<Fill>,
}

/// How the pixels of an image and of its mask are made when they are moved.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Targets {
    /// Those of the image: linear interpolation unless said otherwise.
    pub image: Sampling,
    /// Those of the mask: the nearest, since there is nothing between two classes.
    pub mask: Sampling,
}

impl Default for Targets {
    fn default() -> Self {
        let sampling = |interpolation| Sampling { interpolation, fill: None };
        Self { image: sampling(Interpolation::Bilinear), mask: sampling(Interpolation::Nearest) }
    }
}

impl Targets {
    /// Another interpolation for the image.
    pub fn interpolation(mut self, interpolation: Interpolation) -> Self {
        self.image.interpolation = interpolation;
        self
    }

    /// Another fill for the image.
    pub fn fill(mut self, fill: impl Into<Fill>) -> Self {
        self.image.fill = Some(fill.into());
        self
    }

    /// The class of mask pixels that come from outside, such as the one that a loss ignores.
    pub fn mask_fill(mut self, class: u8) -> Self {
        self.mask.fill = Some(Fill::Gray(class.into()));
        self
    }
}

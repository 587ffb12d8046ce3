//! How a picture becomes a network's input, as data that travels in a model file.
//!
//! The steps, in order: pixel order, inversion, resize, centre crop, scale (`x * scale + offset`), normalization by
//! mean and standard deviation. `striate-data` applies them to pictures on the host.

use serde::{Deserialize, Serialize};

/// The channels that a network expects, and their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PixelOrder {
    /// One channel, luma as ITU-R BT.601 weighs it.
    Gray,
    /// Red, green, blue.
    Rgb,
    /// Blue, green, red, as OpenCV and Caffe have it.
    Bgr,
}

impl PixelOrder {
    /// The number of channels.
    pub fn channels(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::Rgb | Self::Bgr => 3,
        }
    }
}

/// How values between pixels are found when a picture is resized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interpolation {
    /// The nearest pixel.
    Nearest,
    /// Linear in both directions, with antialiasing when the picture shrinks.
    Bilinear,
    /// Cubic in both directions (a = -0.5), with antialiasing when the picture shrinks.
    Bicubic,
}

/// The way from a decoded picture to a network's input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preprocessing {
    /// Channels and their order.
    pub pixel_order: PixelOrder,
    /// Whether pixel values are turned over (`255 - x`) first, for dark on light where the network learned light on dark.
    #[serde(default)]
    pub invert: bool,
    /// `[height, width]` in px to which the whole picture is resized.
    pub size: [usize; 2],
    /// How the resize interpolates.
    pub interpolation: Interpolation,
    /// `[height, width]` in px cut from the middle after the resize; none keeps all.
    #[serde(default)]
    pub crop: Option<[usize; 2]>,
    /// Factor on pixel values, which are in `[0, 255]`.
    pub scale: f32,
    /// Added after the factor.
    pub offset: f32,
    /// Subtracted from each channel, in the network's order.
    pub mean: Vec<f32>,
    /// Divides each channel, in the network's order.
    pub std: Vec<f32>,
}

/// Why a [`Preprocessing`] can't be applied.
#[derive(Debug, thiserror::Error, PartialEq)]
#[non_exhaustive]
pub enum PreprocessingError {
    /// A list has not one value for each channel.
    #[error("preprocessing `{field}` has {got} values, not one for each of {channels} channels")]
    Channels {
        /// `mean` or `std`.
        field: &'static str,
        /// How many values it has.
        got: usize,
        /// How many channels the pixel order has.
        channels: usize,
    },
    /// A number is not usable.
    #[error("preprocessing `{field}` is {value}, not a finite number{rule}")]
    Number {
        /// The field's name.
        field: &'static str,
        /// Its value.
        value: f32,
        /// What more it has to be.
        rule: &'static str,
    },
    /// A size is not usable.
    #[error("preprocessing `{field}` is {}x{}; each side must be 1 to {MAX_SIDE} px", value[0], value[1])]
    Size {
        /// `size` or `crop`.
        field: &'static str,
        /// Height and width.
        value: [usize; 2],
    },
}

/// The longest side of a network's input, in px, that a [`Preprocessing`] may ask for.
pub const MAX_SIDE: usize = 8_192;

impl Preprocessing {
    /// Light-on-dark pictures of one channel, scaled to `[0, 1]`.
    pub fn gray(size: [usize; 2]) -> Self {
        Self {
            pixel_order: PixelOrder::Gray,
            invert: false,
            size,
            interpolation: Interpolation::Bilinear,
            crop: None,
            scale: 1.0 / 255.0,
            offset: 0.0,
            mean: vec![0.0],
            std: vec![1.0],
        }
    }

    /// RGB pictures, scaled to `[0, 1]`.
    pub fn rgb(size: [usize; 2]) -> Self {
        Self { pixel_order: PixelOrder::Rgb, mean: vec![0.0; 3], std: vec![1.0; 3], ..Self::gray(size) }
    }

    /// The input that results: `[channels, height, width]`.
    pub fn output_shape(&self) -> [usize; 3] {
        let [height, width] = self.crop.unwrap_or(self.size);
        [self.pixel_order.channels(), height, width]
    }

    /// Checks that every value can be used.
    ///
    /// # Errors
    /// Names the first field that can't.
    pub fn validate(&self) -> Result<(), PreprocessingError> {
        let channels = self.pixel_order.channels();
        for (field, value) in [("size", Some(self.size)), ("crop", self.crop)] {
            if let Some(value) = value.filter(|sides| sides.iter().any(|side| !(1..=MAX_SIDE).contains(side))) {
                return Err(PreprocessingError::Size { field, value });
            }
        }
        for (field, values) in [("mean", &self.mean), ("std", &self.std)] {
            if values.len() != channels {
                return Err(PreprocessingError::Channels { field, got: values.len(), channels });
            }
        }
        let numbers = [("scale", self.scale), ("offset", self.offset)];
        let means = self.mean.iter().map(|&value| ("mean", value));
        for (field, value) in numbers.into_iter().chain(means) {
            if !value.is_finite() {
                return Err(PreprocessingError::Number { field, value, rule: "" });
            }
        }
        match self.std.iter().find(|std| !(std.is_finite() && **std > 0.0)) {
            Some(&value) => Err(PreprocessingError::Number { field: "std", value, rule: " above 0" }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preprocessing_survives_json_and_refuses_unknown_keys() {
        let preprocessing = Preprocessing::rgb([224, 200]);
        let json = serde_json::to_string(&preprocessing).unwrap();
        assert_eq!(serde_json::from_str::<Preprocessing>(&json).unwrap(), preprocessing);
        assert!(serde_json::from_str::<Preprocessing>(&json.replace("\"scale\"", "\"scaled\"")).is_err());
    }

    #[test]
    fn values_that_cannot_be_used_are_named() {
        let good = Preprocessing::rgb([8, 9]);
        assert_eq!(good.validate(), Ok(()));
        assert_eq!(good.output_shape(), [3, 8, 9]);
        let message = |change: fn(&mut Preprocessing)| {
            let mut bad = good.clone();
            change(&mut bad);
            bad.validate().unwrap_err().to_string()
        };
        assert_eq!(message(|p| p.std[1] = 0.0), "preprocessing `std` is 0, not a finite number above 0");
        assert_eq!(message(|p| p.size[0] = 0), "preprocessing `size` is 0x9; each side must be 1 to 8192 px");
        assert!(message(|p| p.mean = vec![0.0]).contains("`mean` has 1 values"));
        assert!(message(|p| p.scale = f32::NAN).contains("`scale` is NaN"));
    }
}

//! How a picture becomes a network's input, as data that travels in a model file.
//!
//! The steps, in order: pixel order, inversion, resize, centre crop, scale (`x * scale + offset`), normalization by
//! mean and standard deviation. `striate-data` applies them to pictures on the host. What published weights expect, the
//! presets say: [`Preprocessing::torch`], [`Preprocessing::lite`], and [`PixelMode`] for values alone.

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
    /// Linear in both directions.
    Bilinear,
    /// Cubic in both directions (a = -0.5).
    Bicubic,
}

/// What becomes of the ratio of a picture's sides when it is resized.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// It is given up: both sides get the size.
    #[default]
    Stretch,
    /// It is kept: the picture becomes as small as covers the size, so that for a square the shorter side gets its length,
    /// as torchvision's `Resize` with one number and `timm`'s. The other side is rounded down. What lies beyond the crop,
    /// or beyond the size if there is no crop, is cut off evenly.
    Cover,
}

/// How pixel values in `[0, 255]` become the network's.
///
/// The first three are the modes of Keras's `imagenet_utils.preprocess_input`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PixelMode {
    /// RGB in `[0, 1]`, less ImageNet's mean, divided by its standard deviation; also torchvision's.
    Torch,
    /// RGB in `[-1, 1]`.
    Tf,
    /// BGR in `[0, 255]`, less ImageNet's mean.
    Caffe,
    /// RGB less 127, divided by 128: EfficientNet-Lite's.
    Lite,
}

impl PixelMode {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Torch, Self::Tf, Self::Caffe, Self::Lite];

    /// Its name in commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Torch => "torch",
            Self::Tf => "tf",
            Self::Caffe => "caffe",
            Self::Lite => "lite",
        }
    }
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
    /// `[height, width]` in px to which the picture is resized.
    pub size: [usize; 2],
    /// Whether the resize keeps the ratio of the sides.
    #[serde(default)]
    pub fit: Fit,
    /// How the resize interpolates.
    pub interpolation: Interpolation,
    /// Whether linear and cubic interpolation take in all pixels that a smaller picture's pixel covers, as Pillow and
    /// torchvision do; without it, only those next to its middle, as Keras and OpenCV do.
    #[serde(default = "antialias")]
    pub antialias: bool,
    /// `[height, width]` in px cut from the middle after the resize; none keeps `size`.
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

/// The mean of ImageNet's pictures: red, green, blue in `[0, 1]`.
pub const IMAGENET_MEAN: [f32; 3] = [0.485, 0.456, 0.406];

/// The standard deviation of ImageNet's pictures: red, green, blue in `[0, 1]`.
pub const IMAGENET_STD: [f32; 3] = [0.229, 0.224, 0.225];

/// Model files had no such key at first, and their pictures were smoothed.
fn antialias() -> bool {
    true
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
            fit: Fit::Stretch,
            interpolation: Interpolation::Bilinear,
            antialias: true,
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

    /// torchvision's for ImageNet: the shorter side becomes `resize` px, the middle square of `crop` px stays, values as in
    /// [`PixelMode::Torch`].
    pub fn torch(resize: usize, crop: usize) -> Self {
        Self { fit: Fit::Cover, crop: Some([crop; 2]), ..Self::rgb([resize; 2]).mode(PixelMode::Torch) }
    }

    /// That of EfficientNet-Lite for a square of `side` px, as the package `efficientnet-lite-pytorch` shows it: the shorter
    /// side gets this length, the middle square stays, interpolation is cubic, values as in [`PixelMode::Lite`].
    pub fn lite(side: usize) -> Self {
        Self { interpolation: Interpolation::Bicubic, ..Self::torch(side, side).mode(PixelMode::Lite) }
    }

    /// Another way with pixel values; sizes and interpolation stay.
    pub fn mode(self, mode: PixelMode) -> Self {
        let rgb = Self { pixel_order: PixelOrder::Rgb, offset: 0.0, std: vec![1.0; 3], ..self };
        match mode {
            PixelMode::Torch => {
                Self { scale: 1.0 / 255.0, mean: IMAGENET_MEAN.into(), std: IMAGENET_STD.into(), ..rgb }
            }
            PixelMode::Tf => Self { scale: 1.0 / 127.5, offset: -1.0, mean: vec![0.0; 3], ..rgb },
            PixelMode::Caffe => {
                Self { pixel_order: PixelOrder::Bgr, scale: 1.0, mean: vec![103.939, 116.779, 123.68], ..rgb }
            }
            PixelMode::Lite => Self { scale: 1.0, mean: vec![127.0; 3], std: vec![128.0; 3], ..rgb },
        }
    }

    /// Keeps this fraction of the resized picture's sides, in `(0, 1]`: `timm`'s `crop_pct`. The network's input stays as it
    /// is and the picture is resized to that divided by the fraction, rounded down.
    pub fn crop_fraction(self, fraction: f64) -> Self {
        let crop = self.crop.unwrap_or(self.size);
        Self { size: crop.map(|side| (side as f64 / fraction) as usize), crop: Some(crop), ..self }
    }

    /// The sides `[height, width]` in px of a picture after the resize, before the crop.
    pub fn resized(&self, [height, width]: [usize; 2]) -> [usize; 2] {
        let [wanted_height, wanted_width] = self.size;
        let scaled = |side: usize, to: usize, from: usize| (side as u128 * to as u128 / from.max(1) as u128) as usize;
        match self.fit {
            Fit::Stretch => self.size,
            Fit::Cover if wanted_height as u128 * width as u128 >= wanted_width as u128 * height as u128 => {
                [wanted_height, scaled(width, wanted_height, height).max(wanted_width)]
            }
            Fit::Cover => [scaled(height, wanted_width, width).max(wanted_height), wanted_width],
        }
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
    fn a_preprocessing_of_an_older_model_file_is_read() {
        let json = r#"{"pixel_order":"gray","invert":false,"size":[28,28],"interpolation":"bilinear","crop":null,
            "scale":0.003921569,"offset":0.0,"mean":[0.1307],"std":[0.3081]}"#;
        let read: Preprocessing = serde_json::from_str(json).unwrap();
        assert_eq!(read, Preprocessing { mean: vec![0.1307], std: vec![0.3081], ..Preprocessing::gray([28, 28]) });
    }

    #[test]
    fn covering_keeps_the_ratio_and_rounds_the_longer_side_down() {
        let resized = |size, from| Preprocessing { fit: Fit::Cover, ..Preprocessing::rgb(size) }.resized(from);
        // torchvision's `Resize(256)`: the longer side is int(256 * long / short).
        assert_eq!(resized([256, 256], [375, 500]), [256, 341]);
        assert_eq!(resized([256, 256], [500, 375]), [341, 256]);
        assert_eq!(resized([256, 256], [10, 10]), [256, 256]);
        assert_eq!(resized([10, 40], [100, 100]), [40, 40]);
        assert_eq!(resized([40, 10], [100, 50]), [40, 20]);
        assert_eq!(resized([8192, 8192], [1, u32::MAX as usize]), [8192, 8192 * u32::MAX as usize]);
        assert_eq!(Preprocessing::rgb([7, 9]).resized([100, 50]), [7, 9]);
    }

    #[test]
    fn presets_have_their_sources_sizes_and_numbers() {
        let torch = Preprocessing::torch(256, 224);
        assert_eq!((torch.output_shape(), torch.fit), ([3, 224, 224], Fit::Cover));
        // timm: int(224 / 0.875).
        assert_eq!(Preprocessing::torch(1, 224).crop_fraction(0.875), torch);
        // A pixel's red, by torchvision's ToTensor and Normalize and by Keras's preprocess_input.
        let value = |mode, value: f32| {
            let how = Preprocessing::gray([1, 1]).mode(mode);
            assert_eq!(how.validate(), Ok(()));
            let channel = if how.pixel_order == PixelOrder::Bgr { 2 } else { 0 };
            (value * how.scale + how.offset - how.mean[channel]) / how.std[channel]
        };
        let near = |got: f32, expected: f32| assert!((got - expected).abs() < 1e-5, "{got} is not {expected}");
        near(value(PixelMode::Torch, 200.0), (200.0 / 255.0 - 0.485) / 0.229);
        near(value(PixelMode::Tf, 200.0), 200.0 / 127.5 - 1.0);
        near(value(PixelMode::Caffe, 200.0), 200.0 - 123.68);
        near(value(PixelMode::Lite, 200.0), (200.0 - 127.0) / 128.0);
        let lite = Preprocessing::lite(280);
        assert_eq!((lite.size, lite.crop, lite.interpolation), ([280; 2], Some([280; 2]), Interpolation::Bicubic));
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

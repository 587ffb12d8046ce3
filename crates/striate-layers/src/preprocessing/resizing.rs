//! Pictures of one size: Keras's `Resizing`.

use burn::Tensor;
use serde::{Deserialize, Serialize};

use super::center_crop::{cut, largest_window};
use super::{Interpolation, MAX_SIDE, Resampling, check_resize, check_target, picture, resample, sides};
use crate::builders::data_format_builder;
use crate::check::check_finite;
use crate::layer::{LayerModule, LayerSpec, own_module, weightless};
use crate::{Context, DataFormat, LayerError, Shape, Signature, Value};

/// Resizes pictures.
///
/// `[batch, channels, in_height, in_width]` to `[batch, channels, height, width]`. Equals Keras 3 on JAX and on
/// TensorFlow; PyTorch's `interpolate` with `align_corners=False` is the same but for bicubic
/// without antialias.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resizing {
    /// The height to come, from 1 to 8,192 px.
    pub height: usize,
    /// The width to come, from 1 to 8,192 px.
    pub width: usize,
    /// How values between px are found.
    #[serde(default)]
    pub interpolation: Interpolation,
    /// Whether every px counts when the picture shrinks: the kernel widens by the factor. Neither nearest nor area
    /// needs it.
    #[serde(default)]
    pub antialias: bool,
    /// Whether the largest window with the new picture's aspect ratio is cut from the middle first, so that nothing is
    /// stretched.
    #[serde(default)]
    pub crop_to_aspect_ratio: bool,
    /// Whether the picture is padded on both sides to the new one's aspect ratio first, so that nothing is stretched.
    #[serde(default)]
    pub pad_to_aspect_ratio: bool,
    /// The value of that padding.
    #[serde(default)]
    pub fill_value: f64,
    /// Where the channels stand, in input and output.
    #[serde(default)]
    pub data_format: DataFormat,
}

impl Resizing {
    /// To this height and width in px, bilinear.
    pub fn new(height: usize, width: usize) -> Self {
        Self {
            height,
            width,
            interpolation: Interpolation::Bilinear,
            antialias: false,
            crop_to_aspect_ratio: false,
            pad_to_aspect_ratio: false,
            fill_value: 0.0,
            data_format: DataFormat::ChannelsFirst,
        }
    }

    /// Finds values between px so.
    pub fn interpolation(self, interpolation: Interpolation) -> Self {
        Self { interpolation, ..self }
    }

    /// Whether every px counts when the picture shrinks.
    pub fn antialias(self, antialias: bool) -> Self {
        Self { antialias, ..self }
    }

    /// Cuts to the new aspect ratio first.
    pub fn crop_to_aspect_ratio(self) -> Self {
        Self { crop_to_aspect_ratio: true, ..self }
    }

    /// Pads to the new aspect ratio first, with this value.
    pub fn pad_to_aspect_ratio(self, fill_value: f64) -> Self {
        Self { pad_to_aspect_ratio: true, fill_value, ..self }
    }

    data_format_builder!();

    /// `[batch, channels, in_height, in_width]` to `[batch, channels, height, width]`; with channels last, both have them
    /// last.
    ///
    /// # Panics
    /// If the pictures have no px.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<4> {
        let mut images = self.data_format.channels_first(images);
        let size = [self.height, self.width];
        let mut padding = [0; 2];
        let from = sides(DataFormat::ChannelsFirst, images.dims());
        if self.crop_to_aspect_ratio {
            images = cut(images, largest_window(from, size));
        } else if self.pad_to_aspect_ratio {
            padding = self.padding(from);
        }
        let how = Resampling {
            size,
            interpolation: self.interpolation,
            antialias: self.antialias,
            padding,
            fill: self.fill_value,
        };
        self.data_format.restore(resample(images, how))
    }

    /// The px that each end of height and of width gets. As in Keras, an odd one is left out.
    fn padding(&self, [height, width]: [usize; 2]) -> [usize; 2] {
        let stretched = |side: usize, by: usize, of: usize| (side as u128 * by as u128 / of as u128) as usize;
        [
            stretched(width, self.height, self.width).saturating_sub(height) / 2,
            stretched(height, self.width, self.height).saturating_sub(width) / 2,
        ]
    }
}

impl LayerSpec for Resizing {
    const KIND: &'static str = "resizing";

    fn validate(&self) -> Result<(), LayerError> {
        check_target(Self::KIND, self.height, self.width)?;
        check_finite(Self::KIND, "fill_value", self.fill_value)?;
        match self.crop_to_aspect_ratio && self.pad_to_aspect_ratio {
            false => Ok(()),
            true => Err(LayerError::value(
                Self::KIND,
                "pad_to_aspect_ratio",
                true,
                "a picture is either cut or padded to the aspect ratio",
            )),
        }
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let (channels, sides) = picture(Self::KIND, self.data_format, inputs)?;
        check_resize(Self::KIND, inputs, sides, [self.height, self.width])?;
        if let [Some(height), Some(width)] = sides
            && self.pad_to_aspect_ratio
        {
            let [rows, columns] = self.padding([height, width]);
            if height + 2 * rows > MAX_SIDE || width + 2 * columns > MAX_SIDE {
                let expected = "a picture of at most 65,536 px a side when it is padded";
                return Err(LayerError::input(Self::KIND, expected, inputs)
                    .with_fix("cut to the aspect ratio instead, or ask for another one"));
            }
        }
        let size = [Some(self.height), Some(self.width)];
        Ok(Signature::float(Shape::new(self.data_format.join(channels, &size))))
    }

    own_module!();
}

impl LayerModule for Resizing {
    fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
        self.forward(inputs.remove(0).float()).into()
    }
}

weightless!(Resizing);

//! The middle of a picture: Keras's `CenterCrop`.

use burn::Tensor;
use serde::{Deserialize, Serialize};

use super::{Interpolation, Resampling, check_target, picture, resample, sides};
use crate::builders::data_format_builder;
use crate::layer::{LayerModule, LayerSpec, own_module, weightless};
use crate::{Context, DataFormat, LayerError, Shape, Signature, Value};

/// Cuts the middle out of pictures. From a picture that is smaller on some side, it cuts the largest window with the
/// aspect ratio instead, and resizes that (bilinear).
///
/// `[batch, channels, in_height, in_width]` to `[batch, channels, height, width]`, as Keras 3: an odd px that is too
/// many is left out at the bottom and at the right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CenterCrop {
    /// The height to come, from 1 to 8,192 px.
    pub height: usize,
    /// The width to come, from 1 to 8,192 px.
    pub width: usize,
    /// Where the channels stand, in input and output.
    #[serde(default)]
    pub data_format: DataFormat,
}

impl CenterCrop {
    /// This height and width in px.
    pub fn new(height: usize, width: usize) -> Self {
        Self { height, width, data_format: DataFormat::ChannelsFirst }
    }

    data_format_builder!();

    /// `[batch, channels, in_height, in_width]` to `[batch, channels, height, width]`; with channels last, both have them
    /// last.
    ///
    /// # Panics
    /// If the pictures have no px.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<4> {
        let images = self.data_format.channels_first(images);
        let [height, width] = sides(DataFormat::ChannelsFirst, images.dims());
        let size = [self.height, self.width];
        let images = match height >= self.height && width >= self.width {
            true => {
                let corner = [(height - self.height) / 2, (width - self.width) / 2];
                cut(images, PixelWindow { corner, size })
            }
            false => cut_and_resize(images, size),
        };
        self.data_format.restore(images)
    }
}

/// A part of a picture in px.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PixelWindow {
    /// Its first row and column.
    pub(crate) corner: [usize; 2],
    /// Its height and width.
    pub(crate) size: [usize; 2],
}

/// The largest window in the middle of a picture with the aspect ratio of another.
pub(crate) fn largest_window([height, width]: [usize; 2], [like_height, like_width]: [usize; 2]) -> PixelWindow {
    let scaled = |side: usize, by: usize, of: usize| (side as u128 * by as u128 / of as u128) as usize;
    let size = [
        scaled(width, like_height, like_width).clamp(1, height),
        scaled(height, like_width, like_height).clamp(1, width),
    ];
    PixelWindow { corner: [(height - size[0]) / 2, (width - size[1]) / 2], size }
}

/// The window of each picture `[batch, channels, height, width]`.
pub(crate) fn cut(images: Tensor<4>, window: PixelWindow) -> Tensor<4> {
    let [top, left] = window.corner;
    let [height, width] = window.size;
    images.narrow(2, top, height).narrow(3, left, width)
}

/// The largest window with this aspect ratio, resized to this size (bilinear): Keras's `smart_resize`.
pub(crate) fn cut_and_resize(images: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
    let window = largest_window(sides(DataFormat::ChannelsFirst, images.dims()), size);
    resample(cut(images, window), Resampling::to(size, Interpolation::Bilinear))
}

impl LayerSpec for CenterCrop {
    const KIND: &'static str = "center_crop";

    fn validate(&self) -> Result<(), LayerError> {
        check_target(Self::KIND, self.height, self.width)
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let (channels, _) = picture(Self::KIND, self.data_format, inputs)?;
        let size = [Some(self.height), Some(self.width)];
        Ok(Signature::float(Shape::new(self.data_format.join(channels, &size))))
    }

    own_module!();
}

impl LayerModule for CenterCrop {
    fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
        self.forward(inputs.remove(0).float()).into()
    }
}

weightless!(CenterCrop);

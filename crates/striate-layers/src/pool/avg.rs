//! The mean of each window: Keras's `AveragePooling1D` to `AveragePooling3D`, PyTorch's `AvgPool1d` to `AvgPool3d`.

use burn::Tensor;
use serde::{Deserialize, Serialize};

use super::pooling::{Pooling, pooling_builders, pooling_layer};
use super::run::{Of, pool};
use crate::defaults::one;
use crate::layer::{LayerModule, LayerSpec, weightless};
use crate::window::Padding;
use crate::{Context, DataFormat, LayerError, Preset, Signature, Size, Value};

/// The mean of each window over `D` directions; `R` is `D + 2`, the rank of a batch. Written [`AvgPool1d`],
/// [`AvgPool2d`], [`AvgPool3d`].
///
/// `[batch, channels, …sides]` to `[batch, channels, …out_sides]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AvgPool<const D: usize, const R: usize> {
    /// The window's sides in px, at least 1.
    pub pool_size: Size<D>,
    /// Step between windows in px, at least 1; none: the pool size.
    #[serde(default)]
    pub stride: Option<Size<D>>,
    /// What is added around the picture. Explicit amounts are less than the px that a window spans.
    #[serde(default)]
    pub padding: Padding<D>,
    /// Whether a last window may reach over the end, if it starts within the picture or the padding before it; padding
    /// `same` has no such window.
    #[serde(default)]
    pub ceil_mode: bool,
    /// Whether explicit padding counts as zeros; else the mean is over the px within the picture. Px beyond the padding
    /// and those of padding `same` never count.
    #[serde(default)]
    pub count_include_pad: bool,
    /// Where the channels stand, in input and output.
    #[serde(default)]
    pub data_format: DataFormat,
}

/// The mean of each window of a sequence: `[batch, channels, length]`.
pub type AvgPool1d = AvgPool<1, 3>;
/// The mean of each window of a picture: `[batch, channels, height, width]`.
pub type AvgPool2d = AvgPool<2, 4>;
/// The mean of each window of a volume: `[batch, channels, depth, height, width]`.
pub type AvgPool3d = AvgPool<3, 5>;

impl<const D: usize, const R: usize> AvgPool<D, R> {
    /// Windows of this size in px, one number or one a direction, that don't overlap; padding never counts, as Keras.
    pub fn new(pool_size: impl Into<Size<D>>) -> Self {
        const { assert!(R == D + 2, "batch and channels make the rank") };
        Self {
            pool_size: pool_size.into(),
            stride: None,
            padding: Padding::Valid,
            ceil_mode: false,
            count_include_pad: false,
            data_format: DataFormat::ChannelsFirst,
        }
    }

    /// Treats explicit padding as this library does: Keras leaves it out, PyTorch counts it.
    pub fn preset(self, preset: Preset) -> Self {
        self.count_include_pad(preset == Preset::Torch)
    }

    pooling_builders!();

    /// Counts explicit padding as zeros, or doesn't.
    pub fn count_include_pad(self, count_include_pad: bool) -> Self {
        Self { count_include_pad, ..self }
    }

    fn pooling(&self) -> Pooling<D> {
        Pooling {
            kind: Self::KIND,
            pool_size: self.pool_size,
            stride: self.stride,
            padding: self.padding,
            dilation: one(),
            ceil_mode: self.ceil_mode,
            data_format: self.data_format,
        }
    }

    /// Pools a batch of pictures.
    ///
    /// # Panics
    /// If no window fits.
    pub fn forward(&self, images: Tensor<R>) -> Tensor<R> {
        let with_padding = self.count_include_pad && self.padding != Padding::Same;
        pool(images, &self.pooling(), Of::Average { with_padding })
    }
}

pooling_layer!(AvgPool, ["avg_pool1d", "avg_pool2d", "avg_pool3d"]);

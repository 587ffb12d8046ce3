//! The maximum of each window: Keras's `MaxPooling1D` to `MaxPooling3D`, PyTorch's `MaxPool1d` to `MaxPool3d`.

use burn::Tensor;
use serde::{Deserialize, Serialize};

use super::pooling::{Pooling, pooling_builders, pooling_layer};
use super::run::{Of, pool};
use crate::defaults::one;
use crate::layer::{LayerModule, LayerSpec, weightless};
use crate::window::Padding;
use crate::{Context, DataFormat, LayerError, Signature, Size, Value};

/// The maximum of each window over `D` directions; `R` is `D + 2`, the rank of a batch. Written [`MaxPool1d`],
/// [`MaxPool2d`], [`MaxPool3d`].
///
/// `[batch, channels, …sides]` to `[batch, channels, …out_sides]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaxPool<const D: usize, const R: usize> {
    /// The window's sides in px, at least 1.
    pub pool_size: Size<D>,
    /// Step between windows in px, at least 1; none: the pool size.
    #[serde(default)]
    pub stride: Option<Size<D>>,
    /// What is added around the picture; it is never the maximum. Explicit amounts are less than the px that a window
    /// spans.
    #[serde(default)]
    pub padding: Padding<D>,
    /// Step between the window's px, at least 1.
    #[serde(default = "one")]
    pub dilation: Size<D>,
    /// Whether a last window may reach over the end, if it starts within the picture or the padding before it; padding
    /// `same` has no such window.
    #[serde(default)]
    pub ceil_mode: bool,
    /// Where the channels stand, in input and output.
    #[serde(default)]
    pub data_format: DataFormat,
}

/// The maximum of each window of a sequence: `[batch, channels, length]`.
pub type MaxPool1d = MaxPool<1, 3>;
/// The maximum of each window of a picture: `[batch, channels, height, width]`.
pub type MaxPool2d = MaxPool<2, 4>;
/// The maximum of each window of a volume: `[batch, channels, depth, height, width]`.
pub type MaxPool3d = MaxPool<3, 5>;

impl<const D: usize, const R: usize> MaxPool<D, R> {
    /// Windows of this size in px, one number or one a direction, that don't overlap.
    pub fn new(pool_size: impl Into<Size<D>>) -> Self {
        const { assert!(R == D + 2, "batch and channels make the rank") };
        Self {
            pool_size: pool_size.into(),
            stride: None,
            padding: Padding::Valid,
            dilation: one(),
            ceil_mode: false,
            data_format: DataFormat::ChannelsFirst,
        }
    }

    pooling_builders!();

    /// Spreads the window's px by this step.
    pub fn dilation(self, dilation: impl Into<Size<D>>) -> Self {
        Self { dilation: dilation.into(), ..self }
    }

    fn pooling(&self) -> Pooling<D> {
        Pooling {
            kind: Self::KIND,
            pool_size: self.pool_size,
            stride: self.stride,
            padding: self.padding,
            dilation: self.dilation,
            ceil_mode: self.ceil_mode,
            data_format: self.data_format,
        }
    }

    /// Pools a batch of pictures.
    ///
    /// # Panics
    /// If no window fits.
    pub fn forward(&self, images: Tensor<R>) -> Tensor<R> {
        pool(images, &self.pooling(), Of::Maximum)
    }
}

pooling_layer!(MaxPool, ["max_pool1d", "max_pool2d", "max_pool3d"]);

//! Zeros around a picture: Keras's `ZeroPadding1D` to `ZeroPadding3D`, PyTorch's `ZeroPad1d` to `ZeroPad3d`.

use burn::Tensor;
use burn::tensor::ops::PadMode;
use serde::{Deserialize, Serialize};

use super::{Amounts, changed_sides};
use crate::builders::data_format_builder;
use crate::layer::{LayerModule, LayerSpec, own_module, weightless};
use crate::{Context, DataFormat, LayerError, Signature, Value};

/// Zeros around a picture of `D` directions; `R` is `D + 2`, the rank of a batch. Written [`ZeroPadding1d`],
/// [`ZeroPadding2d`], [`ZeroPadding3d`].
///
/// `[batch, channels, …sides]` to `[batch, channels, …(before + side + after)]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZeroPadding<const D: usize, const R: usize> {
    /// Px added before and after each direction, at most 8,192.
    pub amount: Amounts<D>,
    /// Where the channels stand, in input and output.
    #[serde(default)]
    pub data_format: DataFormat,
}

/// Zeros around a sequence: `[batch, channels, length]`.
pub type ZeroPadding1d = ZeroPadding<1, 3>;
/// Zeros around a picture: `[batch, channels, height, width]`.
pub type ZeroPadding2d = ZeroPadding<2, 4>;
/// Zeros around a volume: `[batch, channels, depth, height, width]`.
pub type ZeroPadding3d = ZeroPadding<3, 5>;

impl<const D: usize, const R: usize> ZeroPadding<D, R> {
    /// Adds this many px: one number, one a direction, or those before and after each.
    pub fn new(amount: impl Into<Amounts<D>>) -> Self {
        const { assert!(R == D + 2, "batch and channels make the rank") };
        Self { amount: amount.into(), data_format: DataFormat::ChannelsFirst }
    }

    data_format_builder!();

    /// `[batch, channels, …sides]` to `[batch, channels, …side + before + after]`; with channels last, both have them last.
    pub fn forward(&self, images: Tensor<R>) -> Tensor<R> {
        let mut padding = self.amount.0.map(|[before, after]| (before, after)).to_vec();
        if padding.iter().all(|ends| *ends == (0, 0)) {
            return images;
        }
        if self.data_format == DataFormat::ChannelsLast {
            padding.push((0, 0));
        }
        images.pad(padding, PadMode::Constant(0.0))
    }
}

impl<const D: usize, const R: usize> LayerSpec for ZeroPadding<D, R> {
    const KIND: &'static str = ["zero_padding1d", "zero_padding2d", "zero_padding3d"][D - 1];

    fn validate(&self) -> Result<(), LayerError> {
        match self.amount.are_moderate() {
            true => Ok(()),
            false => Err(LayerError::value(Self::KIND, "amount", self.amount.0, "each must be at most 8192")),
        }
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        changed_sides::<D>(Self::KIND, self.data_format, inputs, "", |d, side| {
            side.checked_add(self.amount.0[d][0])?.checked_add(self.amount.0[d][1])
        })
    }

    own_module!();
}

impl<const D: usize, const R: usize> LayerModule for ZeroPadding<D, R> {
    fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
        self.forward(inputs.remove(0).float()).into()
    }
}

weightless!(const D, R; ZeroPadding<D, R>);

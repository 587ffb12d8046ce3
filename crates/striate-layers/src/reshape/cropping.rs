//! A picture without its borders: Keras's `Cropping1D` to `Cropping3D`.

use burn::Tensor;
use serde::{Deserialize, Serialize};

use super::{Amounts, changed_sides};
use crate::builders::data_format_builder;
use crate::layer::{LayerModule, LayerSpec, own_module, weightless};
use crate::{Context, DataFormat, LayerError, Signature, Value};

/// Takes px from the ends of a picture of `D` directions; `R` is `D + 2`, the rank of a batch. Written [`Cropping1d`],
/// [`Cropping2d`], [`Cropping3d`].
///
/// `[batch, channels, …sides]` to `[batch, channels, …(side - before - after)]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cropping<const D: usize, const R: usize> {
    /// Px taken before and after each direction; at least 1 px must be left.
    pub amount: Amounts<D>,
    /// Where the channels stand, in input and output.
    #[serde(default)]
    pub data_format: DataFormat,
}

/// A sequence without its ends: `[batch, channels, length]`.
pub type Cropping1d = Cropping<1, 3>;
/// A picture without its borders: `[batch, channels, height, width]`.
pub type Cropping2d = Cropping<2, 4>;
/// A volume without its borders: `[batch, channels, depth, height, width]`.
pub type Cropping3d = Cropping<3, 5>;

impl<const D: usize, const R: usize> Cropping<D, R> {
    /// Takes this many px: one number, one a direction, or those before and after each.
    pub fn new(amount: impl Into<Amounts<D>>) -> Self {
        const { assert!(R == D + 2, "batch and channels make the rank") };
        Self { amount: amount.into(), data_format: DataFormat::ChannelsFirst }
    }

    data_format_builder!();

    /// Crops a batch of pictures.
    ///
    /// # Panics
    /// If nothing is left.
    pub fn forward(&self, images: Tensor<R>) -> Tensor<R> {
        let mut ranges = images.dims().map(|side| 0..side);
        let first = self.data_format.first_side();
        for (range, [before, after]) in ranges[first..].iter_mut().zip(self.amount.0) {
            assert!(before + after < range.end, "{}: nothing is left of {} px", Self::KIND, range.end);
            *range = before..range.end - after;
        }
        images.slice(ranges)
    }
}

impl<const D: usize, const R: usize> LayerSpec for Cropping<D, R> {
    const KIND: &'static str = ["cropping1d", "cropping2d", "cropping3d"][D - 1];

    fn validate(&self) -> Result<(), LayerError> {
        match self.amount.are_moderate() {
            true => Ok(()),
            false => Err(LayerError::value(Self::KIND, "amount", self.amount.0, "each must be at most 8192")),
        }
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let fits = format!(" of which cropping {:?} leaves at least 1 px", self.amount.0);
        changed_sides::<D>(Self::KIND, self.data_format, inputs, &fits, |d, side| {
            let left = side.checked_sub(self.amount.0[d][0])?.checked_sub(self.amount.0[d][1])?;
            (left > 0).then_some(left)
        })
    }

    own_module!();
}

impl<const D: usize, const R: usize> LayerModule for Cropping<D, R> {
    fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
        self.forward(inputs.remove(0).float()).into()
    }
}

weightless!(const D, R; Cropping<D, R>);

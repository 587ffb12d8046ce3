//! Two-dimensional convolution, forward and backward.

mod choice;
pub(super) mod depthwise;
mod gemm;
#[cfg(test)]
mod reference;
mod winograd;

pub(crate) use choice::{forward, images_grad, weight_grad};

use std::ops::Range;

use crate::backend::Pointwise;

/// The sizes of a convolution of pictures; the order of axes is height, width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Geometry {
    pub(crate) batch: usize,
    /// All channels of the pictures.
    pub(crate) in_channels: usize,
    /// All channels of the output.
    pub(crate) out_channels: usize,
    /// Both channel counts are its multiples.
    pub(crate) groups: usize,
    /// Sides of the pictures in px.
    pub(crate) side: [usize; 2],
    pub(crate) kernel: [usize; 2],
    pub(crate) stride: [usize; 2],
    pub(crate) dilation: [usize; 2],
    /// Zeros before and after each side.
    pub(crate) padding: [(usize, usize); 2],
}

impl Geometry {
    /// Sides of the output in px.
    pub(crate) fn out_side(&self) -> [usize; 2] {
        std::array::from_fn(|d| {
            let padded = self.side[d] + self.padding[d].0 + self.padding[d].1;
            let reach = (self.kernel[d] - 1) * self.dilation[d] + 1;
            if padded < reach { 0 } else { (padded - reach) / self.stride[d] + 1 }
        })
    }

    /// Outputs along axis `d` whose tap `tap` falls within the picture, and the picture's px of the first of them.
    pub(crate) fn inside(&self, d: usize, tap: usize) -> (Range<usize>, usize) {
        let (offset, before) = (tap * self.dilation[d], self.padding[d].0);
        let first = before.saturating_sub(offset).div_ceil(self.stride[d]);
        let end = (self.side[d] + before).saturating_sub(offset).div_ceil(self.stride[d]).min(self.out_side()[d]);
        (first..end.max(first), (first * self.stride[d] + offset).saturating_sub(before))
    }

    /// Elements of the pictures `[batch, in_channels, height, width]`.
    pub(crate) fn images_len(&self) -> usize {
        self.batch * self.in_channels * self.side[0] * self.side[1]
    }

    /// Elements of the weight `[out_channels, in_channels / groups, k_h, k_w]`.
    pub(crate) fn weight_len(&self) -> usize {
        self.out_channels * (self.in_channels / self.groups) * self.kernel[0] * self.kernel[1]
    }

    /// Elements of the output `[batch, out_channels, out_height, out_width]`.
    pub(crate) fn output_len(&self) -> usize {
        self.batch * self.out_channels * self.out_side()[0] * self.out_side()[1]
    }
}

/// What is done to each output value before it is written, in the order of the fields.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Finish<'a> {
    /// Added to each channel: `[out_channels]`.
    pub(crate) bias: Option<&'a [f32]>,
    /// Added value by value: the output's shape.
    pub(crate) add: Option<&'a [f32]>,
    /// Limits between which values are clamped; NaN stays NaN. A rectifier is `(0.0, f32::INFINITY)`.
    pub(crate) clamp: Option<(f32, f32)>,
    /// A function of each value, in a second pass while the values are in cache.
    pub(crate) curve: Option<Pointwise>,
}

impl<'a> Finish<'a> {
    /// The finish that ends with a function: by limits if it is one of those.
    pub(crate) fn with(self, function: Option<Pointwise>) -> Self {
        match function {
            Some(Pointwise::Relu) => Finish { clamp: Some((0.0, f32::INFINITY)), ..self },
            Some(Pointwise::Relu6) => Finish { clamp: Some((0.0, 6.0)), ..self },
            curve => Finish { curve, ..self },
        }
    }
}

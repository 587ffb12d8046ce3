//! Convolution of one, two or three directions on tensors.

use burn::Tensor;
use burn::tensor::module::{conv_transpose1d, conv_transpose2d, conv_transpose3d, conv3d};
use burn::tensor::ops::{ConvTransposeOptions, PadMode};
use striate_backend::ops::{self, ConvOptions, Pointwise, conv2d_ended, pointwise};

use crate::value::cast;
use crate::window::{Padding, Window, side_paddings};
use crate::{Activation, DataFormat, Regularizer};

/// How a kernel moves over a picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Convolution<const D: usize> {
    pub(crate) padding: Padding<D>,
    pub(crate) windows: [Window; D],
    pub(crate) groups: usize,
}

/// What a convolution ends with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ends<const R: usize> {
    /// Added to each channel.
    pub(crate) bias: Option<Tensor<1>>,
    /// Added to the output.
    pub(crate) more: Option<Tensor<R>>,
    /// Applied to the sum.
    pub(crate) function: Option<Pointwise>,
}

/// Whether what comes after a layer can be part of its convolution: nothing is between them, nor another order of axes.
pub(crate) fn takes_ending(
    data_format: DataFormat,
    activation: Activation,
    activity_regularizer: Option<&Regularizer>,
) -> bool {
    data_format == DataFormat::ChannelsFirst && activation == Activation::Linear && activity_regularizer.is_none()
}

/// Cross-correlates `images` `[batch, in_channels, …sides]` with `weight` `[out_channels, in_channels / groups,
/// …kernel_size]`.
///
/// # Panics
/// If they don't fit each other.
pub(crate) fn convolve<const D: usize, const R: usize>(
    images: Tensor<R>,
    weight: Tensor<R>,
    ends: Ends<R>,
    how: Convolution<D>,
) -> Tensor<R> {
    let Ends { bias, more, function } = ends;
    let sides: [usize; D] = std::array::from_fn(|d| images.dims()[d + 2]);
    let padding = side_paddings(how.padding, sides, how.windows);
    let (strides, dilations) = (how.windows.map(|window| window.stride), how.windows.map(|window| window.dilation));
    match D {
        // A sequence is a picture of one row.
        1 => {
            let padding = [(0, 0), padding[0]];
            let options = ConvOptions::new_with_padding([1, strides[0]], padding, [1, dilations[0]], how.groups);
            let row = |x: Tensor<R>| cast::<R, 3>(x).unsqueeze_dim::<4>(2);
            cast(conv2d_ended(row(images), row(weight), bias, more.map(row), function, options).squeeze_dim::<3>(2))
        }
        2 => {
            let options = ConvOptions::new_with_padding(
                [strides[0], strides[1]],
                [padding[0], padding[1]],
                [dilations[0], dilations[1]],
                how.groups,
            );
            cast(conv2d_ended(cast(images), cast(weight), bias, more.map(cast), function, options))
        }
        3 => {
            // burn's takes the same amount at both ends only.
            let most: [usize; 3] = std::array::from_fn(|d| padding[d].0.min(padding[d].1));
            let rest: [(usize, usize); 3] = std::array::from_fn(|d| (padding[d].0 - most[d], padding[d].1 - most[d]));
            let images = match rest == [(0, 0); 3] {
                true => cast::<R, 5>(images),
                false => cast::<R, 5>(images).pad(rest, PadMode::Constant(0.0)),
            };
            let strides: [usize; 3] = std::array::from_fn(|d| strides[d]);
            let dilations: [usize; 3] = std::array::from_fn(|d| dilations[d]);
            let x = conv3d(images, cast(weight), bias, ConvOptions::new(strides, most, dilations, how.groups));
            let x = match more {
                Some(more) => x + cast(more),
                None => x,
            };
            cast(match function {
                Some(function) => pointwise(x, function),
                None => x,
            })
        }
        _ => unreachable!("there are convolutions of one to three directions"),
    }
}

/// How a kernel is spread over the result of a transposed convolution.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread<const D: usize> {
    /// Where in the full result each direction of the output begins, and how long it is; beyond the full result are zeros.
    pub(crate) parts: [(usize, usize); D],
    pub(crate) windows: [Window; D],
    pub(crate) groups: usize,
}

/// The convolution of pictures of which this is the gradient, if there is one: two directions, and fewer zeros after the
/// full result than a step.
fn as_gradient<const D: usize>(how: &Spread<D>, sides: [usize; D]) -> Option<([usize; 2], ConvOptions<2>)> {
    let (windows, parts) = (<[Window; 2]>::try_from(&how.windows[..]).ok()?, &how.parts);
    let mut padding = [(0, 0); 2];
    for (d, padding) in padding.iter_mut().enumerate() {
        let (start, length) = parts[d];
        let full = (sides[d] - 1) * windows[d].stride + windows[d].extent()?;
        if start + length >= full + windows[d].stride {
            return None;
        }
        *padding = (start, full.saturating_sub(start + length));
    }
    let (stride, dilation) = (windows.map(|window| window.stride), windows.map(|window| window.dilation));
    let options = ConvOptions::new_with_padding(stride, padding, dilation, how.groups);
    Some(([parts[0].1, parts[1].1], options))
}

/// Convolves `images` `[batch, in_channels, …sides]` in the transposed sense with `weight` `[in_channels, out_channels /
/// groups, …kernel_size]`.
///
/// # Panics
/// If they don't fit each other.
pub(crate) fn convolve_transposed<const D: usize, const R: usize>(
    images: Tensor<R>,
    weight: Tensor<R>,
    bias: Option<Tensor<1>>,
    how: Spread<D>,
) -> Tensor<R> {
    let sides: [usize; D] = std::array::from_fn(|d| images.dims()[d + 2]);
    if let Some((side, options)) = as_gradient(&how, sides) {
        return cast(ops::conv_transpose2d(cast(images), cast(weight), bias, side, options));
    }
    // burn cuts the same amount at both ends and adds zeros after them; what is still too much is cut here.
    let zeros: [usize; D] = std::array::from_fn(|d| {
        let (window, (start, length)) = (how.windows[d], how.parts[d]);
        let extent = window.extent().expect("the shape rule has checked the window");
        (length + 2 * start).saturating_sub((sides[d] - 1) * window.stride + extent)
    });
    fn options<const D: usize, const N: usize>(how: &Spread<D>, zeros: [usize; D]) -> ConvTransposeOptions<N> {
        ConvTransposeOptions::new(
            std::array::from_fn(|d| how.windows[d].stride),
            std::array::from_fn(|d| how.parts[d].0),
            std::array::from_fn(|d| zeros[d]),
            std::array::from_fn(|d| how.windows[d].dilation),
            how.groups,
        )
    }
    let x: Tensor<R> = match D {
        1 => cast(conv_transpose1d(cast(images), cast(weight), bias, options(&how, zeros))),
        2 => cast(conv_transpose2d(cast(images), cast(weight), bias, options(&how, zeros))),
        3 => cast(conv_transpose3d(cast(images), cast(weight), bias, options(&how, zeros))),
        _ => unreachable!("there are transposed convolutions of one to three directions"),
    };
    (0..D).fold(x, |x, d| {
        let length = how.parts[d].1;
        if x.dims()[d + 2] == length { x } else { x.narrow(d + 2, 0, length) }
    })
}

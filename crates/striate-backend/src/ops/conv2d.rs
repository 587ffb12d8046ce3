//! Two-dimensional convolution.

use burn::Tensor;
use burn::backend::Dispatch;
use burn::tensor::ops::ConvOptions;

use super::pointwise;
use crate::{Pointwise, VisionBackend};

/// Cross-correlates images with a weight, as PyTorch's `conv2d`; padding may differ between the two ends of a side.
///
/// `images` `[batch, in_channels, height, width]`, `weight` `[out_channels, in_channels / groups, k_h, k_w]`, `bias`
/// `[out_channels]`; returns `[batch, out_channels, out_height, out_width]`.
///
/// # Panics
/// If the shapes don't fit each other.
pub fn conv2d(images: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>, options: ConvOptions<2>) -> Tensor<4> {
    check(&images, &weight, bias.as_ref(), &options);
    let (images, weight) = (images.into_dispatch(), weight.into_dispatch());
    Tensor::from_dispatch(match bias {
        Some(bias) => Dispatch::conv2d_biased(images, weight, bias.into_dispatch(), options),
        None => Dispatch::conv2d_plain(images, weight, options),
    })
}

/// As [`conv2d`], then adds `more`, of the output's shape or stretching to it, and applies a function. On the CPU without
/// autodiff it is one pass if the shapes are equal; with autodiff each step is an operation by itself.
///
/// # Panics
/// As [`conv2d`], and if `more` doesn't fit.
pub fn conv2d_ended(
    images: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    more: Option<Tensor<4>>,
    function: Option<Pointwise>,
    options: ConvOptions<2>,
) -> Tensor<4> {
    if more.is_none() && function.is_none() {
        return conv2d(images, weight, bias, options);
    }
    check(&images, &weight, bias.as_ref(), &options);
    if let Some(more) = &more
        && more.dims() != output_sides(&images, &weight, &options)
    {
        let sum = conv2d(images, weight, bias, options) + more.clone();
        return match function {
            Some(function) => pointwise(sum, function),
            None => sum,
        };
    }
    let bias = bias.unwrap_or_else(|| Tensor::zeros([weight.dims()[0]], (&weight.device(), weight.dtype())));
    let [images, weight] = [images, weight].map(Tensor::into_dispatch);
    let bias = bias.into_dispatch();
    Tensor::from_dispatch(match more {
        Some(more) => Dispatch::conv2d_added(images, weight, bias, more.into_dispatch(), function, options),
        None => Dispatch::conv2d_curved(images, weight, bias, function, options),
    })
}

/// Spreads `x` `[batch, in_channels, height, width]` by a weight `[in_channels, out_channels / groups, k_h, k_w]` over
/// pictures of `side`, and adds a bias `[out_channels]`: the gradient for the pictures of the convolution with these
/// options, whose output has the sides of `x`.
///
/// # Panics
/// If the shapes don't fit each other.
pub fn conv_transpose2d(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    side: [usize; 2],
    options: ConvOptions<2>,
) -> Tensor<4> {
    let ([batch, channels, height, width], [in_channels, group, k_h, k_w]) = (x.dims(), weight.dims());
    assert_eq!(in_channels, channels, "in_channels = weight's first axis");
    let (out_channels, device) = (group * options.groups, x.device());
    let of = [out_side(0, side[0], k_h, &options), out_side(1, side[1], k_w, &options)];
    assert_eq!(of, [height, width], "the convolution of pictures of {side:?} px has these sides");
    assert!(batch > 0 && in_channels.is_multiple_of(options.groups), "groups divide in_channels");
    assert!(bias.as_ref().is_none_or(|bias| bias.dims() == [out_channels]), "one bias for each output channel");
    let bias = bias.unwrap_or_else(|| Tensor::zeros([out_channels], (&device, x.dtype())));
    let [x, weight] = [x, weight].map(Tensor::into_dispatch);
    Tensor::from_dispatch(Dispatch::conv_transpose2d_biased(x, weight, bias.into_dispatch(), side, options))
}

fn out_side(d: usize, side: usize, kernel: usize, options: &ConvOptions<2>) -> usize {
    let padded = side + options.padding[d].0 + options.padding[d].1;
    let reach = (kernel - 1) * options.dilation[d] + 1;
    padded.checked_sub(reach).map_or(0, |rest| rest / options.stride[d] + 1)
}

fn output_sides(images: &Tensor<4>, weight: &Tensor<4>, options: &ConvOptions<2>) -> [usize; 4] {
    let ([batch, _, height, width], [out_channels, _, k_h, k_w]) = (images.dims(), weight.dims());
    [batch, out_channels, out_side(0, height, k_h, options), out_side(1, width, k_w, options)]
}

fn check(images: &Tensor<4>, weight: &Tensor<4>, bias: Option<&Tensor<1>>, options: &ConvOptions<2>) {
    let [_, in_channels, _, _] = images.dims();
    let [out_channels, group_channels, _, _] = weight.dims();
    assert_eq!(in_channels, group_channels * options.groups, "in_channels = weight's second axis * groups");
    assert_eq!(out_channels % options.groups, 0, "groups divide out_channels");
    assert!(bias.is_none_or(|bias| bias.dims() == [out_channels]), "one bias for each output channel");
}

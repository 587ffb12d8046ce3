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

fn output_sides(images: &Tensor<4>, weight: &Tensor<4>, options: &ConvOptions<2>) -> [usize; 4] {
    let ([batch, _, height, width], [out_channels, _, k_h, k_w]) = (images.dims(), weight.dims());
    let side = |d: usize, side: usize, kernel: usize| {
        let padded = side + options.padding[d].0 + options.padding[d].1;
        let reach = (kernel - 1) * options.dilation[d] + 1;
        padded.checked_sub(reach).map_or(0, |rest| rest / options.stride[d] + 1)
    };
    [batch, out_channels, side(0, height, k_h), side(1, width, k_w)]
}

fn check(images: &Tensor<4>, weight: &Tensor<4>, bias: Option<&Tensor<1>>, options: &ConvOptions<2>) {
    let [_, in_channels, _, _] = images.dims();
    let [out_channels, group_channels, _, _] = weight.dims();
    assert_eq!(in_channels, group_channels * options.groups, "in_channels = weight's second axis * groups");
    assert_eq!(out_channels % options.groups, 0, "groups divide out_channels");
    assert!(bias.is_none_or(|bias| bias.dims() == [out_channels]), "one bias for each output channel");
}

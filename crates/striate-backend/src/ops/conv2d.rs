//! Two-dimensional convolution.

use burn::Tensor;
use burn::backend::Dispatch;
use burn::tensor::ops::ConvOptions;

use crate::VisionBackend;

/// Cross-correlates images with a weight, as PyTorch's `conv2d`; padding may differ between the two ends of a side.
///
/// `images` `[batch, in_channels, height, width]`, `weight` `[out_channels, in_channels / groups, k_h, k_w]`, `bias`
/// `[out_channels]`; returns `[batch, out_channels, out_height, out_width]`.
///
/// # Panics
/// If the shapes don't fit each other.
pub fn conv2d(images: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>, options: ConvOptions<2>) -> Tensor<4> {
    let [_, in_channels, _, _] = images.dims();
    let [out_channels, group_channels, _, _] = weight.dims();
    assert_eq!(in_channels, group_channels * options.groups, "in_channels = weight's second axis * groups");
    assert_eq!(out_channels % options.groups, 0, "groups divide out_channels");
    let (images, weight) = (images.into_dispatch(), weight.into_dispatch());
    Tensor::from_dispatch(match bias {
        Some(bias) => {
            assert_eq!(bias.dims(), [out_channels], "one bias for each output channel");
            Dispatch::conv2d_biased(images, weight, bias.into_dispatch(), options)
        }
        None => Dispatch::conv2d_plain(images, weight, options),
    })
}

//! Pooling of pictures.

use burn::Tensor;
use burn::backend::Dispatch;

use crate::PoolOptions;
use crate::VisionBackend;

/// The maximum of each window, as PyTorch's `max_pool2d`: of equal ones the first has the gradient, and NaN is the largest.
///
/// `images` `[batch, channels, height, width]`; returns `[batch, channels, out_height, out_width]`.
///
/// # Panics
/// If a window doesn't fit in the padded picture.
pub fn max_pool2d(images: Tensor<4>, options: PoolOptions) -> Tensor<4> {
    check(&images, options);
    Tensor::from_dispatch(Dispatch::vision_max_pool2d(images.into_dispatch(), options))
}

/// The mean of each window, as PyTorch's `avg_pool2d`; `with_padding` is its `count_include_pad`. Dilation is not known.
///
/// `images` `[batch, channels, height, width]`; returns `[batch, channels, out_height, out_width]`.
///
/// # Panics
/// If a window doesn't fit in the padded picture, or has a dilation other than 1.
pub fn avg_pool2d(images: Tensor<4>, options: PoolOptions, with_padding: bool) -> Tensor<4> {
    check(&images, options);
    assert_eq!(options.dilation, [1; 2], "means have no dilation");
    Tensor::from_dispatch(Dispatch::vision_avg_pool2d(images.into_dispatch(), options, with_padding))
}

fn check(images: &Tensor<4>, options: PoolOptions) {
    let [_, _, height, width] = images.dims();
    for (d, side) in [height, width].into_iter().enumerate() {
        assert!(options.size[d] > 0 && options.stride[d] > 0 && options.dilation[d] > 0, "sizes and steps are above 0");
        let reach = (options.size[d] - 1) * options.dilation[d] + 1;
        assert!(reach <= side + 2 * options.padding[d], "a window of {reach} px in {side} px");
    }
}

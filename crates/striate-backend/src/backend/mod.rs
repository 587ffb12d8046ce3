//! The operations that striate adds to burn's backends.

mod autodiff;
mod gradients;
pub(crate) mod plain;
mod pointwise;
mod steps;
mod updates;

pub use gradients::VisionGradients;
pub use pointwise::Pointwise;
pub use steps::{AdagradStep, AdamStep, Formulas, RmsPropStep, SgdStep};
pub use updates::UpdateRules;

use std::sync::Arc;

use burn::backend::ops::ModuleOps;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, backend_extension};
use burn::tensor::ops::ConvOptions;

use crate::Collective;

/// The windows of a pooling in two directions, height and width in px.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolOptions {
    /// The window's sides.
    pub size: [usize; 2],
    /// Step between windows.
    pub stride: [usize; 2],
    /// What is added around the picture, as much before as after.
    pub padding: [usize; 2],
    /// Step between a window's px. Averages know only 1.
    pub dilation: [usize; 2],
}

/// Vision operations over any burn backend.
///
/// Default bodies are burn's operations, so that every backend has every operation; a backend with a kernel of its
/// own overrides them. Gradients come from the implementation for [`Autodiff`](burn::backend::Autodiff) over any backend that has
/// [`VisionGradients`], so that a kernel can be given for each direction.
#[backend_extension(
    Cube: cfg(feature = "cube"),
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Fusion: cfg(feature = "fusion"),
    Autodiff
)]
pub trait VisionBackend: Backend {
    /// Two-dimensional cross-correlation without a bias.
    ///
    /// `images` `[batch, in_channels, height, width]`, `weight` `[out_channels, in_channels / groups, k_h, k_w]`;
    /// returns `[batch, out_channels, out_height, out_width]`.
    #[fusion(default)]
    fn conv2d_plain(
        images: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self> {
        <Self as ModuleOps<Self>>::conv2d(images, weight, None, options)
    }

    /// As [`conv2d_plain`](Self::conv2d_plain), with a bias `[out_channels]`.
    #[fusion(default)]
    fn conv2d_biased(
        images: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self> {
        <Self as ModuleOps<Self>>::conv2d(images, weight, Some(bias), options)
    }

    /// A function, if there is one, of the result of [`conv2d_biased`](Self::conv2d_biased).
    #[fusion(default)]
    fn conv2d_curved(
        images: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        function: Option<Pointwise>,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self> {
        plain::conv2d_curved::<Self>(images, weight, bias, function, options)
    }

    /// As [`conv2d_curved`](Self::conv2d_curved), with `more` of the output's shape added before the function.
    #[fusion(default)]
    fn conv2d_added(
        images: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        more: FloatTensor<Self>,
        function: Option<Pointwise>,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self> {
        plain::conv2d_added::<Self>(images, weight, bias, more, function, options)
    }

    /// Two-dimensional transposed convolution: what [`conv2d_images_grad`](VisionGradients::conv2d_images_grad) gives for pictures of
    /// `side` and the gradient `x` `[batch, in_channels, height, width]`, plus a bias `[out_channels]`. `weight` is
    /// `[in_channels, out_channels / groups, k_h, k_w]`.
    #[fusion(default)]
    fn conv_transpose2d_biased(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        side: [usize; 2],
        options: ConvOptions<2>,
    ) -> FloatTensor<Self> {
        plain::conv_transpose2d::<Self>(x, weight, bias, side, options)
    }

    /// A dense layer: `x` `[rows, in]`, `weight` `[out, in]`, `bias` `[out]`, and a function of the result `[rows, out]`,
    /// if there is one.
    #[fusion(default)]
    fn vision_dense(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        function: Option<Pointwise>,
    ) -> FloatTensor<Self> {
        plain::dense::<Self>(x, weight, bias, function)
    }

    /// The cross-entropy of each label `[batch, inner]` and the softmax of `logits` `[batch, classes, inner]` along the
    /// classes, all of which have the same part of `smoothing` as their target; returns `[batch, inner]`.
    #[fusion(default)]
    fn vision_cross_entropy(logits: FloatTensor<Self>, labels: IntTensor<Self>, smoothing: f64) -> FloatTensor<Self> {
        plain::cross_entropy::<Self>(logits, labels, smoothing)
    }

    /// A function of each value, whatever the shape.
    #[fusion(default)]
    fn vision_pointwise(x: FloatTensor<Self>, function: Pointwise) -> FloatTensor<Self> {
        plain::pointwise::<Self>(x, function)
    }

    /// The sum of all values, `[1]`.
    #[fusion(default)]
    fn vision_sum(x: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::float_sum(x)
    }

    /// The sum of what all replicas give here, of the same shape for all.
    #[fusion(default)]
    fn vision_shared_sum(x: FloatTensor<Self>, replicas: Arc<dyn Collective>) -> FloatTensor<Self> {
        plain::shared_sum::<Self>(x, |numbers| replicas.sum(numbers))
    }

    /// Each channel of `x` `[batch, channels, inner]` times its factor `scale` `[channels]`, plus its summand `shift`
    /// `[channels]`.
    #[fusion(default)]
    fn vision_channel_affine(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        plain::channel_affine::<Self>(x, scale, shift)
    }

    /// Normalises each channel of `x` `[batch, channels, …]` by its own mean and biased variance, then multiplies by
    /// gamma and adds beta, both `[channels]`. Returns the output, the means and the variances.
    #[fusion(default)]
    fn vision_batch_norm(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        eps: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        plain::batch_norm::<Self>(x, gamma, beta, eps)
    }

    /// A function of the output of [`vision_batch_norm`](Self::vision_batch_norm); one whose gradient comes from its
    /// output.
    #[fusion(default)]
    fn vision_batch_norm_curved(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        function: Pointwise,
        eps: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        plain::batch_norm_ended::<Self>(x, [gamma, beta], None, Some(function), eps)
    }

    /// As [`vision_batch_norm_curved`](Self::vision_batch_norm_curved), with `more` of the shape of `x` added before the
    /// function, if there is one.
    #[fusion(default)]
    fn vision_batch_norm_added(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        more: FloatTensor<Self>,
        function: Option<Pointwise>,
        eps: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        plain::batch_norm_ended::<Self>(x, [gamma, beta], Some(more), function, eps)
    }

    /// The maximum of each window of `images` `[batch, channels, height, width]`.
    #[fusion(default)]
    fn vision_max_pool2d(images: FloatTensor<Self>, options: PoolOptions) -> FloatTensor<Self> {
        plain::max_pool2d::<Self>(images, options)
    }

    /// The mean of each window of `images` `[batch, channels, height, width]`; `with_padding`: of all its px, or only of
    /// those of the picture.
    #[fusion(default)]
    fn vision_avg_pool2d(images: FloatTensor<Self>, options: PoolOptions, with_padding: bool) -> FloatTensor<Self> {
        plain::avg_pool2d::<Self>(images, options, with_padding)
    }
}

#[cfg(feature = "ndarray")]
impl VisionBackend for burn::backend::NdArray {}

#[cfg(feature = "cube")]
impl VisionBackend for burn::backend::Cube {}

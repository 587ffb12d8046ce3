//! The operations that striate adds to burn's backends.

mod autodiff;

use burn::backend::ops::{ActivationOps, ModuleOps};
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, TensorMetadata, backend_extension, get_or_init_device_settings};
use burn::tensor::ops::ConvOptions;

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
/// own overrides them. Gradients come from the implementation for [`Autodiff`], which calls the `_grad` operations,
/// so that a kernel can be given for each direction.
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

    /// The gradient for the images, from the gradient of the output.
    #[fusion(default)]
    fn conv2d_images_grad(
        images: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self> {
        <Self as ModuleOps<Self>>::conv2d_x_backward(images, weight, output_grad, options)
    }

    /// The gradient for the weight, from the gradient of the output.
    #[fusion(default)]
    fn conv2d_weight_grad(
        images: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self> {
        <Self as ModuleOps<Self>>::conv2d_weight_backward(images, weight, output_grad, options)
    }

    /// The gradient for the bias `[out_channels]`, from the gradient of the output.
    #[fusion(default)]
    fn conv2d_bias_grad(
        images: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        <Self as ModuleOps<Self>>::conv2d_bias_backward(images, bias, output_grad)
    }

    /// The hyperbolic tangent of each value, whatever the shape.
    #[fusion(default)]
    fn vision_tanh(x: FloatTensor<Self>) -> FloatTensor<Self> {
        plain_tanh::<Self>(x)
    }

    /// The gradient for the input of [`vision_tanh`](Self::vision_tanh), from its output and that one's gradient.
    #[fusion(default)]
    fn vision_tanh_grad(output: FloatTensor<Self>, output_grad: FloatTensor<Self>) -> FloatTensor<Self> {
        plain_tanh_grad::<Self>(output, output_grad)
    }

    /// The rectifier `max(x, 0)` of each value, whatever the shape; NaN stays NaN.
    #[fusion(default)]
    fn vision_relu(x: FloatTensor<Self>) -> FloatTensor<Self> {
        <Self as ActivationOps<Self>>::relu(x)
    }

    /// The gradient for the input of [`vision_relu`](Self::vision_relu), from its output and that one's gradient.
    #[fusion(default)]
    fn vision_relu_grad(output: FloatTensor<Self>, output_grad: FloatTensor<Self>) -> FloatTensor<Self> {
        <Self as ActivationOps<Self>>::relu_backward(output, output_grad)
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
        plain_batch_norm::<Self>(x, gamma, beta, eps)
    }

    /// The gradients for `x`, gamma and beta of [`vision_batch_norm`](Self::vision_batch_norm), from what it returned
    /// and the gradient of the output.
    #[fusion(default)]
    fn vision_batch_norm_grad(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        eps: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        plain_batch_norm_grad::<Self>(x, gamma, mean, variance, output_grad, eps)
    }

    /// The maximum of each window of `images` `[batch, channels, height, width]`, and where in its plane it is: of equal
    /// ones the first. The numbers of the places may be of any integer type.
    #[fusion(default)]
    fn vision_max_pool2d(images: FloatTensor<Self>, options: PoolOptions) -> (FloatTensor<Self>, IntTensor<Self>) {
        plain_max_pool2d::<Self>(images, options)
    }

    /// The gradient for the images of [`vision_max_pool2d`](Self::vision_max_pool2d), from the places and the gradient of
    /// the output.
    #[fusion(default)]
    fn vision_max_pool2d_grad(
        images: FloatTensor<Self>,
        places: IntTensor<Self>,
        output_grad: FloatTensor<Self>,
        options: PoolOptions,
    ) -> FloatTensor<Self> {
        plain_max_pool2d_grad::<Self>(images, places, output_grad, options)
    }

    /// The mean of each window of `images` `[batch, channels, height, width]`; `with_padding`: of all its px, or only of
    /// those of the picture.
    #[fusion(default)]
    fn vision_avg_pool2d(images: FloatTensor<Self>, options: PoolOptions, with_padding: bool) -> FloatTensor<Self> {
        plain_avg_pool2d::<Self>(images, options, with_padding)
    }

    /// The gradient for the images of [`vision_avg_pool2d`](Self::vision_avg_pool2d), from that of the output.
    #[fusion(default)]
    fn vision_avg_pool2d_grad(
        images: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        options: PoolOptions,
        with_padding: bool,
    ) -> FloatTensor<Self> {
        plain_avg_pool2d_grad::<Self>(images, output_grad, options, with_padding)
    }
}

// What a backend falls back to for values that its kernels don't take.

pub(crate) fn plain_batch_norm<B: Backend>(
    x: FloatTensor<B>,
    gamma: FloatTensor<B>,
    beta: FloatTensor<B>,
    eps: f64,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let normalized = B::batch_norm_train(x, gamma, beta, eps);
    (normalized.output, normalized.mean, normalized.variance)
}

pub(crate) fn plain_batch_norm_grad<B: Backend>(
    x: FloatTensor<B>,
    gamma: FloatTensor<B>,
    mean: FloatTensor<B>,
    variance: FloatTensor<B>,
    output_grad: FloatTensor<B>,
    eps: f64,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let grads = B::batch_norm_train_backward(x, gamma, mean, variance, eps, output_grad);
    (grads.x_grad, grads.gamma_grad, grads.beta_grad)
}

pub(crate) fn plain_max_pool2d<B: Backend>(
    images: FloatTensor<B>,
    options: PoolOptions,
) -> (FloatTensor<B>, IntTensor<B>) {
    let PoolOptions { size, stride, padding, dilation } = options;
    let places = get_or_init_device_settings::<B>(&images.device()).int_dtype;
    let pooled = B::max_pool2d_with_indices(images, size, stride, padding, dilation, false, places);
    (pooled.output, pooled.indices)
}

pub(crate) fn plain_max_pool2d_grad<B: Backend>(
    images: FloatTensor<B>,
    places: IntTensor<B>,
    output_grad: FloatTensor<B>,
    options: PoolOptions,
) -> FloatTensor<B> {
    let PoolOptions { size, stride, padding, dilation } = options;
    B::max_pool2d_with_indices_backward(images, size, stride, padding, dilation, false, output_grad, places).x_grad
}

pub(crate) fn plain_avg_pool2d<B: Backend>(
    images: FloatTensor<B>,
    options: PoolOptions,
    with_padding: bool,
) -> FloatTensor<B> {
    B::avg_pool2d(images, options.size, options.stride, options.padding, with_padding, false)
}

pub(crate) fn plain_avg_pool2d_grad<B: Backend>(
    images: FloatTensor<B>,
    output_grad: FloatTensor<B>,
    options: PoolOptions,
    with_padding: bool,
) -> FloatTensor<B> {
    B::avg_pool2d_backward(images, output_grad, options.size, options.stride, options.padding, with_padding, false)
}

pub(crate) fn plain_tanh<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    B::float_tanh(x)
}

pub(crate) fn plain_tanh_grad<B: Backend>(output: FloatTensor<B>, output_grad: FloatTensor<B>) -> FloatTensor<B> {
    let square = B::float_mul(output.clone(), output);
    let derivative = B::float_add_scalar(B::float_neg(square), 1.0.into());
    B::float_mul(derivative, output_grad)
}

#[cfg(feature = "ndarray")]
impl VisionBackend for burn::backend::NdArray {}

#[cfg(feature = "cube")]
impl VisionBackend for burn::backend::Cube {}

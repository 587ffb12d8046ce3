//! The operations of a backward pass.

use burn::backend::ops::ModuleOps;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::tensor::Shape;
use burn::tensor::ops::ConvOptions;

use super::{Pointwise, PoolOptions, VisionBackend, plain};

/// What [`Autodiff`](burn::backend::Autodiff) needs of a backend to go back through [`VisionBackend`]'s operations.
///
/// Default bodies are burn's operations, as there. Nobody takes gradients of gradients, so that neither
/// [`Dispatch`](burn::backend::Dispatch) nor `Autodiff` has them.
pub trait VisionGradients: VisionBackend {
    /// The gradient for the images, from the gradient of the output.
    fn conv2d_images_grad(
        images: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self> {
        <Self as ModuleOps<Self>>::conv2d_x_backward(images, weight, output_grad, options)
    }

    /// The gradient for the weight, from the gradient of the output.
    fn conv2d_weight_grad(
        images: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self> {
        <Self as ModuleOps<Self>>::conv2d_weight_backward(images, weight, output_grad, options)
    }

    /// The gradient for the bias `[out_channels]`, from the gradient of the output.
    fn conv2d_bias_grad(
        images: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        <Self as ModuleOps<Self>>::conv2d_bias_backward(images, bias, output_grad)
    }

    /// The gradient for the logits of [`vision_cross_entropy`](VisionBackend::vision_cross_entropy), from that of each loss; nothing
    /// where that is nothing.
    fn vision_cross_entropy_grad(
        logits: FloatTensor<Self>,
        labels: IntTensor<Self>,
        losses_grad: FloatTensor<Self>,
        smoothing: f64,
    ) -> FloatTensor<Self> {
        plain::cross_entropy_grad::<Self>(logits, labels, losses_grad, smoothing)
    }

    /// The gradient for the input of [`vision_pointwise`](VisionBackend::vision_pointwise), from that of the output and what the
    /// function [keeps](Pointwise::keeps_output).
    fn vision_pointwise_grad(
        kept: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        function: Pointwise,
    ) -> FloatTensor<Self> {
        plain::pointwise_grad::<Self>(kept, output_grad, function)
    }

    /// The gradient for the input of [`vision_sum`](VisionBackend::vision_sum), which has this shape, from that of the sum.
    fn vision_sum_grad(output_grad: FloatTensor<Self>, shape: Shape) -> FloatTensor<Self> {
        plain::sum_grad::<Self>(output_grad, shape)
    }

    /// The gradients for `x`, gamma and beta of [`vision_batch_norm`](VisionBackend::vision_batch_norm), from what it returned
    /// and the gradient of the output.
    fn vision_batch_norm_grad(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        eps: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        plain::batch_norm_grad::<Self>(x, gamma, mean, variance, output_grad, eps)
    }

    /// The gradients for `x`, gamma and beta of [`vision_batch_norm_curved`](VisionBackend::vision_batch_norm_curved), from what it
    /// returned and the gradient of the output.
    #[allow(clippy::too_many_arguments)] // Optional or grouped tensors are none of burn's extensions.
    fn vision_batch_norm_curved_grad(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        output: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        function: Pointwise,
        eps: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let kept = [x, gamma, mean, variance];
        plain::batch_norm_curved_grad::<Self>(kept, output, output_grad, function, eps)
    }

    /// The gradients for `x`, gamma, beta and `more` of [`vision_batch_norm_added`](VisionBackend::vision_batch_norm_added) with a
    /// function, from what it returned and the gradient of the output.
    #[allow(clippy::too_many_arguments)] // As above.
    fn vision_batch_norm_added_grad(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        output: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        function: Pointwise,
        eps: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let kept = [x, gamma, mean, variance];
        plain::batch_norm_added_grad::<Self>(kept, output, output_grad, function, eps)
    }

    /// As [`vision_max_pool2d`](VisionBackend::vision_max_pool2d), with where in its plane each maximum is: of equal ones the first.
    /// The numbers of the places may be of any integer type.
    fn vision_max_pool2d_places(
        images: FloatTensor<Self>,
        options: PoolOptions,
    ) -> (FloatTensor<Self>, IntTensor<Self>) {
        plain::max_pool2d_places::<Self>(images, options)
    }

    /// The gradient for the images of [`vision_max_pool2d`](VisionBackend::vision_max_pool2d), from the places and the gradient of
    /// the output.
    fn vision_max_pool2d_grad(
        images: FloatTensor<Self>,
        places: IntTensor<Self>,
        output_grad: FloatTensor<Self>,
        options: PoolOptions,
    ) -> FloatTensor<Self> {
        plain::max_pool2d_grad::<Self>(images, places, output_grad, options)
    }

    /// The gradient for the images of [`vision_avg_pool2d`](VisionBackend::vision_avg_pool2d), from that of the output.
    fn vision_avg_pool2d_grad(
        images: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        options: PoolOptions,
        with_padding: bool,
    ) -> FloatTensor<Self> {
        plain::avg_pool2d_grad::<Self>(images, output_grad, options, with_padding)
    }
}

#[cfg(feature = "ndarray")]
impl VisionGradients for burn::backend::NdArray {}

#[cfg(feature = "cube")]
impl VisionGradients for burn::backend::Cube {}

// For users' backends, as the macro does it for `VisionBackend`.
#[cfg(feature = "fusion")]
impl<B: burn::backend::fusion::FusionBackend + VisionBackend> VisionGradients for burn::backend::fusion::Fusion<B> {}

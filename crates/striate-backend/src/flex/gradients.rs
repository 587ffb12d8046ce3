//! Our kernels of the backward pass.

use burn::backend::Flex;
use burn::backend::ops::ModuleOps;
use burn::backend::tensor::IntTensor;
use burn::tensor::Shape;
use burn::tensor::ops::ConvOptions;

use super::batch_norm::{self, Kept};
use super::{Tensor, contiguous, conv2d, cross_entropy, kernels_for, pointwise, pool2d, tensor, values};
use crate::backend::{Pointwise, PoolOptions, VisionGradients, plain};
use crate::kernels::calls;

impl VisionGradients for Flex {
    fn conv2d_images_grad(images: Tensor, weight: Tensor, output_grad: Tensor, options: ConvOptions<2>) -> Tensor {
        match kernels_for(&[&images, &weight, &output_grad]) {
            Some(arch) => conv2d::images_grad(arch, &images, weight, output_grad, &options),
            None => Self::conv2d_x_backward(images, weight, output_grad, options),
        }
    }

    fn conv2d_weight_grad(images: Tensor, weight: Tensor, output_grad: Tensor, options: ConvOptions<2>) -> Tensor {
        match kernels_for(&[&images, &weight, &output_grad]) {
            Some(arch) => conv2d::weight_grad(arch, images, &weight, output_grad, &options),
            None => Self::conv2d_weight_backward(images, weight, output_grad, options),
        }
    }

    fn conv2d_bias_grad(images: Tensor, bias: Tensor, output_grad: Tensor) -> Tensor {
        match kernels_for(&[&output_grad]) {
            Some(arch) => conv2d::bias_grad(arch, output_grad),
            None => Self::conv2d_bias_backward(images, bias, output_grad),
        }
    }

    fn vision_cross_entropy_grad(
        logits: Tensor,
        labels: IntTensor<Self>,
        losses_grad: Tensor,
        smoothing: f64,
    ) -> Tensor {
        match kernels_for(&[&logits, &losses_grad]) {
            Some(arch) => cross_entropy::grad(arch, logits, labels, losses_grad, smoothing),
            None => plain::cross_entropy_grad::<Self>(logits, labels, losses_grad, smoothing),
        }
    }

    fn vision_pointwise_grad(kept: Tensor, output_grad: Tensor, function: Pointwise) -> Tensor {
        match kernels_for(&[&kept, &output_grad]) {
            Some(arch) => pointwise::backward(arch, kept, output_grad, function),
            None => plain::pointwise_grad::<Self>(kept, output_grad, function),
        }
    }

    fn vision_sum_grad(output_grad: Tensor, shape: Shape) -> Tensor {
        match kernels_for(&[&output_grad]) {
            Some(_) => {
                let value = values(&contiguous(output_grad))[0];
                tensor(calls::repeated(value, shape.num_elements()), shape)
            }
            None => plain::sum_grad::<Self>(output_grad, shape),
        }
    }

    fn vision_batch_norm_grad(
        x: Tensor,
        gamma: Tensor,
        mean: Tensor,
        variance: Tensor,
        output_grad: Tensor,
        eps: f64,
    ) -> (Tensor, Tensor, Tensor) {
        match kernels_for(&[&x, &gamma, &mean, &variance, &output_grad]) {
            Some(arch) => {
                let kept = Kept { x, gamma, mean, variance, output: None };
                let (x, gamma, beta, _) = batch_norm::backward(arch, kept, output_grad, false, eps);
                (x, gamma, beta)
            }
            None => plain::batch_norm_grad::<Self>(x, gamma, mean, variance, output_grad, eps),
        }
    }

    fn vision_batch_norm_curved_grad(
        x: Tensor,
        gamma: Tensor,
        mean: Tensor,
        variance: Tensor,
        output: Tensor,
        output_grad: Tensor,
        function: Pointwise,
        eps: f64,
    ) -> (Tensor, Tensor, Tensor) {
        let kernels = kernels_for(&[&x, &gamma, &mean, &variance, &output, &output_grad]);
        match kernels.filter(|_| batch_norm::ends_with(Some(function))) {
            Some(arch) => {
                let kept = Kept { x, gamma, mean, variance, output: Some((output, function)) };
                let (x, gamma, beta, _) = batch_norm::backward(arch, kept, output_grad, false, eps);
                (x, gamma, beta)
            }
            None => {
                let kept = [x, gamma, mean, variance];
                plain::batch_norm_curved_grad::<Self>(kept, output, output_grad, function, eps)
            }
        }
    }

    fn vision_batch_norm_added_grad(
        x: Tensor,
        gamma: Tensor,
        mean: Tensor,
        variance: Tensor,
        output: Tensor,
        output_grad: Tensor,
        function: Pointwise,
        eps: f64,
    ) -> (Tensor, Tensor, Tensor, Tensor) {
        let kernels = kernels_for(&[&x, &gamma, &mean, &variance, &output, &output_grad]);
        match kernels.filter(|_| batch_norm::ends_with(Some(function))) {
            Some(arch) => {
                let kept = Kept { x, gamma, mean, variance, output: Some((output, function)) };
                let (x, gamma, beta, more) = batch_norm::backward(arch, kept, output_grad, true, eps);
                (x, gamma, beta, more.expect("the gradient of what was added"))
            }
            None => {
                let kept = [x, gamma, mean, variance];
                plain::batch_norm_added_grad::<Self>(kept, output, output_grad, function, eps)
            }
        }
    }

    fn vision_max_pool2d_places(images: Tensor, options: PoolOptions) -> (Tensor, IntTensor<Self>) {
        match kernels_for(&[&images]) {
            Some(arch) => pool2d::max_places(arch, images, options),
            None => plain::max_pool2d_places::<Self>(images, options),
        }
    }

    fn vision_max_pool2d_grad(
        images: Tensor,
        places: IntTensor<Self>,
        output_grad: Tensor,
        options: PoolOptions,
    ) -> Tensor {
        // The places have the type that those gave them who found them.
        match kernels_for(&[&images, &output_grad]) {
            Some(_) => pool2d::max_grad(&images, &places, output_grad, options),
            None => plain::max_pool2d_grad::<Self>(images, places, output_grad, options),
        }
    }

    fn vision_avg_pool2d_grad(images: Tensor, output_grad: Tensor, options: PoolOptions, with_padding: bool) -> Tensor {
        match kernels_for(&[&images, &output_grad]) {
            Some(arch) => pool2d::avg_grad(arch, &images, output_grad, options, with_padding),
            None => plain::avg_pool2d_grad::<Self>(images, output_grad, options, with_padding),
        }
    }
}

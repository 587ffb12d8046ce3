//! Our kernels on burn-flex. Values of other types than `f32` go burn's way.

mod batch_norm;
mod conv2d;
mod pool2d;

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{DType, Shape, TensorData};

use burn::backend::ops::ModuleOps;

use crate::VisionBackend;
use crate::PoolOptions;
use crate::backend::{
    plain_avg_pool2d, plain_avg_pool2d_grad, plain_batch_norm, plain_batch_norm_grad, plain_max_pool2d,
    plain_max_pool2d_grad, plain_tanh, plain_tanh_grad,
};
use crate::kernels;
use crate::kernels::simd::{Arch, arch};

type Tensor = FloatTensor<Flex>;

/// The tensor with its values in rows, one after the other.
fn contiguous(tensor: Tensor) -> Tensor {
    if tensor.as_slice::<f32>().is_some() { tensor } else { tensor.to_contiguous() }
}

/// The values of a [`contiguous`] tensor.
fn values(tensor: &Tensor) -> &[f32] {
    tensor.as_slice().expect("contiguous values of f32")
}

fn tensor(values: Vec<f32>, shape: impl Into<Shape>) -> Tensor {
    Tensor::from_data(TensorData::new(values, shape))
}

/// The tensor with its values in rows and nobody else reading them.
fn own(tensor: Tensor) -> Tensor {
    let whole = tensor.is_contiguous()
        && tensor.layout().start_offset() == 0
        && tensor.storage::<f32>().len() == tensor.shape().num_elements();
    if whole { tensor } else { tensor.to_contiguous() }
}

/// The instruction set for kernels that take these tensors; none if they don't.
fn kernels_for(tensors: &[&Tensor]) -> Option<Arch> {
    tensors.iter().all(|tensor| tensor.dtype() == DType::F32).then(arch).flatten()
}

impl VisionBackend for Flex {
    fn conv2d_plain(images: Tensor, weight: Tensor, options: ConvOptions<2>) -> Tensor {
        match kernels_for(&[&images, &weight]) {
            Some(arch) => conv2d::forward(arch, images, weight, None, &options),
            None => <Self as ModuleOps<Self>>::conv2d(images, weight, None, options),
        }
    }

    fn conv2d_biased(images: Tensor, weight: Tensor, bias: Tensor, options: ConvOptions<2>) -> Tensor {
        match kernels_for(&[&images, &weight, &bias]) {
            Some(arch) => conv2d::forward(arch, images, weight, Some(bias), &options),
            None => <Self as ModuleOps<Self>>::conv2d(images, weight, Some(bias), options),
        }
    }

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

    fn vision_tanh(x: Tensor) -> Tensor {
        if kernels_for(&[&x]).is_none() {
            return plain_tanh::<Self>(x);
        }
        let mut x = own(x);
        kernels::tanh::tanh(x.storage_mut());
        x
    }

    fn vision_tanh_grad(output: Tensor, output_grad: Tensor) -> Tensor {
        if kernels_for(&[&output, &output_grad]).is_none() {
            return plain_tanh_grad::<Self>(output, output_grad);
        }
        let (output, mut grad) = (own(output), own(output_grad));
        kernels::tanh::tanh_grad(output.storage(), grad.storage_mut());
        grad
    }

    fn vision_batch_norm(x: Tensor, gamma: Tensor, beta: Tensor, eps: f64) -> (Tensor, Tensor, Tensor) {
        match kernels_for(&[&x, &gamma, &beta]) {
            Some(arch) => batch_norm::forward(arch, x, gamma, beta, eps),
            None => plain_batch_norm::<Self>(x, gamma, beta, eps),
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
            Some(arch) => batch_norm::backward(arch, x, gamma, mean, variance, output_grad, eps),
            None => plain_batch_norm_grad::<Self>(x, gamma, mean, variance, output_grad, eps),
        }
    }

    fn vision_max_pool2d(images: Tensor, options: PoolOptions) -> (Tensor, IntTensor<Self>) {
        match kernels_for(&[&images]) {
            Some(arch) => pool2d::max(arch, images, options),
            None => plain_max_pool2d::<Self>(images, options),
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
            None => plain_max_pool2d_grad::<Self>(images, places, output_grad, options),
        }
    }

    fn vision_avg_pool2d(images: Tensor, options: PoolOptions, with_padding: bool) -> Tensor {
        match kernels_for(&[&images]) {
            Some(arch) => pool2d::avg(arch, images, options, with_padding),
            None => plain_avg_pool2d::<Self>(images, options, with_padding),
        }
    }

    fn vision_avg_pool2d_grad(
        images: Tensor,
        output_grad: Tensor,
        options: PoolOptions,
        with_padding: bool,
    ) -> Tensor {
        match kernels_for(&[&images, &output_grad]) {
            Some(arch) => pool2d::avg_grad(arch, &images, output_grad, options, with_padding),
            None => plain_avg_pool2d_grad::<Self>(images, output_grad, options, with_padding),
        }
    }
}

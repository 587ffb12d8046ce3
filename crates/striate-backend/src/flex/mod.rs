//! Our kernels on burn-flex. Values of other types than `f32` go burn's way.

mod batch_norm;
mod conv2d;
mod cross_entropy;
mod dense;
mod gradients;
mod pointwise;
mod pool2d;
mod update;

use burn::backend::ops::{FloatTensorOps, ModuleOps};
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{DType, Shape, TensorData};

use self::conv2d::Ending;
use crate::backend::{Pointwise, PoolOptions, VisionBackend, plain};
use crate::kernels::calls;
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

/// Whether a tensor's values are all of its memory, in rows.
fn is_whole(tensor: &Tensor) -> bool {
    tensor.is_contiguous()
        && tensor.layout().start_offset() == 0
        && tensor.storage::<f32>().len() == tensor.shape().num_elements()
}

/// The tensor with its values in rows as all of its memory.
fn own(tensor: Tensor) -> Tensor {
    if is_whole(&tensor) { tensor } else { tensor.to_contiguous() }
}

/// The values of a tensor that nobody else reads, in rows; none if somebody does.
fn whole_mut(tensor: &mut Tensor) -> Option<&mut [f32]> {
    if is_whole(tensor) { tensor.try_storage_mut() } else { None }
}

/// The instruction set for kernels that take these tensors; none if they don't.
fn kernels_for(tensors: &[&Tensor]) -> Option<Arch> {
    tensors.iter().all(|tensor| tensor.dtype() == DType::F32).then(arch).flatten()
}

impl VisionBackend for Flex {
    fn conv2d_plain(images: Tensor, weight: Tensor, options: ConvOptions<2>) -> Tensor {
        match kernels_for(&[&images, &weight]) {
            Some(arch) => conv2d::forward(arch, images, weight, Ending::default(), &options),
            None => <Self as ModuleOps<Self>>::conv2d(images, weight, None, options),
        }
    }

    fn conv2d_biased(images: Tensor, weight: Tensor, bias: Tensor, options: ConvOptions<2>) -> Tensor {
        match kernels_for(&[&images, &weight, &bias]) {
            Some(arch) => {
                let ending = Ending { bias: Some(bias), ..Ending::default() };
                conv2d::forward(arch, images, weight, ending, &options)
            }
            None => <Self as ModuleOps<Self>>::conv2d(images, weight, Some(bias), options),
        }
    }

    fn conv2d_curved(
        images: Tensor,
        weight: Tensor,
        bias: Tensor,
        function: Option<Pointwise>,
        options: ConvOptions<2>,
    ) -> Tensor {
        match kernels_for(&[&images, &weight, &bias]) {
            Some(arch) => {
                let ending = Ending { bias: Some(bias), more: None, function };
                conv2d::forward(arch, images, weight, ending, &options)
            }
            None => plain::conv2d_curved::<Self>(images, weight, bias, function, options),
        }
    }

    fn conv2d_added(
        images: Tensor,
        weight: Tensor,
        bias: Tensor,
        more: Tensor,
        function: Option<Pointwise>,
        options: ConvOptions<2>,
    ) -> Tensor {
        match kernels_for(&[&images, &weight, &bias, &more]) {
            Some(arch) => {
                let ending = Ending { bias: Some(bias), more: Some(more), function };
                conv2d::forward(arch, images, weight, ending, &options)
            }
            None => plain::conv2d_added::<Self>(images, weight, bias, more, function, options),
        }
    }

    fn conv_transpose2d_biased(
        x: Tensor,
        weight: Tensor,
        bias: Tensor,
        side: [usize; 2],
        options: ConvOptions<2>,
    ) -> Tensor {
        match kernels_for(&[&x, &weight, &bias]) {
            Some(arch) => conv2d::transposed(arch, x, weight, bias, side, &options),
            None => plain::conv_transpose2d::<Self>(x, weight, bias, side, options),
        }
    }

    fn vision_dense(x: Tensor, weight: Tensor, bias: Tensor, function: Option<Pointwise>) -> Tensor {
        match kernels_for(&[&x, &weight, &bias]) {
            Some(arch) => dense::forward(arch, x, weight, bias, function),
            None => plain::dense::<Self>(x, weight, bias, function),
        }
    }

    fn vision_cross_entropy(logits: Tensor, labels: IntTensor<Self>, smoothing: f64) -> Tensor {
        match kernels_for(&[&logits]) {
            Some(arch) => cross_entropy::forward(arch, logits, labels, smoothing),
            None => plain::cross_entropy::<Self>(logits, labels, smoothing),
        }
    }

    fn vision_pointwise(x: Tensor, function: Pointwise) -> Tensor {
        match kernels_for(&[&x]) {
            Some(arch) => pointwise::forward(arch, x, function),
            None => plain::pointwise::<Self>(x, function),
        }
    }

    fn vision_sum(x: Tensor) -> Tensor {
        match kernels_for(&[&x]) {
            Some(arch) => tensor(vec![calls::sum(arch, values(&contiguous(x)))], [1]),
            None => Self::float_sum(x),
        }
    }

    fn vision_channel_affine(x: Tensor, scale: Tensor, shift: Tensor) -> Tensor {
        match kernels_for(&[&x, &scale, &shift]).filter(|_| batch_norm::has_planes(&x)) {
            Some(arch) => batch_norm::channel_affine(arch, x, [scale, shift]),
            None => plain::channel_affine::<Self>(x, scale, shift),
        }
    }

    fn vision_batch_norm(x: Tensor, gamma: Tensor, beta: Tensor, eps: f64) -> (Tensor, Tensor, Tensor) {
        match kernels_for(&[&x, &gamma, &beta]) {
            Some(arch) => batch_norm::forward(arch, x, [gamma, beta], None, None, eps),
            None => plain::batch_norm::<Self>(x, gamma, beta, eps),
        }
    }

    fn vision_batch_norm_curved(
        x: Tensor,
        gamma: Tensor,
        beta: Tensor,
        function: Pointwise,
        eps: f64,
    ) -> (Tensor, Tensor, Tensor) {
        let function = Some(function);
        match kernels_for(&[&x, &gamma, &beta]).filter(|_| batch_norm::ends_with(function)) {
            Some(arch) => batch_norm::forward(arch, x, [gamma, beta], None, function, eps),
            None => plain::batch_norm_ended::<Self>(x, [gamma, beta], None, function, eps),
        }
    }

    fn vision_batch_norm_added(
        x: Tensor,
        gamma: Tensor,
        beta: Tensor,
        more: Tensor,
        function: Option<Pointwise>,
        eps: f64,
    ) -> (Tensor, Tensor, Tensor) {
        match kernels_for(&[&x, &gamma, &beta, &more]).filter(|_| batch_norm::ends_with(function)) {
            Some(arch) => batch_norm::forward(arch, x, [gamma, beta], Some(more), function, eps),
            None => plain::batch_norm_ended::<Self>(x, [gamma, beta], Some(more), function, eps),
        }
    }

    fn vision_max_pool2d(images: Tensor, options: PoolOptions) -> Tensor {
        match kernels_for(&[&images]) {
            Some(arch) => pool2d::max(arch, images, options),
            None => plain::max_pool2d::<Self>(images, options),
        }
    }

    fn vision_avg_pool2d(images: Tensor, options: PoolOptions, with_padding: bool) -> Tensor {
        match kernels_for(&[&images]) {
            Some(arch) => pool2d::avg(arch, images, options, with_padding),
            None => plain::avg_pool2d::<Self>(images, options, with_padding),
        }
    }
}

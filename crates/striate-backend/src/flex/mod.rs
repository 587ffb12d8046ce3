//! Our kernels on burn-flex. Values of other types than `f32` go burn's way.

mod batch_norm;
mod conv2d;
mod cross_entropy;
mod dense;
mod pointwise;
mod pool2d;
mod update;

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{DType, Shape, TensorData};

use burn::backend::ops::{FloatTensorOps, ModuleOps};

use self::batch_norm::Kept;
use self::conv2d::Ending;
use crate::backend::{AdagradStep, AdamStep, Pointwise, PoolOptions, RmsPropStep, SgdStep, VisionBackend, plain};
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

    fn vision_pointwise(x: Tensor, function: Pointwise) -> Tensor {
        match kernels_for(&[&x]) {
            Some(arch) => pointwise::forward(arch, x, function),
            None => plain::pointwise::<Self>(x, function),
        }
    }

    fn vision_pointwise_grad(kept: Tensor, output_grad: Tensor, function: Pointwise) -> Tensor {
        match kernels_for(&[&kept, &output_grad]) {
            Some(arch) => pointwise::backward(arch, kept, output_grad, function),
            None => plain::pointwise_grad::<Self>(kept, output_grad, function),
        }
    }

    fn vision_sgd(parameter: Tensor, velocity: Tensor, gradient: Tensor, step: SgdStep) -> (Tensor, Tensor) {
        match kernels_for(&[&parameter, &velocity, &gradient]) {
            Some(arch) => update::sgd(arch, parameter, velocity, gradient, step),
            None => plain::sgd::<Self>(parameter, velocity, gradient, step),
        }
    }

    fn vision_adam(
        parameter: Tensor,
        mean: Tensor,
        mean_square: Tensor,
        gradient: Tensor,
        step: AdamStep,
    ) -> (Tensor, Tensor, Tensor) {
        match kernels_for(&[&parameter, &mean, &mean_square, &gradient]) {
            Some(arch) => update::adam(arch, parameter, [mean, mean_square], gradient, step),
            None => plain::adam::<Self>(parameter, mean, mean_square, gradient, step),
        }
    }

    fn vision_amsgrad(
        parameter: Tensor,
        mean: Tensor,
        mean_square: Tensor,
        largest: Tensor,
        gradient: Tensor,
        step: AdamStep,
    ) -> (Tensor, Tensor, Tensor, Tensor) {
        match kernels_for(&[&parameter, &mean, &mean_square, &largest, &gradient]) {
            Some(arch) => update::amsgrad(arch, parameter, [mean, mean_square, largest], gradient, step),
            None => plain::amsgrad::<Self>(parameter, mean, mean_square, largest, gradient, step),
        }
    }

    fn vision_rmsprop(
        parameter: Tensor,
        mean_square: Tensor,
        mean: Tensor,
        velocity: Tensor,
        gradient: Tensor,
        step: RmsPropStep,
    ) -> (Tensor, Tensor, Tensor, Tensor) {
        match kernels_for(&[&parameter, &mean_square, &mean, &velocity, &gradient]) {
            Some(arch) => update::rmsprop(arch, parameter, [mean_square, mean, velocity], gradient, step),
            None => plain::rmsprop::<Self>(parameter, [mean_square, mean, velocity], gradient, step),
        }
    }

    fn vision_adagrad(parameter: Tensor, square_sum: Tensor, gradient: Tensor, step: AdagradStep) -> (Tensor, Tensor) {
        match kernels_for(&[&parameter, &square_sum, &gradient]) {
            Some(arch) => update::adagrad(arch, parameter, square_sum, gradient, step),
            None => plain::adagrad::<Self>(parameter, square_sum, gradient, step),
        }
    }

    fn vision_lerp(from: Tensor, to: Tensor, fraction: f64) -> Tensor {
        match kernels_for(&[&from, &to]) {
            Some(arch) => update::lerp(arch, from, to, fraction),
            None => plain::lerp::<Self>(from, to, fraction),
        }
    }

    fn vision_sum(x: Tensor) -> Tensor {
        match kernels_for(&[&x]) {
            Some(arch) => tensor(vec![calls::sum(arch, values(&contiguous(x)))], [1]),
            None => Self::float_sum(x),
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

    fn vision_max_pool2d(images: Tensor, options: PoolOptions) -> Tensor {
        match kernels_for(&[&images]) {
            Some(arch) => pool2d::max(arch, images, options),
            None => plain::max_pool2d::<Self>(images, options),
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

    fn vision_avg_pool2d(images: Tensor, options: PoolOptions, with_padding: bool) -> Tensor {
        match kernels_for(&[&images]) {
            Some(arch) => pool2d::avg(arch, images, options, with_padding),
            None => plain::avg_pool2d::<Self>(images, options, with_padding),
        }
    }

    fn vision_avg_pool2d_grad(images: Tensor, output_grad: Tensor, options: PoolOptions, with_padding: bool) -> Tensor {
        match kernels_for(&[&images, &output_grad]) {
            Some(arch) => pool2d::avg_grad(arch, &images, output_grad, options, with_padding),
            None => plain::avg_pool2d_grad::<Self>(images, output_grad, options, with_padding),
        }
    }
}

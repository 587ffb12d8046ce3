//! Our operations in burn's: what a backend without kernels does, and one with them for values that they don't take.

mod update;

pub(crate) use update::{adagrad, adam, amsgrad, lerp, rmsprop, sgd};

use burn::backend::ops::ModuleOps;
use burn::backend::tensor::{BoolTensor, FloatTensor, IntTensor};
use burn::backend::{Backend, TensorMetadata, get_or_init_device_settings};
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use burn::tensor::{IndexingUpdateOp, Shape, Slice, TensorData, read_sync};

use super::{Pointwise, PoolOptions, VisionBackend, VisionGradients};

pub(crate) fn pointwise<B: Backend>(x: FloatTensor<B>, function: Pointwise) -> FloatTensor<B> {
    match function {
        Pointwise::Relu => B::relu(x),
        Pointwise::Relu6 => {
            let high = at_least::<B>(x.clone(), 6.0);
            B::float_mask_fill(B::relu(x), high, 6.0.into())
        }
        Pointwise::Sigmoid => B::sigmoid(x),
        Pointwise::Swish => B::float_mul(x.clone(), B::sigmoid(x)),
        Pointwise::Tanh => B::float_tanh(x),
        Pointwise::HardSigmoid => hard_sigmoid::<B>(x),
        Pointwise::HardSwish => B::float_mul(x.clone(), hard_sigmoid::<B>(x)),
    }
}

fn hard_sigmoid<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    let sixths = pointwise::<B>(B::float_add_scalar(x, 3.0.into()), Pointwise::Relu6);
    B::float_div_scalar(sixths, 6.0.into())
}

/// The result of a function, if there is one.
fn curved<B: VisionBackend>(x: FloatTensor<B>, function: Option<Pointwise>) -> FloatTensor<B> {
    match function {
        Some(function) => B::vision_pointwise(x, function),
        None => x,
    }
}

/// What a sum over replicas makes of the values.
pub(crate) fn shared_sum<B: Backend>(x: FloatTensor<B>, sum: impl FnOnce(Vec<f64>) -> Vec<f64>) -> FloatTensor<B> {
    let (device, shape, dtype) = (x.device(), x.shape(), x.dtype());
    let numbers = read_sync(B::float_into_data(x)).expect("the device gives what it computed");
    let sums = TensorData::new(sum(numbers.iter::<f64>().collect()), shape).convert_dtype(dtype);
    B::float_from_data(sums, &device)
}

pub(crate) fn conv2d_curved<B: VisionBackend>(
    images: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: FloatTensor<B>,
    function: Option<Pointwise>,
    options: ConvOptions<2>,
) -> FloatTensor<B> {
    curved::<B>(B::conv2d_biased(images, weight, bias, options), function)
}

pub(crate) fn conv2d_added<B: VisionBackend>(
    images: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: FloatTensor<B>,
    more: FloatTensor<B>,
    function: Option<Pointwise>,
    options: ConvOptions<2>,
) -> FloatTensor<B> {
    curved::<B>(B::float_add(B::conv2d_biased(images, weight, bias, options), more), function)
}

pub(crate) fn pointwise_grad<B: Backend>(
    kept: FloatTensor<B>,
    output_grad: FloatTensor<B>,
    function: Pointwise,
) -> FloatTensor<B> {
    match function {
        Pointwise::Relu => B::relu_backward(kept, output_grad),
        Pointwise::Relu6 => {
            let high = at_least::<B>(kept.clone(), 6.0);
            B::float_mask_fill(B::relu_backward(kept, output_grad), high, 0.0.into())
        }
        Pointwise::Sigmoid => B::sigmoid_backward(kept, output_grad),
        Pointwise::Swish => {
            let sigmoid = B::sigmoid(kept.clone());
            let rest = B::float_add_scalar(B::float_neg(sigmoid.clone()), 1.0.into());
            let slope = B::float_add_scalar(B::float_mul(kept, rest), 1.0.into());
            B::float_mul(output_grad, B::float_mul(sigmoid, slope))
        }
        Pointwise::Tanh => {
            let square = B::float_mul(kept.clone(), kept);
            B::float_mul(B::float_add_scalar(B::float_neg(square), 1.0.into()), output_grad)
        }
        Pointwise::HardSigmoid => {
            let high = at_least::<B>(kept.clone(), 1.0);
            let sixth = B::float_div_scalar(output_grad, 6.0.into());
            B::float_mask_fill(B::relu_backward(kept, sixth), high, 0.0.into())
        }
        Pointwise::HardSwish => {
            let (low, high) = (at_least::<B>(B::float_neg(kept.clone()), 3.0), at_least::<B>(kept.clone(), 3.0));
            let slope = B::float_add_scalar(B::float_div_scalar(kept, 3.0.into()), 0.5.into());
            let slope = B::float_mask_fill(B::float_mask_fill(slope, low, 0.0.into()), high, 1.0.into());
            B::float_mul(output_grad, slope)
        }
    }
}

pub(crate) fn conv_transpose2d<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: FloatTensor<B>,
    side: [usize; 2],
    options: ConvOptions<2>,
) -> FloatTensor<B> {
    let (from, kernel) = (x.shape(), weight.shape());
    // burn cuts the same amount at both ends and adds zeros after them; what is still too much is cut here.
    let before = options.padding.map(|(before, _)| before);
    let zeros = std::array::from_fn(|d| {
        let full = (from[d + 2] - 1) * options.stride[d] + (kernel[d + 2] - 1) * options.dilation[d] + 1;
        (side[d] + 2 * before[d]).saturating_sub(full)
    });
    let ConvOptions { stride, dilation, groups, .. } = options;
    let spread = ConvTransposeOptions::new(stride, before, zeros, dilation, groups);
    let whole = <B as ModuleOps<B>>::conv_transpose2d(x, weight, Some(bias), spread);
    let sides = whole.shape();
    if [sides[2], sides[3]] == side {
        return whole;
    }
    let all = [(0, sides[0]), (0, sides[1]), (0, side[0]), (0, side[1])];
    B::float_slice(whole, &all.map(|(start, end)| Slice::from(start..end)))
}

pub(crate) fn dense<B: VisionBackend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: FloatTensor<B>,
    function: Option<Pointwise>,
) -> FloatTensor<B> {
    curved::<B>(<B as ModuleOps<B>>::linear(x, B::float_transpose(weight), Some(bias)), function)
}

/// Half the logarithms of the probabilities of classes, the second axis. The whole might be more than a number can hold, and
/// nothing times infinity isn't nothing; halves never are.
fn half_class_logs<B: Backend>(logits: FloatTensor<B>) -> FloatTensor<B> {
    let half = B::float_mul_scalar(logits, 0.5.into());
    let above = B::float_sub(half.clone(), B::float_max_dim(half, 1));
    let powers = B::float_exp(B::float_mul_scalar(above.clone(), 2.0.into()));
    let half_sum = B::float_mul_scalar(B::float_log(B::float_sum_dim(powers, 1)), 0.5.into());
    B::float_sub(above, half_sum)
}

/// The shape of what there is for each label, with an axis for the classes.
fn beside_classes<B: Backend>(logits: &FloatTensor<B>) -> Shape {
    let sides = logits.shape();
    Shape::from(vec![sides[0], 1, sides[2]])
}

pub(crate) fn cross_entropy<B: Backend>(
    logits: FloatTensor<B>,
    labels: IntTensor<B>,
    smoothing: f64,
) -> FloatTensor<B> {
    let (classes, shape, each) = (logits.shape()[1], labels.shape(), beside_classes::<B>(&logits));
    let halves = half_class_logs::<B>(logits);
    let right = B::float_gather(1, halves.clone(), B::int_reshape(labels, each));
    let half = if smoothing == 0.0 {
        right
    } else {
        let even = B::float_mul_scalar(B::float_sum_dim(halves, 1), (smoothing / classes as f64).into());
        B::float_add(B::float_mul_scalar(right, (1.0 - smoothing).into()), even)
    };
    B::float_reshape(B::float_mul_scalar(half, (-2.0).into()), shape)
}

pub(crate) fn cross_entropy_grad<B: Backend>(
    logits: FloatTensor<B>,
    labels: IntTensor<B>,
    losses_grad: FloatTensor<B>,
    smoothing: f64,
) -> FloatTensor<B> {
    let (shape, each) = (logits.shape(), beside_classes::<B>(&logits));
    let even = smoothing / shape[1] as f64;
    let losses_grad = B::float_reshape(losses_grad, each.clone());
    let kind = get_or_init_device_settings::<B>(&losses_grad.device()).bool_dtype;
    let nothing = B::bool_expand(B::float_equal_elem(losses_grad.clone(), 0.0.into(), kind), shape.clone());
    let shares = B::float_exp(B::float_mul_scalar(half_class_logs::<B>(logits), 2.0.into()));
    let shares = if even == 0.0 { shares } else { B::float_sub_scalar(shares, even.into()) };
    let grad = B::float_mul(shares, B::float_expand(losses_grad.clone(), shape));
    let grad = B::float_mask_fill(grad, nothing, 0.0.into());
    let right = B::float_mul_scalar(losses_grad, (smoothing - 1.0).into());
    B::float_scatter(1, grad, B::int_reshape(labels, each), right, IndexingUpdateOp::Add)
}

pub(crate) fn sum_grad<B: Backend>(output_grad: FloatTensor<B>, shape: Shape) -> FloatTensor<B> {
    let ones = Shape::from(vec![1; shape.num_dims()]);
    B::float_expand(B::float_reshape(output_grad, ones), shape)
}

fn at_least<B: Backend>(x: FloatTensor<B>, limit: f64) -> BoolTensor<B> {
    let kind = get_or_init_device_settings::<B>(&x.device()).bool_dtype;
    B::float_greater_equal_elem(x, limit.into(), kind)
}

pub(crate) fn channel_affine<B: Backend>(
    x: FloatTensor<B>,
    scale: FloatTensor<B>,
    shift: FloatTensor<B>,
) -> FloatTensor<B> {
    let beside = Shape::new([1, x.shape()[1], 1]);
    B::float_add(B::float_mul(x, B::float_reshape(scale, beside.clone())), B::float_reshape(shift, beside))
}

pub(crate) fn batch_norm<B: Backend>(
    x: FloatTensor<B>,
    gamma: FloatTensor<B>,
    beta: FloatTensor<B>,
    eps: f64,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let normalized = B::batch_norm_train(x, gamma, beta, eps);
    (normalized.output, normalized.mean, normalized.variance)
}

/// As [`batch_norm`], then `more` is added and a function applied.
pub(crate) fn batch_norm_ended<B: VisionBackend>(
    x: FloatTensor<B>,
    [gamma, beta]: [FloatTensor<B>; 2],
    more: Option<FloatTensor<B>>,
    function: Option<Pointwise>,
    eps: f64,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let (output, mean, variance) = B::vision_batch_norm(x, gamma, beta, eps);
    let sum = match more {
        Some(more) => B::float_add(output, more),
        None => output,
    };
    (curved::<B>(sum, function), mean, variance)
}

pub(crate) fn batch_norm_grad<B: Backend>(
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

pub(crate) fn batch_norm_curved_grad<B: VisionGradients>(
    [x, gamma, mean, variance]: [FloatTensor<B>; 4],
    output: FloatTensor<B>,
    output_grad: FloatTensor<B>,
    function: Pointwise,
    eps: f64,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let grad = B::vision_pointwise_grad(output, output_grad, function);
    B::vision_batch_norm_grad(x, gamma, mean, variance, grad, eps)
}

pub(crate) fn batch_norm_added_grad<B: VisionGradients>(
    [x, gamma, mean, variance]: [FloatTensor<B>; 4],
    output: FloatTensor<B>,
    output_grad: FloatTensor<B>,
    function: Pointwise,
    eps: f64,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let grad = B::vision_pointwise_grad(output, output_grad, function);
    let (x, gamma, beta) = B::vision_batch_norm_grad(x, gamma, mean, variance, grad.clone(), eps);
    (x, gamma, beta, grad)
}

pub(crate) fn max_pool2d<B: Backend>(images: FloatTensor<B>, options: PoolOptions) -> FloatTensor<B> {
    let PoolOptions { size, stride, padding, dilation } = options;
    B::max_pool2d(images, size, stride, padding, dilation, false)
}

pub(crate) fn max_pool2d_places<B: Backend>(
    images: FloatTensor<B>,
    options: PoolOptions,
) -> (FloatTensor<B>, IntTensor<B>) {
    let PoolOptions { size, stride, padding, dilation } = options;
    let places = get_or_init_device_settings::<B>(&images.device()).int_dtype;
    let pooled = B::max_pool2d_with_indices(images, size, stride, padding, dilation, false, places);
    (pooled.output, pooled.indices)
}

pub(crate) fn max_pool2d_grad<B: Backend>(
    images: FloatTensor<B>,
    places: IntTensor<B>,
    output_grad: FloatTensor<B>,
    options: PoolOptions,
) -> FloatTensor<B> {
    let PoolOptions { size, stride, padding, dilation } = options;
    B::max_pool2d_with_indices_backward(images, size, stride, padding, dilation, false, output_grad, places).x_grad
}

pub(crate) fn avg_pool2d<B: Backend>(
    images: FloatTensor<B>,
    options: PoolOptions,
    with_padding: bool,
) -> FloatTensor<B> {
    B::avg_pool2d(images, options.size, options.stride, options.padding, with_padding, false)
}

pub(crate) fn avg_pool2d_grad<B: Backend>(
    images: FloatTensor<B>,
    output_grad: FloatTensor<B>,
    options: PoolOptions,
    with_padding: bool,
) -> FloatTensor<B> {
    B::avg_pool2d_backward(images, output_grad, options.size, options.stride, options.padding, with_padding, false)
}

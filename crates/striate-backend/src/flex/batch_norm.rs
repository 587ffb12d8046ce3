//! Batch normalization.

use burn::backend::TensorMetadata;

use super::{Tensor, contiguous, tensor, values, whole_mut};
use crate::backend::Pointwise;
use crate::kernels::calls;
use crate::kernels::norm::{self, Ending, Limits, Saved, Shape, Statistics};
use crate::kernels::simd::Arch;

/// The least px of a plane: a vector of the widest instruction set.
const LEAST_PLANE: usize = 16;

fn shape(x: &Tensor) -> Shape {
    let sides = x.shape();
    Shape { batch: sides[0], channels: sides[1], inner: sides.iter().skip(2).product() }
}

/// The limits that a function is.
fn limits(function: Option<Pointwise>) -> Option<Limits> {
    match function {
        Some(Pointwise::Relu) => Some(Limits { least: 0.0, ..Limits::default() }),
        Some(Pointwise::Relu6) => Some(Limits { least: 0.0, most: 6.0 }),
        _ => None,
    }
}

/// Whether the kernels end with such a function.
pub(super) fn ends_with(function: Option<Pointwise>) -> bool {
    function.is_none() || limits(function).is_some()
}

pub(super) fn forward(
    arch: Arch,
    x: Tensor,
    parameters: [Tensor; 2],
    more: Option<Tensor>,
    function: Option<Pointwise>,
    eps: f64,
) -> (Tensor, Tensor, Tensor) {
    let (shape, sides) = (shape(&x), x.shape());
    let (x, [gamma, beta], more) = (contiguous(x), parameters.map(contiguous), more.map(contiguous));
    let ending = Ending { more: more.as_ref().map(values), limits: limits(function).unwrap_or_default() };
    let parameters = [values(&gamma), values(&beta)];
    let (output, statistics) = calls::batch_norm(arch, shape, values(&x), parameters, eps, ending);
    let channels = [shape.channels];
    (tensor(output, sides), tensor(statistics.mean, channels), tensor(statistics.variance, channels))
}

/// Each channel times its factor, plus its summand; in the input's own memory if nobody else reads it.
pub(super) fn channel_affine(arch: Arch, x: Tensor, parameters: [Tensor; 2]) -> Tensor {
    let shape = shape(&x);
    let (mut x, parameters) = (contiguous(x), parameters.map(contiguous));
    let parameters = parameters.each_ref().map(values);
    if let Some(values) = whole_mut(&mut x) {
        norm::affine_over(arch, shape, values, parameters);
        return x;
    }
    tensor(calls::channel_affine(arch, shape, values(&x), parameters), x.shape())
}

/// Whether planes are long enough for the kernel, which goes through channels one by one.
pub(super) fn has_planes(x: &Tensor) -> bool {
    shape(x).inner >= LEAST_PLANE
}

/// What a gradient is taken of: input, gamma, means and variances, and the output if a function made it.
pub(super) struct Kept {
    pub(super) x: Tensor,
    pub(super) gamma: Tensor,
    pub(super) mean: Tensor,
    pub(super) variance: Tensor,
    pub(super) output: Option<(Tensor, Pointwise)>,
}

/// The gradients of input, gamma and beta; with `adds`, that of what was added comes last.
pub(super) fn backward(
    arch: Arch,
    kept: Kept,
    output_grad: Tensor,
    adds: bool,
    eps: f64,
) -> (Tensor, Tensor, Tensor, Option<Tensor>) {
    let (shape, sides) = (shape(&kept.x), kept.x.shape());
    let [x, gamma, mean, variance, output_grad] =
        [kept.x, kept.gamma, kept.mean, kept.variance, output_grad].map(contiguous);
    let output = kept.output.map(|(output, function)| (contiguous(output), function));
    let inverse_deviation = values(&variance).iter().map(|v| (1.0 / (f64::from(*v) + eps).sqrt()) as f32).collect();
    let statistics =
        Statistics { mean: values(&mean).to_vec(), variance: values(&variance).to_vec(), inverse_deviation };
    let limited =
        output.as_ref().map(|(output, function)| (values(output), limits(Some(*function)).unwrap_or_default()));
    let saved = Saved { x: values(&x), statistics: &statistics, gamma: values(&gamma), limited };
    let (x_grad, more_grad, grads) = if adds {
        let ([x_grad, more_grad], grads) = calls::batch_norm_added_grad(arch, shape, saved, values(&output_grad));
        (x_grad, Some(tensor(more_grad, sides.clone())), grads)
    } else {
        let (x_grad, grads) = calls::batch_norm_grad(arch, shape, saved, values(&output_grad));
        (x_grad, None, grads)
    };
    let channels = [shape.channels];
    (tensor(x_grad, sides), tensor(grads.gamma, channels), tensor(grads.beta, channels), more_grad)
}

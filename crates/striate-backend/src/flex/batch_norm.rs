//! Batch normalization in training.

use burn::backend::TensorMetadata;

use super::{Tensor, contiguous, tensor, values};
use crate::kernels::calls;
use crate::kernels::norm::{Saved, Shape, Statistics};
use crate::kernels::simd::Arch;

fn shape(x: &Tensor) -> Shape {
    let sides = x.shape();
    Shape { batch: sides[0], channels: sides[1], inner: sides.iter().skip(2).product() }
}

pub(super) fn forward(arch: Arch, x: Tensor, gamma: Tensor, beta: Tensor, eps: f64) -> (Tensor, Tensor, Tensor) {
    let (shape, sides) = (shape(&x), x.shape());
    let [x, gamma, beta] = [x, gamma, beta].map(contiguous);
    let (output, statistics) = calls::batch_norm(arch, shape, values(&x), values(&gamma), values(&beta), eps);
    let channels = [shape.channels];
    (tensor(output, sides), tensor(statistics.mean, channels), tensor(statistics.variance, channels))
}

pub(super) fn backward(
    arch: Arch,
    x: Tensor,
    gamma: Tensor,
    mean: Tensor,
    variance: Tensor,
    output_grad: Tensor,
    eps: f64,
) -> (Tensor, Tensor, Tensor) {
    let (shape, sides) = (shape(&x), x.shape());
    let [x, gamma, mean, variance, output_grad] = [x, gamma, mean, variance, output_grad].map(contiguous);
    let inverse_deviation = values(&variance).iter().map(|v| (1.0 / (f64::from(*v) + eps).sqrt()) as f32).collect();
    let statistics =
        Statistics { mean: values(&mean).to_vec(), variance: values(&variance).to_vec(), inverse_deviation };
    let saved = Saved { x: values(&x), statistics: &statistics, gamma: values(&gamma) };
    let (x_grad, grads) = calls::batch_norm_grad(arch, shape, saved, values(&output_grad));
    let channels = [shape.channels];
    (tensor(x_grad, sides), tensor(grads.gamma, channels), tensor(grads.beta, channels))
}

//! Batch normalization in training.

use std::sync::Arc;

use burn::Tensor;
use burn::backend::Dispatch;

use super::{pointwise, shared_sum};
use crate::{Collective, Pointwise, VisionBackend};

/// What [`batch_norm`] returns.
#[derive(Debug, Clone)]
pub struct BatchNormalized<const D: usize> {
    /// The normalised values, in the input's shape.
    pub output: Tensor<D>,
    /// The mean of each channel, `[channels]`; without gradients.
    pub mean: Tensor<1>,
    /// The biased variance of each channel, `[channels]`; without gradients.
    pub variance: Tensor<1>,
}

/// Normalises each channel of `x` `[batch, channels, …]` by its own mean and biased variance, then multiplies by `gamma`
/// and adds `beta`, both `[channels]`; `eps` is added to the variance. The gradients are those through the statistics.
///
/// # Panics
/// If gamma or beta have not a value for each channel, or there are no values.
pub fn batch_norm<const D: usize>(x: Tensor<D>, gamma: Tensor<1>, beta: Tensor<1>, eps: f64) -> BatchNormalized<D> {
    batch_norm_ended(x, gamma, beta, None, None, eps)
}

/// As [`batch_norm`], then adds `more`, of the shape of `x`, and applies a function. With ReLU or ReLU6 or none it is one
/// operation; gradients come from its output.
///
/// # Panics
/// As [`batch_norm`], and if `more` has another shape.
pub fn batch_norm_ended<const D: usize>(
    x: Tensor<D>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    more: Option<Tensor<D>>,
    function: Option<Pointwise>,
    eps: f64,
) -> BatchNormalized<D> {
    assert_fit(&x, &gamma, &beta, more.as_ref());
    if let Some(function) = function.filter(|function| !matches!(function, Pointwise::Relu | Pointwise::Relu6)) {
        let normalized = batch_norm_ended(x, gamma, beta, more, None, eps);
        return BatchNormalized { output: pointwise(normalized.output, function), ..normalized };
    }
    let [gamma, beta] = [gamma, beta].map(Tensor::into_dispatch);
    let (x, more) = (x.into_dispatch(), more.map(Tensor::into_dispatch));
    let (output, mean, variance) = match (more, function) {
        (Some(more), function) => Dispatch::vision_batch_norm_added(x, gamma, beta, more, function, eps),
        (None, Some(function)) => Dispatch::vision_batch_norm_curved(x, gamma, beta, function, eps),
        (None, None) => Dispatch::vision_batch_norm(x, gamma, beta, eps),
    };
    BatchNormalized {
        output: Tensor::from_dispatch(output),
        mean: Tensor::from_dispatch(mean),
        variance: Tensor::from_dispatch(variance),
    }
}

fn assert_fit<const D: usize>(x: &Tensor<D>, gamma: &Tensor<1>, beta: &Tensor<1>, more: Option<&Tensor<D>>) {
    let channels = x.dims()[1];
    assert!(x.shape().num_elements() > 0, "the mean of no values");
    assert_eq!([gamma.dims(), beta.dims()], [[channels]; 2], "one gamma and one beta for each channel");
    assert!(more.is_none_or(|more| more.dims() == x.dims()), "what is added has the input's shape");
}

/// As [`batch_norm_ended`] with the mean and variance of all replicas' values: each replica's output and gradients are those
/// of one device that has all parts of the batch. Also returns how many values of a channel there are in all.
///
/// # Panics
/// As [`batch_norm_ended`].
pub fn batch_norm_shared(
    x: Tensor<3>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    more: Option<Tensor<3>>,
    function: Option<Pointwise>,
    eps: f64,
    replicas: &Arc<dyn Collective>,
) -> (BatchNormalized<3>, f64) {
    assert_fit(&x, &gamma, &beta, more.as_ref());
    let [batch, channels, inner] = x.dims();
    let count = replicas.sum(vec![(batch * inner) as f64])[0];
    let mean_of = |x: Tensor<3>| {
        let sums = x.sum_dim(2).sum_dim(0).reshape([channels]);
        shared_sum(sums, replicas) / count
    };
    let beside = |row: Tensor<1>| row.reshape([1, channels, 1]);
    let mean = mean_of(x.clone());
    let centered = x - beside(mean.clone());
    let variance = mean_of(centered.clone() * centered.clone());
    let scale = gamma / (variance.clone() + eps).sqrt();
    let mut output = centered * beside(scale) + beside(beta);
    if let Some(more) = more {
        output = output + more;
    }
    if let Some(function) = function {
        output = pointwise(output, function);
    }
    (BatchNormalized { output, mean: mean.detach(), variance: variance.detach() }, count)
}

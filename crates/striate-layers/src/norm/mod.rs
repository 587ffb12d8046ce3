//! Normalization.

mod batch;
mod group;
mod layer;
mod local_response;
mod scale;

pub use self::batch::{BatchNorm, BatchNormLayer, RunningUpdate};
pub use self::group::{GroupNorm, GroupNormLayer, InstanceNorm, InstanceNormLayer};
pub use self::layer::{LayerNorm, LayerNormLayer, LayerNormOver};
pub use self::local_response::{AlphaMode, LocalResponseNorm};

use burn::Tensor;

use crate::{LayerError, Preset};

/// Keras's epsilon, in all its normalizations.
fn keras_eps() -> f64 {
    1e-3
}

/// The epsilon of a library's normalizations.
fn preset_eps(preset: Preset) -> f64 {
    match preset {
        Preset::Keras => keras_eps(),
        Preset::Torch => 1e-5,
    }
}

fn check_eps(kind: &'static str, eps: f64) -> Result<(), LayerError> {
    match eps > 0.0 && eps.is_finite() {
        true => Ok(()),
        false => Err(LayerError::value(kind, "eps", eps, "it must be more than 0 and finite")),
    }
}

/// The mean over some axes, in ascending order, which stay with side 1. One axis after another, from the last, so that
/// no sum is over all of a large tensor.
fn mean<const D: usize>(x: Tensor<D>, axes: &[usize]) -> Tensor<D> {
    axes.iter().rev().fold(x, |x, axis| x.mean_dim(*axis))
}

/// To mean 0 and variance 1 over some axes, in ascending order.
fn standardize<const D: usize>(x: Tensor<D>, axes: &[usize], eps: f64) -> Tensor<D> {
    let average = mean(x.clone(), axes);
    let centered = x - average;
    // The biased variance, from the centered input: the difference of two large means would be noise.
    let variance = mean(centered.clone().square(), axes);
    centered * inverse_deviation(variance, eps)
}

/// 1 / sqrt(variance + eps).
fn inverse_deviation<const D: usize>(variance: Tensor<D>, eps: f64) -> Tensor<D> {
    (variance + eps).sqrt().recip()
}

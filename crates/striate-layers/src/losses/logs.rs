//! Logarithms of probabilities that no logit is too large for.

use burn::Tensor;

use crate::defaults::KERAS_EPSILON;
use burn::tensor::TensorData;

/// The logarithm of a probability, which is kept from 0 and 1.
pub(super) fn clipped_log<const D: usize>(probability: Tensor<D>) -> Tensor<D> {
    probability.clamp(KERAS_EPSILON, 1.0 - KERAS_EPSILON).log()
}

/// The logarithms of a probability and of what it lacks of 1, from its logit.
pub(super) fn sigmoid_logs<const D: usize>(logit: Tensor<D>) -> [Tensor<D>; 2] {
    let size = logit.clone().abs();
    let rest = (-size.clone()).exp().log1p();
    // Halves: their sum and difference are max(±x, 0), exactly, and have a slope of 1/2 at 0.
    let (half, half_size) = (logit * 0.5, size * 0.5);
    [half.clone() - half_size.clone() - rest.clone(), -half - half_size - rest]
}

/// Half the logarithms of the probabilities of classes along an axis.
///
/// The whole might be more than a number can hold, and nothing times infinity isn't nothing; halves never are.
pub(super) fn half_class_logs<const D: usize>(input: Tensor<D>, from_logits: bool, axis: usize) -> Tensor<D> {
    if !from_logits {
        return clipped_log(shares(input, axis)) * 0.5;
    }
    let half = input * 0.5;
    let below = half.clone() - half.detach().max_dim(axis);
    let sum = (below.clone() * 2.0).exp().sum_dim(axis);
    below - sum.log() * 0.5
}

/// Each value over the sum along an axis; nothing if that is nothing.
pub(super) fn shares<const D: usize>(input: Tensor<D>, axis: usize) -> Tensor<D> {
    let sum = input.clone().sum_dim(axis);
    let nothing = sum.clone().equal_scalar(0.0);
    input / sum.mask_fill(nothing, 1.0)
}

/// Targets that give each of so many classes its part of `smoothing`.
pub(super) fn smooth<const D: usize>(target: Tensor<D>, smoothing: f64, classes: usize) -> Tensor<D> {
    if smoothing == 0.0 { target } else { target * (1.0 - smoothing) + smoothing / classes as f64 }
}

/// Numbers from a config beside a tensor: its device and type.
pub(super) fn numbers<const D: usize>(numbers: &[f64], beside: &Tensor<D>) -> Tensor<1> {
    let data = TensorData::new(numbers.to_vec(), [numbers.len()]);
    Tensor::from_data(data, (&beside.device(), beside.dtype()))
}

//! Cross-entropy of logits and labels.

use burn::Tensor;
use burn::backend::Dispatch;
use burn::tensor::Int;

use crate::VisionBackend;

/// The cross-entropy of each label `[batch, inner]` and the softmax of `logits` `[batch, classes, inner]` along the classes,
/// as PyTorch's `cross_entropy` with `reduction="none"`; returns `[batch, inner]`. Of the target every class has the same
/// part of `smoothing`, `[0, 1]`, and the label the rest. Where a loss has no gradient, its logits have none, whatever they
/// are.
///
/// # Panics
/// If the shapes don't fit; if a label isn't a class, on most devices.
pub fn cross_entropy(logits: Tensor<3>, labels: Tensor<2, Int>, smoothing: f64) -> Tensor<2> {
    let [batch, _, inner] = logits.dims();
    assert_eq!(labels.dims(), [batch, inner], "a label for all classes");
    let (logits, labels) = (logits.into_dispatch(), labels.into_dispatch());
    Tensor::from_dispatch(Dispatch::vision_cross_entropy(logits, labels, smoothing))
}

//! Cross-entropy.

use burn::Tensor;
use burn::tensor::Int;
use burn::tensor::activation::log_softmax;
use serde::{Deserialize, Serialize};

/// Minus the logarithm of the probability that a classifier gives the right class, from logits: PyTorch's
/// `cross_entropy`, Keras's `SparseCategoricalCrossentropy(from_logits=True)`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SparseCategoricalCrossEntropy {}

impl SparseCategoricalCrossEntropy {
    /// The loss.
    pub fn new() -> Self {
        Self {}
    }

    /// The mean over a batch: `logits` `[batch, classes]`, `labels` `[batch]`, each below the number of classes; returns
    /// `[1]`.
    pub fn forward(&self, logits: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
        self.each(logits, labels).mean()
    }

    /// The loss of each sample, `[batch]`.
    pub fn each(&self, logits: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
        // log_softmax subtracts the maximum first, so that no logit is too large.
        log_softmax(logits, 1).gather(1, labels.unsqueeze_dim(1)).squeeze_dim(1).neg()
    }
}

//! From the losses of samples to one number.

use burn::Tensor;
use serde::{Deserialize, Serialize};

use crate::reduce;

/// How the losses of samples, or of their pixels, become one number.
///
/// A sample's weight multiplies its losses first; the divisors don't change by it, as in Keras.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reduction {
    /// The sum over their number: Keras's `sum_over_batch_size`, PyTorch's `mean`.
    #[default]
    Mean,
    /// The sum.
    Sum,
    /// The sum over the number of samples: PyTorch's `batchmean`.
    BatchMean,
}

impl Reduction {
    /// Reduces the losses of a batch of so many samples to `[1]`.
    ///
    /// Axis 0 of `losses` is the batch, or 1 if the samples have one loss together.
    pub(super) fn apply<const D: usize>(
        self,
        losses: Tensor<D>,
        sample_weight: Option<Tensor<1>>,
        batch: usize,
    ) -> Tensor<1> {
        let losses = weighted(losses, sample_weight);
        match self {
            Self::Mean => reduce::mean(losses),
            Self::Sum => reduce::sum(losses),
            Self::BatchMean => reduce::sum(losses) / batch as f64,
        }
    }

    /// As [`apply`](Self::apply), but the mean counts each loss as often as `counts` says; 0 if nothing counts.
    pub(super) fn apply_counted<const D: usize>(
        self,
        losses: Tensor<D>,
        counts: Option<Tensor<D>>,
        sample_weight: Option<Tensor<1>>,
        batch: usize,
    ) -> Tensor<1> {
        let reduced = self.apply(losses, sample_weight, batch);
        match (self, counts) {
            (Self::Mean, Some(counts)) => {
                let share = reduce::mean(counts);
                let nothing = share.clone().equal_scalar(0.0);
                reduced / share.mask_fill(nothing, 1.0)
            }
            _ => reduced,
        }
    }
}

fn weighted<const D: usize>(losses: Tensor<D>, sample_weight: Option<Tensor<1>>) -> Tensor<D> {
    let Some(weight) = sample_weight else { return losses };
    let mut sides = [1; D];
    sides[0] = weight.dims()[0];
    let weight = weight.cast(losses.dtype());
    losses * weight.reshape(sides)
}

/// The methods of a loss whose predictions and targets have one shape, with `each` and `reduction`.
macro_rules! reduced {
    () => {
        /// Reduces so.
        pub fn reduction(self, reduction: $crate::losses::Reduction) -> Self {
            Self { reduction, ..self }
        }

        /// The loss of a batch, `[1]`. Axis 0 is the batch.
        ///
        /// # Panics
        /// If the shapes differ.
        pub fn forward<const D: usize>(&self, input: burn::Tensor<D>, target: burn::Tensor<D>) -> burn::Tensor<1> {
            self.forward_weighted(input, target, None)
        }

        /// As [`forward`](Self::forward), with a weight for each sample, `[batch]`.
        ///
        /// # Panics
        /// If the shapes differ.
        pub fn forward_weighted<const D: usize>(
            &self,
            input: burn::Tensor<D>,
            target: burn::Tensor<D>,
            sample_weight: Option<burn::Tensor<1>>,
        ) -> burn::Tensor<1> {
            let batch = input.dims()[0];
            self.reduction.apply(self.each(input, target), sample_weight, batch)
        }
    };
}
pub(super) use reduced;

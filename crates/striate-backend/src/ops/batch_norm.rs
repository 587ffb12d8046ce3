//! Batch normalization in training.

use burn::Tensor;
use burn::backend::Dispatch;

use crate::VisionBackend;

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
    let channels = x.dims()[1];
    assert!(x.shape().num_elements() > 0, "the mean of no values");
    assert_eq!([gamma.dims(), beta.dims()], [[channels]; 2], "one gamma and one beta for each channel");
    let (output, mean, variance) =
        Dispatch::vision_batch_norm(x.into_dispatch(), gamma.into_dispatch(), beta.into_dispatch(), eps);
    BatchNormalized {
        output: Tensor::from_dispatch(output),
        mean: Tensor::from_dispatch(mean),
        variance: Tensor::from_dispatch(variance),
    }
}

//! The rectifier.

use burn::Tensor;
use burn::backend::Dispatch;

use crate::VisionBackend;

/// `max(x, 0)` of each value, whatever the shape; NaN stays NaN. At 0 the gradient is 0.
pub fn relu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::vision_relu(x.into_dispatch()))
}

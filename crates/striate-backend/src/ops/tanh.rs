//! The hyperbolic tangent.

use burn::Tensor;
use burn::backend::Dispatch;

use crate::VisionBackend;

/// The hyperbolic tangent of each value, whatever the shape.
pub fn tanh<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::vision_tanh(x.into_dispatch()))
}

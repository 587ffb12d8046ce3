//! Functions of single values.

use burn::Tensor;
use burn::backend::Dispatch;

use crate::{Pointwise, VisionBackend};

/// A function of each value, whatever the shape.
pub fn pointwise<const D: usize>(x: Tensor<D>, function: Pointwise) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::vision_pointwise(x.into_dispatch(), function))
}

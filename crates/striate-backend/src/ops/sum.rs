//! The sum of all values.

use burn::Tensor;
use burn::backend::Dispatch;

use crate::VisionBackend;

/// The sum of all values. On the CPU it has the same bits whatever the number of threads.
pub fn sum<const D: usize>(x: Tensor<D>) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::vision_sum(x.into_dispatch()))
}

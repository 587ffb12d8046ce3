//! Sums over the replicas of a network.

use std::sync::Arc;

use burn::Tensor;
use burn::backend::Dispatch;

use crate::{Collective, VisionBackend};

/// The sum of what all replicas give here, of the same shape for all. The gradient for one replica's values is that of all
/// replicas' losses, each by its [weight](Collective::weight), divided by the replica's own.
pub fn shared_sum<const D: usize>(x: Tensor<D>, replicas: &Arc<dyn Collective>) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::vision_shared_sum(x.into_dispatch(), replicas.clone()))
}

//! Operations on tensors, on whatever device they are; differentiable on a device with autodiff.

mod batch_norm;
mod conv2d;
mod pool2d;
mod relu;
mod tanh;

pub use crate::PoolOptions;
pub use batch_norm::{BatchNormalized, batch_norm};
pub use burn::tensor::ops::ConvOptions;
pub use conv2d::conv2d;
pub use pool2d::{avg_pool2d, max_pool2d};
pub use relu::relu;
pub use tanh::tanh;

//! Operations on tensors, on whatever device they are; differentiable on a device with autodiff.

mod conv2d;
mod tanh;

pub use burn::tensor::ops::ConvOptions;
pub use conv2d::conv2d;
pub use tanh::tanh;

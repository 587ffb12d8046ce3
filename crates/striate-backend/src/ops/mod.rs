//! Operations on tensors, on whatever device they are; differentiable on a device with autodiff.

mod batch_norm;
mod channel_affine;
mod conv2d;
mod cross_entropy;
mod dense;
mod pointwise;
mod pool2d;
mod shared_sum;
mod sum;
mod update;

pub use crate::{AdagradStep, AdamStep, Formulas, Pointwise, PoolOptions, RmsPropStep, SgdStep};
pub use batch_norm::{BatchNormalized, batch_norm, batch_norm_ended, batch_norm_shared};
pub use burn::tensor::ops::ConvOptions;
pub use channel_affine::channel_affine;
pub use conv2d::{conv_transpose2d, conv2d, conv2d_ended};
pub use cross_entropy::cross_entropy;
pub use dense::dense;
pub use pointwise::pointwise;
pub use pool2d::{avg_pool2d, max_pool2d};
pub use shared_sum::shared_sum;
pub use sum::sum;
pub use update::{adagrad, adam, amsgrad, lerp, rmsprop, sgd};

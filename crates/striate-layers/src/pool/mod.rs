//! Pooling.

mod adaptive;
mod avg;
mod channel;
mod global;
mod max;
mod pooling;
mod run;

pub use self::adaptive::AdaptiveAvgPool2d;
pub use self::avg::{AvgPool, AvgPool1d, AvgPool2d, AvgPool3d};
pub use self::channel::ChannelMaxPool2d;
pub use self::global::{GlobalAvgPool, GlobalMaxPool};
pub use self::max::{MaxPool, MaxPool1d, MaxPool2d, MaxPool3d};

//! Public behaviour of `striate-train`.

mod device;
mod golden;
mod golden_metrics;
mod layers;
mod metrics;
mod plots;
mod resume;
mod support;
mod tensorboard;

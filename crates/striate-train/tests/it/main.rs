//! Public behaviour of `striate-train`.

mod callbacks;
mod device;
mod golden;
mod golden_metrics;
mod golden_schedules;
mod half;
mod layers;
mod metrics;
mod optimizer_options;
mod phases;
mod plots;
mod resume;
mod schedules;
mod support;
mod tensorboard;
mod updates;

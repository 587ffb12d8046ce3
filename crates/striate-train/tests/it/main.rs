//! Public behaviour of `striate-train`.

mod callbacks;
mod device;
mod golden;
mod golden_schedules;
mod half;
mod layers;
mod optimizer_options;
mod resume;
mod schedules;
mod support;
mod updates;

//! Public behaviour of `striate-train`.

mod device;
mod golden;
mod layers;
mod resume;
mod support;

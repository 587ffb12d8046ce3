//! Public behaviour of `striate-train`.

mod callbacks;
mod device;
mod golden;
mod layers;
mod resume;
mod support;

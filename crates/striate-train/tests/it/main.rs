//! Public behaviour of `striate-train`.

mod device;
mod golden;
mod resume;
mod support;

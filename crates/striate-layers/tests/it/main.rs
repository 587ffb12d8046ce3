//! Public behaviour of `striate-layers`.

mod config;
mod device;
mod initializer;
mod loss;

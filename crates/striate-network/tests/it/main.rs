//! Public behaviour of `striate-network`.

mod build;
mod custom;
mod device;
mod model_file;
mod support;

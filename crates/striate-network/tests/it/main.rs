//! Public behaviour of `striate-network`.

mod build;
mod cost;
mod custom;
mod device;
mod draw;
mod model_file;
mod support;

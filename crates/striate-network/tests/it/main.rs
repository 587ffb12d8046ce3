//! Public behaviour of `striate-network`.

mod build;
mod custom;
mod device;
mod model_file;
#[path = "../networks/mod.rs"]
mod networks;
mod pytorch;
mod support;

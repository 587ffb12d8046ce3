//! Public behaviour of `striate-network`.

mod build;
mod custom;
mod device;
mod hostile;
#[path = "../hostile/mod.rs"]
mod hostile_files;
mod model_file;
#[path = "../networks/mod.rs"]
mod networks;
mod pytorch;
mod support;

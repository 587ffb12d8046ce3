//! Public behaviour of `striate-layers`.

mod config;
mod device;
mod golden;
mod initializer;
mod loss;
mod merge;
mod pool;
mod reshape;
#[path = "../strategies/mod.rs"]
mod strategies;

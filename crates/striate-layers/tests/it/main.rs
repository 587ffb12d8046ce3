//! Public behaviour of `striate-layers`.

mod activation;
mod config;
mod device;
mod golden;
mod initializer;
mod loss;
mod noise;
mod norm;
#[path = "../strategies/mod.rs"]
mod strategies;

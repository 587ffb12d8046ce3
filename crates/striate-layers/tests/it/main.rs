//! Public behaviour of `striate-layers`.

mod augmentation;
mod config;
mod device;
mod golden;
mod initializer;
mod loss;
mod preprocessing;
#[path = "../strategies/mod.rs"]
mod strategies;

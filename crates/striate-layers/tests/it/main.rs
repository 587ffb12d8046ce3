//! Public behaviour of `striate-layers`.

mod augmentation;
mod config;
mod conv;
mod device;
mod golden;
mod initializer;
mod loss;
mod preprocessing;
mod recurrent;
mod regularizer;
#[path = "../strategies/mod.rs"]
mod strategies;
#[path = "../support/mod.rs"]
mod support;

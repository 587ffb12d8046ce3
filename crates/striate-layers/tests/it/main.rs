//! Public behaviour of `striate-layers`.

mod activation;
mod augmentation;
mod config;
mod conv;
mod device;
mod golden;
mod initializer;
mod loss;
mod noise;
mod norm;
mod preprocessing;
mod recurrent;
mod regularizer;
#[path = "../strategies/mod.rs"]
mod strategies;
#[path = "../support/mod.rs"]
mod support;

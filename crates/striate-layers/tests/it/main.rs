//! Public behaviour of `striate-layers`.

mod config;
mod conv;
mod device;
mod golden;
mod initializer;
mod loss;
#[path = "../strategies/mod.rs"]
mod strategies;
#[path = "../support/mod.rs"]
mod support;

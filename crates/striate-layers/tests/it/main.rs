//! Public behaviour of `striate-layers`.

mod config;
mod device;
mod golden;
mod initializer;
mod loss;
mod recurrent;
mod regularizer;
#[path = "../strategies/mod.rs"]
mod strategies;

//! Public behaviour of `striate-layers`.

mod activation;
mod augmentation;
mod config;
mod conv;
mod data_format;
mod device;
mod golden;
mod initializer;
mod loss;
mod loss_json;
mod merge;
mod noise;
mod norm;
mod pool;
mod preprocessing;
mod recurrent;
mod regularizer;
mod reshape;
#[path = "../strategies/mod.rs"]
mod strategies;
#[path = "../support/mod.rs"]
mod support;
mod wrong;
mod yolo;

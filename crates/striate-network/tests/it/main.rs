//! Public behaviour of `striate-network`.

mod build;
mod cost;
mod custom;
mod device;
mod draw;
mod fusing;
mod graph;
mod graphs;
mod hostile;
#[path = "../hostile/mod.rs"]
mod hostile_files;
#[path = "../../../striate-layers/tests/strategies/mod.rs"]
#[allow(dead_code)] // Not every part of the layers' own strategies is for networks.
mod layers;
mod model_file;
#[path = "../networks/mod.rs"]
mod networks;
mod pytorch;
mod rewrite;
mod support;
mod wrong;

//! Networks as data: a functional API over `striate-layers`.
//!
//! A [`NetworkSpec`] is a graph of layer configs, pure data. [`NetworkSpec::init`] gives it weights: a [`Network`], which
//! is itself a burn `Module`. What else a network can do is a walk over the graph.
//!
//! ```
//! use burn::Tensor;
//! use striate_layers::{Activation, AvgPool2d, Conv2d, Dense, Flatten};
//! use striate_network::NetworkSpec;
//!
//! let mut net = NetworkSpec::builder("small");
//! let images = net.input("images", [1, 28, 28]);
//! let x = net.add("conv1", Conv2d::new(6, 5).same().activation(Activation::Tanh), images);
//! let x = net.add("pool1", AvgPool2d::new(2), x);
//! let x = net.add("flatten", Flatten::new(), x);
//! let x = net.add("fc", Dense::new(10), x);
//! let spec = net.output(x).build()?;
//! println!("{}", spec.summary());
//!
//! let device = striate_backend::device("flex")?;
//! let network = spec.init(42, &device);
//! let logits: Tensor<2> = network.forward(Tensor::<4>::zeros([8, 1, 28, 28], &device));
//! assert_eq!(logits.dims(), [8, 10]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod builder;
mod checkpointing;
mod convolutional;
mod cost;
mod cut;
mod difference;
mod draw;
mod error;
mod export;
mod fold;
pub mod formats;
mod freeze;
mod inference;
mod layer_state;
mod load;
mod model_file;
mod network;
mod path;
mod plan;
mod precision;
mod reference_names;
mod rewrite;
mod select;
mod spec;
mod state;
mod summary;
mod text;
mod written;

pub use builder::{Builder, Inputs, Nested, Node};
pub use cost::{LayerCost, NetworkCost};
pub use difference::WeightDifference;
pub use error::NetworkError;
pub use freeze::ParameterGroup;
pub use load::{LoadOptions, LoadReport};
pub use model_file::{ModelFile, Sections};
pub use network::Network;
pub use reference_names::ReferenceWeight;
pub use select::Nodes;
pub use spec::{NameStyle, NetworkSpec, NodeKind, NodeSpec};
pub use state::State;
pub use summary::{LayerSummary, Summary};

#[cfg(doctest)]
#[doc = include_str!("../../../docs/files.md")]
struct Files;

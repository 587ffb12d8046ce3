//! Keras- and PyTorch-faithful layers for burn.
//!
//! A layer is two types: a config such as [`Conv2d`], which is data (serde, builder methods, shape rule, cost rule), and
//! the burn module that it initialises, such as [`Conv2dLayer`], which has the weights and `forward`. The modules serve in
//! a hand-written `#[derive(Module)]` struct; [`LayerConfig`] and [`Layer`] hold any of them, for networks as data.
//!
//! ```
//! use burn::Tensor;
//! use striate_core::Streams;
//! use striate_layers::{Activation, Context, Conv2d};
//!
//! let device = striate_backend::device("flex")?;
//! let conv = Conv2d::new(6, 5).same().activation(Activation::Tanh);
//! let conv = conv.init(1, &Streams::new(42).scope("conv1"), &device);
//! let images = Tensor::<4>::zeros([8, 1, 28, 28], &device);
//! assert_eq!(conv.forward(images, &mut Context::evaluation()).dims(), [8, 6, 28, 28]);
//! # Ok::<(), striate_backend::DeviceError>(())
//! ```

mod activation;
mod constraint;
mod context;
mod conv;
mod cost;
mod custom;
mod data_format;
mod defaults;
mod dense;
mod erased;
mod error;
mod initializer;
mod layer;
pub mod losses;
mod pool;
mod preset;
mod reduce;
mod regularizer;
mod reshape;
mod shape;
mod size;
mod updates;
mod value;
mod weight;
mod window;

pub use activation::{Activation, ActivationLayer};
pub use constraint::Constraint;
pub use context::{Context, Mode};
pub use conv::{Conv, Conv1d, Conv1dLayer, Conv2d, Conv2dLayer, Conv3d, Conv3dLayer, ConvLayer};
pub use cost::Cost;
pub use custom::{Custom, CustomLayer, CustomModule, register, registered};
pub use data_format::DataFormat;
pub use dense::{Dense, DenseLayer};
pub use error::LayerError;
pub use initializer::{Fans, Initializer};
pub use layer::{Layer, LayerConfig, LayerModule, LayerSpec};
pub use pool::{AvgPool2d, MaxPool2d};
pub use preset::Preset;
pub use regularizer::Regularizer;
pub use reshape::Flatten;
pub use shape::{Kind, Shape, Signature};
pub use size::Size;
pub use updates::Updates;
pub use value::Value;
pub use weight::{NamedWeight, Weight, constrain, weight_penalty};
pub use window::Padding;

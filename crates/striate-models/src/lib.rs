//! Published convolutional networks, each a function from a config to a `NetworkSpec`.
//!
//! ```
//! use striate_models::Architecture;
//!
//! let lenet5: Architecture = "lenet5".parse()?;
//! let spec = lenet5.spec(10)?;
//! assert_eq!(spec.summary().parameters, 61_706);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod alexnet;
mod architecture;
mod blocks;
mod config;
mod densenet;
mod efficientnet;
mod entry;
mod fcn_resnet;
mod googlenet;
mod imagenet;
mod inception_v3;
mod legacy_xception;
mod lenet5;
mod mobilenet_v2;
mod mobilenet_v3;
mod resnet;
mod squeezenet;
mod vgg;

pub use architecture::{Architecture, UnknownArchitecture};
pub use config::{ModelConfig, ModelError, Pooling};
pub use imagenet::class_names as imagenet_classes;

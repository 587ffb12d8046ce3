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

mod architecture;
mod config;
mod entry;
mod imagenet;
mod lenet5;
mod vgg;

pub use architecture::{Architecture, UnknownArchitecture};
pub use config::{ModelConfig, ModelError, Pooling};
pub use imagenet::class_names as imagenet_classes;

//! Published convolutional networks, each a function from a config to a `NetworkSpec`, and what they are for: [`tasks`].
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
mod autoencoder;
mod blocks;
mod canny_edges;
mod cifar10_cnn;
mod cnn_115x51;
mod config;
mod densenet;
mod efficientnet;
mod efficientnet_lite;
mod entry;
mod fashion_mnist_cnn;
mod fcn;
mod fcn_resnet;
mod googlenet;
mod hed;
mod imagenet;
mod inception_v3;
mod keras_densenet;
mod keras_efficientnet;
mod keras_inception_v3;
mod keras_mobilenet_v2;
mod keras_mobilenet_v3;
mod keras_resnet;
mod keras_xception;
mod lecture_resnet34;
mod legacy_xception;
mod lenet5;
mod lenet5_1998;
mod mini_xception;
mod mnasnet;
mod mobilenet_v2;
mod mobilenet_v3;
mod resnet;
mod squeezenet;
pub mod tasks;
mod unet;
mod vgg;
mod weights;
mod yolo_v1;
mod yolo_v1_small;

pub use architecture::{Architecture, UnknownArchitecture};
pub use config::{ModelConfig, ModelError, Pooling};
pub use weights::{PUBLISHED, PublishedWeights, UnknownWeights};

#[cfg(doctest)]
#[doc = include_str!("../../../docs/tasks.md")]
struct Tasks;

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
mod lenet5;

pub use architecture::{Architecture, UnknownArchitecture};
pub use lenet5::LeNet5;

//! What several crates of striate speak of and none owns, without burn.
//!
//! - [`stream`]: named, counter-based random streams. Every draw in striate comes from one.
//! - [`features`]: how columns of numbers, categories and text become a network's input, and what that learns from data.
//! - [`preprocessing`]: how a picture becomes a network's input, as data that travels in a model file.
//! - [`labels`]: class names, and a classifier's answer in words.
//! - [`boxes`]: the ways to write down bounding boxes; [`overlap`]: how much two share; [`suppression`]: the best of those
//!   around one thing; [`Detection`]: a thing that was found.
//! - [`bilinear`]: maps of numbers at other sizes.
//! - [`mod@file`]: writing files so that a reader never meets half of one.
//! - [`mod@named`]: enums that are written as a name, or as a name with options.
//! - [`nearest`]: the known name that is closest to a mistyped one.
//! - [`text`]: numbers as people read them.

pub mod bilinear;
pub mod boxes;
mod detection;
pub mod features;
pub mod file;
pub mod labels;
pub mod named;
pub mod nearest;
pub mod overlap;
pub mod preprocessing;
pub mod stream;
pub mod suppression;
pub mod text;

pub use boxes::{BoxFormat, BoxUnit};
pub use detection::Detection;
pub use labels::{ClassNames, Prediction, decode_predictions};
pub use preprocessing::{Fit, Interpolation, PixelMode, PixelOrder, Preprocessing, PreprocessingError};
pub use stream::{Scope, Stream, Streams};

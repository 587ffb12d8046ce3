//! What networks are for: heads, targets to learn from, and decoders from what a network gives to an answer.
//!
//! - [`Localization`] and [`LargestThing`]: a picture's class and the box of the thing that it shows.
//! - [`YoloCells`] and [`YoloHead`]: boxes and classes in the cells of a grid, as YOLO v1.
//! - [`SlidingWindow`]: any classifier at every place of a picture of any size.
//! - [`segment`]: a class for each px, overlays, and single things by watershed.
//! - [`Kernel`]: fixed kernels, as data and as a network.
//! - [`Selection`]: which of many boxes are kept; [`draw_boxes`] shows them.
//!
//! Targets and answers are plain numbers, so that they serve with any loader. Boxes are (left, upper, right, lower) in px of
//! the network's input; `striate_data::Placement` leads from there to the picture and back.

mod backbone;
mod draw;
mod error;
mod kernels;
mod localization;
pub mod segment;
mod selection;
mod sliding;
mod yolo;

pub use self::draw::draw_boxes;
pub use self::error::TaskError;
pub use self::kernels::Kernel;
pub use self::localization::{BoxActivation, LargestThing, Localization};
pub use self::selection::{Selection, Suppression};
pub use self::sliding::{Objectness, SlidingConfig, SlidingWindow};
pub use self::yolo::{YoloCells, YoloHead, YoloTarget};

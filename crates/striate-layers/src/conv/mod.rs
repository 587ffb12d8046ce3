//! Convolutions.

mod conv2d;
mod padding;

pub use conv2d::{Conv2d, Conv2dLayer};
pub use padding::Padding;
pub(crate) use padding::{Window, output_sides, side_paddings, windows};

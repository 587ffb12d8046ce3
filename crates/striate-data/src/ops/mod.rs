//! Operations on pictures, and on boxes, masks and key points where they move pixels.
//!
//! Plain functions, without chance: [`transforms`](crate::transforms) draw what they are given. They take pictures of
//! whole numbers in `[0, 255]` and of numbers in `[0, 1]`, and give what
//! [torchvision's](https://docs.pytorch.org/vision/stable/transforms.html#functionals) functions of version 2 give for
//! tensors of these types, or OpenCV's, as each says. A mask is a picture of one channel, moved with
//! [`Interpolation::Nearest`](striate_core::Interpolation). [`Geometry`] is any of the operations that move pixels, and
//! moves whatever belongs to a picture.

mod canny;
mod color;
mod crop;
mod elastic;
mod erase;
mod filter;
mod geometry;
mod matrix;
mod resize;
mod tone;
mod warp;

pub use canny::{Canny, canny};
pub use color::{adjust_brightness, adjust_contrast, adjust_gamma, adjust_hue, adjust_saturation, grayscale};
pub(crate) use crop::centered;
pub use crop::{Border, center_crop, crop, horizontal_flip, pad, resized_crop, vertical_flip};
pub use elastic::{Displacement, elastic};
pub(crate) use erase::erase_with;
pub use erase::{Rect, add_noise, erase};
pub use filter::{Axis, adjust_sharpness, filter2d, gaussian_blur, sobel};
pub use geometry::{Geometry, Warping};
pub use matrix::{Affine, Perspective};
pub use resize::resize;
pub(crate) use resize::{Filter, Region};
pub use tone::{autocontrast, equalize, invert, normalize, posterize, rescale, solarize};
pub use warp::{affine, perspective, rotate};

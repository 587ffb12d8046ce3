//! Pooling of pictures: the largest of each window, its mean, and the mean of whole planes.
//!
//! A [`Geometry`] gives sizes, windows and padding; its channels are `in_channels`, and the other counts are unused.

mod average;
mod max;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;

pub(crate) use average::{average, average_grad};
pub(crate) use max::{max, max_grad};

use super::conv::Geometry;

/// Planes of all pictures, and px of a plane before and after.
fn planes(g: &Geometry) -> (usize, usize, usize) {
    let [out_h, out_w] = g.out_side();
    (g.batch * g.in_channels, g.side[0] * g.side[1], out_h * out_w)
}

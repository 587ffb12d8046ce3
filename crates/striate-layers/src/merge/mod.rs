//! Layers that make one output of several inputs.

mod concatenate;
mod dot;
mod elementwise;

pub use self::concatenate::Concatenate;
pub use self::dot::{Dot, DotAxes};
pub use self::elementwise::{Add, Average, Maximum, Minimum, Multiply, Subtract};

use crate::{Kind, Signature};

/// Whether all inputs are of real numbers.
fn all_float(inputs: &[Signature]) -> bool {
    inputs.iter().all(|input| input.kind == Kind::Float)
}

/// The axis of a batch that a number names, counted from the end if it is negative; none for the batch axis and beyond
/// the last. `rank` is a sample's.
fn batch_axis(axis: isize, rank: usize) -> Option<usize> {
    let axis = match axis {
        0.. => axis.unsigned_abs(),
        _ => (rank + 1).checked_sub(axis.unsigned_abs())?,
    };
    (1..=rank).contains(&axis).then_some(axis)
}

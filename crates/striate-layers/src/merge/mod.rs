//! Layers that make one output of several inputs.

mod add;
mod concatenate;
mod dot;
mod elementwise;

pub use self::add::Add;
pub use self::concatenate::Concatenate;
pub use self::dot::{Dot, DotAxes};
pub use self::elementwise::{Average, Maximum, Minimum, Multiply, Subtract};

use crate::{Kind, Signature};

/// Whether all inputs are of real numbers.
fn all_float(inputs: &[Signature]) -> bool {
    inputs.iter().all(|input| input.kind == Kind::Float)
}

//! Loops over `f32` on the CPU; each with a plain reference loop that is its oracle.

pub(crate) mod conv;
pub(crate) mod scratch;
pub(crate) mod simd;
pub(crate) mod tanh;
pub(crate) mod tile;

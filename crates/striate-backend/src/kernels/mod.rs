//! Loops over `f32` on the CPU; each with a plain reference loop that is its oracle.

// Registers by number, in loops that have to unroll.
#![allow(clippy::needless_range_loop)]

pub(crate) mod calls;
pub(crate) mod conv;
pub(crate) mod cross_entropy;
pub(crate) mod dense;
pub(crate) mod lanes;
pub(crate) mod norm;
pub(crate) mod output;
pub(crate) mod parallel;
pub(crate) mod pointwise;
pub(crate) mod pool;
pub(crate) mod scratch;
pub(crate) mod simd;
pub(crate) mod tanh;
#[cfg(test)]
mod testing;
pub(crate) mod tile;
pub(crate) mod update;
pub(crate) mod window;

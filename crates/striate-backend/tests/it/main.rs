//! Public behaviour of `striate-backend`.

// burn calls its ndarray backend deprecated; it is kept for parity.
#![cfg_attr(feature = "ndarray", allow(deprecated))]

mod conv2d;
mod device;
mod fused;
mod tanh;
#[cfg(feature = "flex")]
mod threads;

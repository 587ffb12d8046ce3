//! Devices by name, and vision operations on any burn backend.
//!
//! - [`device`]: a burn [`Device`] from a name such as `flex` or `cuda:1`, with an error that lists what is there.
//! - [`VisionBackend`]: our operations over any burn backend; default bodies are burn's own operations. [`VisionGradients`] are
//!   those of its backward passes, [`UpdateRules`] those of optimizers.
//! - [`ops`]: the same operations on tensors, differentiable on a device with autodiff.
//!
//! # Backends
//!
//! Each cargo feature compiles one in: `flex` (default; CPU, pure Rust), `ndarray` (CPU, for parity), `wgpu`,
//! `vulkan`, `metal`, `cuda`, `rocm` and `cpu`. This crate alone names burn's features; the crates above pass theirs
//! down to it.

// burn calls its ndarray backend deprecated; it is kept for parity.
#![cfg_attr(feature = "ndarray", allow(deprecated))]

mod backend;
mod collective;
mod device;
#[cfg(feature = "flex")]
mod flex;
#[cfg(feature = "flex")]
mod kernels;
mod lent;
pub mod ops;

pub use backend::{
    AdagradStep, AdamStep, Formulas, Pointwise, PoolOptions, RmsPropStep, SgdStep, UpdateRules, VisionBackend,
    VisionGradients,
};
pub use burn::tensor::Device;
pub use collective::Collective;
pub use device::{Backend, DeviceError, DeviceName, device, devices};
pub use lent::LentValues;

/// Asks the system for large pages for long memory that is about to be written first, where it has them and `flex` is
/// compiled in: each page costs a fault, and a large one is 512 small ones. The values stay.
pub fn in_large_pages<T>(memory: &mut [T]) {
    #[cfg(feature = "flex")]
    kernels::output::in_large_pages(memory);
    #[cfg(not(feature = "flex"))]
    let _ = memory;
}

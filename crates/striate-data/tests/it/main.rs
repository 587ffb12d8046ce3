//! The public behaviour of striate-data.

mod augment;
#[cfg(feature = "digits")]
mod digits;
mod folder;
mod golden;
mod golden_preprocess;
mod idx;
mod in_memory;
mod loader;
mod mix;
mod picture;
mod preprocess;
mod sheet;
mod split;
mod support;
mod transforms;

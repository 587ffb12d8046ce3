//! The public behaviour of striate-data.

#[cfg(feature = "digits")]
mod digits;
mod augment;
mod folder;
mod golden;
mod idx;
mod in_memory;
mod loader;
mod mix;
mod picture;
mod preprocess;
mod split;
mod support;
mod transforms;

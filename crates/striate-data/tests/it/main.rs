//! The public behaviour of striate-data.

mod augment;
#[cfg(feature = "digits")]
mod digits;
mod feature_spec;
mod features;
mod folder;
mod golden;
mod golden_preprocess;
mod idx;
mod in_memory;
mod loader;
mod loader_errors;
mod mix;
mod picture;
mod preprocess;
mod report;
mod sampler;
mod sheet;
mod split;
mod support;
mod transforms;

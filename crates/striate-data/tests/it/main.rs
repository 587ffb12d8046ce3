//! The public behaviour of striate-data.

mod augment;
mod broken;
mod cifar;
mod coco;
mod combine;
mod csv_files;
mod decode;
#[cfg(feature = "digits")]
mod digits;
mod feature_spec;
mod features;
mod files;
mod folder;
mod golden;
mod golden_preprocess;
mod idx;
mod in_memory;
mod instances;
mod loader;
mod loader_errors;
mod mix;
mod pairs;
mod picture;
mod preprocess;
mod report;
mod sampler;
mod scenes;
mod sheet;
mod source;
mod split;
mod support;
mod table;
mod targets;
mod transforms;
mod voc;

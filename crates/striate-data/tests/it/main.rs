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
mod files;
mod folder;
mod golden;
mod idx;
mod in_memory;
mod instances;
mod loader;
mod mix;
mod pairs;
mod picture;
mod preprocess;
mod sheet;
mod source;
mod split;
mod support;
mod table;
mod transforms;
mod voc;

/// Counts memory, so that a test sees what reading something broken takes.
#[global_allocator]
static MEMORY: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;

//! What a classifier is measured by, streaming over batches.

mod accuracy;

pub use accuracy::Accuracy;

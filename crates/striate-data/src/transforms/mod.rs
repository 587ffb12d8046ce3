//! Changes to samples while they are loaded.

mod random_shift;

use striate_core::Stream;

pub use random_shift::RandomShift;

use crate::Sample;

/// A change to a sample, random or not.
///
/// Whatever is random comes from `stream`, which the [`Loader`](crate::Loader) names after seed, epoch and sample. So
/// a sample is changed in the same way on any thread and in a resumed run, and differently in each epoch.
pub trait Transform: Send + Sync {
    /// Changes a sample.
    fn apply(&self, sample: Sample, stream: &mut Stream) -> Sample;
}

//! What becomes of samples that can't be loaded.

use crate::DataError;

/// What becomes of samples that can't be loaded: files that are damaged or gone, transforms that fail or panic.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ErrorPolicy {
    /// The first one ends the epoch with its error.
    #[default]
    Fail,
    /// They are left out: their batch has fewer samples, and one without any is passed over. Which samples make a batch
    /// stays as it is, so that batches are equal with any number of workers.
    Skip {
        /// The most that an epoch may leave out from where it was started; one more ends it with an error.
        most: usize,
    },
}

/// A sample that was left out.
#[derive(Debug)]
pub struct Skipped {
    /// Its index in the data set.
    pub index: usize,
    /// Why.
    pub error: DataError,
}

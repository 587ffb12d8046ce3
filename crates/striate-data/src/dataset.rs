//! What a data set is.

use striate_core::ClassNames;

use crate::{DataError, Sample};

/// Samples that can be had in any order, from any thread.
pub trait Dataset: Send + Sync {
    /// The number of samples.
    fn len(&self) -> usize;

    /// Whether there is no sample.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads a sample.
    ///
    /// # Errors
    /// [`DataError::IndexOutOfRange`] if `index` is not below [`len`](Self::len), and whatever keeps the sample from
    /// being read. [`DataError::Sample`] carries an error of the data set's own.
    fn get(&self, index: usize) -> Result<Sample, DataError>;

    /// The label of a sample, without decoding it; none if it is unlabelled or there is no such sample.
    fn label(&self, index: usize) -> Option<usize>;

    /// The names of the classes; a label is an index of them.
    fn class_names(&self) -> &ClassNames;

    /// A SHA-256 in hexadecimal digits that changes when the data changes. Each data set says what it covers.
    fn fingerprint(&self) -> String;
}

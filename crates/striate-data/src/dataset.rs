//! What a data set is.

use std::path::Path;

use striate_core::ClassNames;

use crate::{DataError, Sample};

/// Samples that can be had in any order, from any thread.
///
/// A data set of one's own needs a length, samples, their labels and names for the classes. Nothing else has to be thought
/// of: shuffling, workers and resuming are the [`Loader`](crate::Loader)'s. Where functions are enough, there is
/// [`Generated`](crate::Generated).
///
/// ```
/// use striate_core::ClassNames;
/// use striate_data::{DataError, Dataset, Picture, Sample};
///
/// /// Pictures of one gray, which are dark or bright.
/// struct Grays(ClassNames);
///
/// impl Dataset for Grays {
///     fn len(&self) -> usize {
///         256
///     }
///
///     fn get(&self, index: usize) -> Result<Sample, DataError> {
///         let label = self.label(index).ok_or(DataError::IndexOutOfRange { index, len: self.len() })?;
///         Ok(Sample::new(Picture::new(8, 8, 1, vec![index as u8; 64])?).with_label(label))
///     }
///
///     fn label(&self, index: usize) -> Option<usize> {
///         (index < self.len()).then_some(usize::from(index > 127))
///     }
///
///     fn class_names(&self) -> &ClassNames {
///         &self.0
///     }
///
///     fn fingerprint(&self) -> String {
///         "grays 1".into()
///     }
/// }
///
/// let grays = Grays(ClassNames::new(["dark", "bright"]));
/// assert_eq!(grays.get(200)?.label, Some(1));
/// # Ok::<(), DataError>(())
/// ```
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

    /// The file of a sample, if it has one of its own, for errors and reports.
    fn path(&self, _index: usize) -> Option<&Path> {
        None
    }

    /// The names of the classes; a label is an index of them.
    fn class_names(&self) -> &ClassNames;

    /// A SHA-256 in hexadecimal digits that changes when the data changes. Each data set says what it covers.
    fn fingerprint(&self) -> String;
}

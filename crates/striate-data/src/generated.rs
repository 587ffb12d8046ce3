//! Data sets made of functions.

use std::fmt;

use striate_core::ClassNames;

use crate::fingerprint::Fingerprint;
use crate::{DataError, Dataset, Sample};

/// A data set whose samples a function makes or reads, one at a time.
///
/// The [fingerprint](Dataset::fingerprint) covers the name, labels and class names: give it a name that changes with the
/// function.
///
/// ```
/// use striate_core::ClassNames;
/// use striate_data::{DataError, Dataset, Generated, Picture, Sample};
///
/// let labels = (0..100).map(|index| index % 2).collect::<Vec<_>>();
/// let stripes = Generated::labelled("stripes 1", labels, ClassNames::new(["across", "along"]), |index| {
///     let pixel = |at: usize| if [at / 8, at % 8][index % 2] % 2 == 0 { 255 } else { 0 };
///     Ok(Sample::new(Picture::new(8, 8, 1, (0..64).map(pixel).collect())?))
/// });
/// assert_eq!(stripes.get(3)?.label, Some(1));
/// # Ok::<(), DataError>(())
/// ```
pub struct Generated<F> {
    name: String,
    len: usize,
    /// Empty if samples are unlabelled.
    labels: Vec<usize>,
    class_names: ClassNames,
    make: F,
}

impl<F: Fn(usize) -> Result<Sample, DataError> + Send + Sync> Generated<F> {
    /// As many samples as labels, which samples get unless they have one.
    pub fn labelled(name: impl Into<String>, labels: Vec<usize>, class_names: ClassNames, make: F) -> Self {
        Self { name: name.into(), len: labels.len(), labels, class_names, make }
    }

    /// So many samples without labels, as those of a test are.
    pub fn unlabelled(name: impl Into<String>, len: usize, make: F) -> Self {
        Self { name: name.into(), len, labels: Vec::new(), class_names: ClassNames::numbered(0), make }
    }
}

impl<F: Fn(usize) -> Result<Sample, DataError> + Send + Sync> Dataset for Generated<F> {
    fn len(&self) -> usize {
        self.len
    }

    fn get(&self, index: usize) -> Result<Sample, DataError> {
        if index >= self.len {
            return Err(DataError::IndexOutOfRange { index, len: self.len });
        }
        let mut sample = (self.make)(index)?;
        sample.label = sample.label.or(self.label(index));
        Ok(sample)
    }

    fn label(&self, index: usize) -> Option<usize> {
        self.labels.get(index).copied()
    }

    fn class_names(&self) -> &ClassNames {
        &self.class_names
    }

    fn fingerprint(&self) -> String {
        let start =
            Fingerprint::of("generated").bytes(self.name.as_bytes()).classes(&self.class_names).number(self.len);
        self.labels.iter().fold(start, |hash, &label| hash.number(label)).finish()
    }
}

impl<F> fmt::Debug for Generated<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generated").field("name", &self.name).field("len", &self.len).finish_non_exhaustive()
    }
}

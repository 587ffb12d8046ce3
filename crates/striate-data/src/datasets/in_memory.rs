//! Samples that are at hand.

use striate_core::ClassNames;

use crate::fingerprint::Fingerprint;
use crate::{DataError, Dataset, Sample};

/// A data set of samples in memory.
///
/// The [fingerprint](Dataset::fingerprint) covers all pixels, labels, boxes, masks, key points and class names.
#[derive(Debug, Clone)]
pub struct InMemory {
    samples: Vec<Sample>,
    class_names: ClassNames,
}

impl InMemory {
    /// Takes the samples in their order. Unlabelled ones need no class name.
    ///
    /// # Errors
    /// [`DataError::LabelOutOfRange`] if a label has no class name.
    pub fn new(samples: Vec<Sample>, class_names: ClassNames) -> Result<Self, DataError> {
        let num_classes = class_names.len();
        for (index, sample) in samples.iter().enumerate() {
            if let Some(label) = sample.label.filter(|&label| label >= num_classes) {
                return Err(DataError::LabelOutOfRange { index, label, num_classes });
            }
        }
        Ok(Self { samples, class_names })
    }
}

impl Dataset for InMemory {
    fn len(&self) -> usize {
        self.samples.len()
    }

    fn get(&self, index: usize) -> Result<Sample, DataError> {
        self.samples.get(index).cloned().ok_or(DataError::IndexOutOfRange { index, len: self.len() })
    }

    fn label(&self, index: usize) -> Option<usize> {
        self.samples.get(index)?.label
    }

    fn class_names(&self) -> &ClassNames {
        &self.class_names
    }

    fn fingerprint(&self) -> String {
        let start = Fingerprint::of("in memory").classes(&self.class_names).number(self.samples.len());
        self.samples.iter().fold(start, Fingerprint::sample).finish()
    }
}

//! Classes numbered as masks have them.

use std::fmt;
use std::sync::Arc;

use striate_core::ClassNames;

use crate::fingerprint::Fingerprint;
use crate::{DataError, Dataset, Sample};

/// Another data set whose classes begin with the background: class n of its labels and boxes is n + 1 here, as its masks
/// have it already.
///
/// For [`Voc`](crate::Voc) and [`Coco`](crate::Coco) with masks, so that class names are those of the masks' values. The
/// [fingerprint](Dataset::fingerprint) covers the other data set's.
#[derive(Clone)]
pub struct WithBackground {
    parent: Arc<dyn Dataset>,
    class_names: ClassNames,
}

/// The name of class 0.
const BACKGROUND: &str = "background";

impl WithBackground {
    /// Puts the background before a data set's classes.
    pub fn new(parent: Arc<dyn Dataset>) -> Self {
        let class_names = ClassNames::new([BACKGROUND].into_iter().chain(parent.class_names().iter()));
        Self { parent, class_names }
    }

    /// Class names without the background, if it is the first of them.
    pub fn things(names: &ClassNames) -> Option<ClassNames> {
        (names.get(0) == Some(BACKGROUND)).then(|| ClassNames::new(names.iter().skip(1)))
    }
}

impl fmt::Debug for WithBackground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithBackground").field("class_names", &self.class_names).finish_non_exhaustive()
    }
}

impl Dataset for WithBackground {
    forward!(parent => len, path);

    fn get(&self, index: usize) -> Result<Sample, DataError> {
        let mut sample = self.parent.get(index)?;
        let boxes = sample.boxes.iter_mut().flat_map(|boxes| &mut boxes.items).filter_map(|item| item.label.as_mut());
        boxes.chain(sample.labels.iter_mut().flatten()).chain(&mut sample.label).for_each(|class| *class += 1);
        Ok(sample)
    }

    fn label(&self, index: usize) -> Option<usize> {
        Some(self.parent.label(index)? + 1)
    }

    fn class_names(&self) -> &ClassNames {
        &self.class_names
    }

    fn fingerprint(&self) -> String {
        Fingerprint::of("background").bytes(self.parent.fingerprint().as_bytes()).finish()
    }
}

//! Data sets whose samples are changed as they are read.

use std::fmt;
use std::sync::Arc;

use striate_core::ClassNames;

use crate::fingerprint::Fingerprint;
use crate::{DataError, Dataset, Sample};

/// A data set whose samples go through a function. Unlike a [transform](crate::Transform) it has no chance in it, and
/// can change what samples are.
///
/// ```
/// use std::sync::Arc;
///
/// use striate_core::ClassNames;
/// use striate_data::{Dataset, InMemory, Map, Picture, Sample};
///
/// # fn main() -> Result<(), striate_data::DataError> {
/// let digits = (0..4).map(|digit| Ok(Sample::new(Picture::new(1, 1, 1, vec![digit])?).with_label(digit.into())));
/// let digits = InMemory::new(digits.collect::<Result<_, striate_data::DataError>>()?, ClassNames::numbered(4))?;
/// // Odd or even, of pictures with a label.
/// let parity = Map::new(Arc::new(digits), "parity", Ok)
///     .relabelled(ClassNames::new(["even", "odd"]), |label| label.map(|digit| digit % 2));
/// assert_eq!((parity.label(3), parity.get(3)?.label), (Some(1), Some(1)));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Map {
    parent: Arc<dyn Dataset>,
    name: String,
    change: Arc<Change>,
    labels: Option<(ClassNames, Arc<Relabel>)>,
}

type Change = dyn Fn(Sample) -> Result<Sample, Box<dyn std::error::Error + Send + Sync>> + Send + Sync;
type Relabel = dyn Fn(Option<usize>) -> Option<usize> + Send + Sync;

impl Map {
    /// Passes samples through `change`, which may not change their label. The name stands for the function in the
    /// [fingerprint](Dataset::fingerprint), which besides covers the other data set's and new class names.
    pub fn new(
        parent: Arc<dyn Dataset>,
        name: impl Into<String>,
        change: impl Fn(Sample) -> Result<Sample, Box<dyn std::error::Error + Send + Sync>> + Send + Sync + 'static,
    ) -> Self {
        Self { parent, name: name.into(), change: Arc::new(change), labels: None }
    }

    /// Gives samples other classes, by the labels that they had.
    pub fn relabelled(
        self,
        class_names: ClassNames,
        relabel: impl Fn(Option<usize>) -> Option<usize> + Send + Sync + 'static,
    ) -> Self {
        Self { labels: Some((class_names, Arc::new(relabel))), ..self }
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Map").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Dataset for Map {
    forward!(parent => len, path);

    /// # Errors
    /// [`DataError::Sample`] with what the function says, [`DataError::ChangedLabel`] if it changed the label, and those
    /// of the other data set.
    fn get(&self, index: usize) -> Result<Sample, DataError> {
        let sample = self.parent.get(index)?;
        let before = sample.label;
        let sample = (self.change)(sample).map_err(|source| DataError::Sample { index, source })?;
        if sample.label != before {
            return Err(DataError::ChangedLabel { index, before, after: sample.label });
        }
        Ok(Sample { label: self.label(index), ..sample })
    }

    fn label(&self, index: usize) -> Option<usize> {
        let label = self.parent.label(index);
        match &self.labels {
            Some((_, relabel)) if index < self.len() => relabel(label),
            _ => label,
        }
    }

    fn class_names(&self) -> &ClassNames {
        self.labels.as_ref().map_or_else(|| self.parent.class_names(), |(names, _)| names)
    }

    fn fingerprint(&self) -> String {
        let hash = Fingerprint::of("map").bytes(self.name.as_bytes()).bytes(self.parent.fingerprint().as_bytes());
        hash.classes(self.class_names()).finish()
    }
}

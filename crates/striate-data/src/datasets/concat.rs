//! Data sets one after the other.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use striate_core::ClassNames;

use crate::fingerprint::Fingerprint;
use crate::{DataError, Dataset, Sample};

/// The samples of several data sets, one after the other.
///
/// The [fingerprint](Dataset::fingerprint) covers theirs, in order, and the class names.
#[derive(Clone)]
pub struct Concat {
    parts: Vec<Arc<dyn Dataset>>,
    /// Where each part ends.
    ends: Vec<usize>,
    class_names: ClassNames,
    /// For each part the number that its classes have here; none if it is the same.
    numbers: Vec<Option<Vec<usize>>>,
}

impl Concat {
    /// Joins data sets of the same classes.
    ///
    /// # Errors
    /// [`DataError::EmptyDataset`] if there is none, and [`DataError::OtherClasses`] for the first whose class names are
    /// not those of the first data set.
    pub fn new(parts: Vec<Arc<dyn Dataset>>) -> Result<Self, DataError> {
        let class_names = parts.first().ok_or(DataError::EmptyDataset)?.class_names().clone();
        if let Some(part) = parts.iter().position(|part| *part.class_names() != class_names) {
            let found = parts[part].class_names();
            let missing = found.iter().find(|name| !class_names.iter().any(|known| known == *name));
            let missing = missing.map(str::to_owned);
            return Err(DataError::OtherClasses { part, found: found.len(), expected: class_names.len(), missing });
        }
        Ok(Self::join(vec![None; parts.len()], parts, class_names))
    }

    /// Joins data sets of any classes, which are the same if their names are. Those of the first come first, then what
    /// the others add.
    ///
    /// Labels and the labels of boxes change with the classes. A mask's numbers do not: reading a sample that has one,
    /// from a data set whose classes get other numbers, is an error.
    ///
    /// # Errors
    /// [`DataError::EmptyDataset`] if there is none.
    pub fn merged(parts: Vec<Arc<dyn Dataset>>) -> Result<Self, DataError> {
        if parts.is_empty() {
            return Err(DataError::EmptyDataset);
        }
        let mut names = Vec::<String>::new();
        let mut known = HashMap::new();
        let mut numbers = Vec::with_capacity(parts.len());
        for part in &parts {
            let of_part = part.class_names().iter().map(|name| {
                *known.entry(name.to_owned()).or_insert_with(|| {
                    names.push(name.to_owned());
                    names.len() - 1
                })
            });
            let of_part = of_part.collect::<Vec<usize>>();
            let same = of_part.iter().copied().eq(0..of_part.len());
            numbers.push((!same).then_some(of_part));
        }
        Ok(Self::join(numbers, parts, ClassNames::new(names)))
    }

    fn join(numbers: Vec<Option<Vec<usize>>>, parts: Vec<Arc<dyn Dataset>>, class_names: ClassNames) -> Self {
        let ends = parts.iter().scan(0, |end, part| {
            *end += part.len();
            Some(*end)
        });
        Self { ends: ends.collect(), parts, class_names, numbers }
    }

    /// The data set that a sample comes from, and its index there.
    pub fn place(&self, index: usize) -> Option<(usize, usize)> {
        let part = self.ends.partition_point(|&end| end <= index);
        let start = part.checked_sub(1).map_or(0, |before| self.ends[before]);
        (part < self.parts.len()).then_some((part, index - start))
    }
}

impl fmt::Debug for Concat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ends, class_names, .. } = self;
        f.debug_struct("Concat").field("ends", ends).field("class_names", class_names).finish_non_exhaustive()
    }
}

impl Dataset for Concat {
    fn len(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    fn get(&self, index: usize) -> Result<Sample, DataError> {
        let (part, within) = self.place(index).ok_or(DataError::IndexOutOfRange { index, len: self.len() })?;
        let mut sample = self.parts[part].get(within)?;
        let Some(numbers) = &self.numbers[part] else { return Ok(sample) };
        if sample.mask.is_some() {
            return Err(DataError::MergedMask { index });
        }
        let boxes = sample.boxes.iter_mut().flat_map(|boxes| &mut boxes.items).flat_map(|item| &mut item.label);
        for label in sample.label.iter_mut().chain(sample.labels.iter_mut().flatten()).chain(boxes) {
            let num_classes = numbers.len();
            *label = *numbers.get(*label).ok_or(DataError::LabelOutOfRange { index, label: *label, num_classes })?;
        }
        Ok(sample)
    }

    fn label(&self, index: usize) -> Option<usize> {
        let (part, within) = self.place(index)?;
        let label = self.parts[part].label(within)?;
        match &self.numbers[part] {
            Some(numbers) => numbers.get(label).copied(),
            None => Some(label),
        }
    }

    fn path(&self, index: usize) -> Option<&Path> {
        let (part, within) = self.place(index)?;
        self.parts[part].path(within)
    }

    fn class_names(&self) -> &ClassNames {
        &self.class_names
    }

    fn fingerprint(&self) -> String {
        let start = Fingerprint::of("concat").classes(&self.class_names).number(self.parts.len());
        self.parts.iter().fold(start, |hash, part| hash.bytes(part.fingerprint().as_bytes())).finish()
    }
}

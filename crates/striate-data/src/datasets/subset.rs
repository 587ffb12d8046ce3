//! Parts of data sets.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use striate_core::Streams;

use crate::fingerprint::Fingerprint;
use crate::{DataError, Dataset, Sample};

/// Some samples of another data set, in an order of their own.
///
/// The [fingerprint](Dataset::fingerprint) covers the other data set's and the indices.
#[derive(Clone)]
pub struct Subset {
    parent: Arc<dyn Dataset>,
    indices: Vec<usize>,
}

impl Subset {
    /// Takes the samples with these indices, in this order. An index may come more than once.
    ///
    /// # Errors
    /// [`DataError::IndexOutOfRange`] names the first index that the data set doesn't have.
    pub fn new(parent: Arc<dyn Dataset>, indices: Vec<usize>) -> Result<Self, DataError> {
        let len = parent.len();
        match indices.iter().find(|index| **index >= len) {
            Some(&index) => Err(DataError::IndexOutOfRange { index, len }),
            None => Ok(Self { parent, indices }),
        }
    }

    /// The samples' indices in the other data set.
    pub fn indices(&self) -> &[usize] {
        &self.indices
    }
}

impl fmt::Debug for Subset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subset").field("indices", &self.indices).finish_non_exhaustive()
    }
}

impl Dataset for Subset {
    forward!(parent => class_names);

    fn len(&self) -> usize {
        self.indices.len()
    }

    fn get(&self, index: usize) -> Result<Sample, DataError> {
        let of_parent = self.indices.get(index).ok_or(DataError::IndexOutOfRange { index, len: self.len() })?;
        self.parent.get(*of_parent)
    }

    fn label(&self, index: usize) -> Option<usize> {
        self.parent.label(*self.indices.get(index)?)
    }

    fn path(&self, index: usize) -> Option<&Path> {
        self.parent.path(*self.indices.get(index)?)
    }

    fn fingerprint(&self) -> String {
        let start = Fingerprint::of("subset").bytes(self.parent.fingerprint().as_bytes()).number(self.indices.len());
        self.indices.iter().fold(start, |hash, &index| hash.number(index)).finish()
    }
}

/// Divides a data set in two, at random and by class.
///
/// `fraction` of the samples go to the second part. Each class is divided in this proportion, rounded to the nearest
/// sample, and one with two samples or more has at least one in each part; a class with one sample is in the first
/// part. Unlabelled samples are divided as if they were a class. Both parts keep the samples' order. The same streams
/// give the same parts.
///
/// # Errors
/// [`DataError::Fraction`] if `fraction` is not above 0 and below 1; [`DataError::SplitTooSmall`] if a part would be
/// empty.
pub fn split(dataset: Arc<dyn Dataset>, fraction: f64, streams: Streams) -> Result<(Subset, Subset), DataError> {
    split_with(dataset, fraction, Division::ByClass, streams)
}

/// How samples are divided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Division {
    /// Each class in the same proportion.
    #[default]
    ByClass,
    /// Without regard to classes.
    AtRandom,
    /// The first ones to the first part and the last ones to the second, as samples that follow from each other, such as
    /// frames of a film, need it. There is no chance in it.
    InOrder,
}

/// Divides a data set in two as [`split`] does, but in a way that can be chosen. If it is not by class, the second part
/// has the nearest number of samples to its fraction that leaves neither empty.
///
/// # Errors
/// Those of [`split`].
pub fn split_with(
    dataset: Arc<dyn Dataset>,
    fraction: f64,
    division: Division,
    streams: Streams,
) -> Result<(Subset, Subset), DataError> {
    if !(fraction > 0.0 && fraction < 1.0) {
        return Err(DataError::Fraction { fraction });
    }
    let mut classes = BTreeMap::<_, Vec<_>>::new();
    for index in 0..dataset.len() {
        let class = if division == Division::ByClass { dataset.label(index) } else { None };
        classes.entry(class).or_default().push(index);
    }
    let mut stream = streams.open("split");
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for mut members in classes.into_values() {
        if division == Division::InOrder {
            members.reverse();
        } else {
            stream.shuffle(&mut members);
        }
        let wanted = (members.len() as f64 * fraction).round() as usize;
        // The largest part for the second is all but one, and none of a single sample.
        let most = members.len() - 1;
        let taken = wanted.clamp(most.min(1), most);
        second.extend(members.drain(..taken));
        first.extend(members);
    }
    if second.is_empty() {
        return Err(DataError::SplitTooSmall { samples: dataset.len() });
    }
    first.sort_unstable();
    second.sort_unstable();
    Ok((Subset { parent: Arc::clone(&dataset), indices: first }, Subset { parent: dataset, indices: second }))
}

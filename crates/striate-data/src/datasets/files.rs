//! Picture files whose paths say their classes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use striate_core::ClassNames;

use super::listing::pictures_below;
use super::{FormatError, LabelRule};
use crate::fingerprint::Fingerprint;
use crate::{DataError, Dataset, Decoding, Image, Sample};

/// Picture files in a folder and all folders below it, each with the class that a [rule](LabelRule) finds in its path.
///
/// Which files are pictures, their order, and what becomes of links are as for [`Folder`](super::Folder), folder by
/// folder. Classes are in the byte order of their names.
///
/// The [fingerprint](Dataset::fingerprint) covers the class names, and each file's path within the folder, length in
/// bytes and class. It does not read the files, so it misses a change that keeps a file's name and length.
#[derive(Debug, Clone)]
pub struct Files {
    paths: Vec<PathBuf>,
    /// As many as paths, or none.
    labels: Vec<usize>,
    class_names: ClassNames,
    decoding: Decoding,
    fingerprint: String,
}

impl Files {
    /// Lists a folder. The classes are those that the rule finds.
    ///
    /// # Errors
    /// [`DataError::Read`] if a folder can't be read or has a link to nowhere, [`DataError::NoPicture`] if there is none,
    /// and [`DataError::Format`] for a file of which the rule says nothing.
    pub fn open(folder: &Path, rule: &LabelRule, decoding: impl Into<Decoding>) -> Result<Self, DataError> {
        let listed = list(folder)?;
        let labels = labels(folder, &listed, rule)?;
        let names = ClassNames::new(labels.iter().collect::<BTreeSet<_>>());
        Self::labelled(folder, listed, labels, names, decoding.into())
    }

    /// Lists a folder whose classes are known already.
    ///
    /// # Errors
    /// Those of [`open`](Self::open); [`DataError::Format`] also for a file of another class.
    pub fn open_with_classes(
        folder: &Path,
        rule: &LabelRule,
        class_names: &ClassNames,
        decoding: impl Into<Decoding>,
    ) -> Result<Self, DataError> {
        let listed = list(folder)?;
        let labels = labels(folder, &listed, rule)?;
        Self::labelled(folder, listed, labels, class_names.clone(), decoding.into())
    }

    /// Lists a folder of pictures without labels, as there are to test on.
    ///
    /// # Errors
    /// [`DataError::Read`] and [`DataError::NoPicture`], as of [`open`](Self::open).
    pub fn unlabelled(
        folder: &Path,
        class_names: &ClassNames,
        decoding: impl Into<Decoding>,
    ) -> Result<Self, DataError> {
        let listed = list(folder)?;
        Ok(Self::finish(folder, listed, Vec::new(), class_names.clone(), decoding.into()))
    }

    fn labelled(
        folder: &Path,
        listed: Vec<(PathBuf, u64)>,
        labels: Vec<String>,
        class_names: ClassNames,
        decoding: Decoding,
    ) -> Result<Self, DataError> {
        let numbers = super::ClassNumbers::new(&class_names);
        let number =
            |(label, (path, _)): (&String, &(PathBuf, u64))| numbers.number(label).map_err(|error| error.at(path));
        let labels = labels.iter().zip(&listed).map(number).collect::<Result<_, _>>()?;
        Ok(Self::finish(folder, listed, labels, class_names, decoding))
    }

    fn finish(
        folder: &Path,
        listed: Vec<(PathBuf, u64)>,
        labels: Vec<usize>,
        class_names: ClassNames,
        decoding: Decoding,
    ) -> Self {
        let mut hash = Fingerprint::of("files").classes(&class_names).decoding(&decoding);
        for (index, (path, len)) in listed.iter().enumerate() {
            let path = path.strip_prefix(folder).unwrap_or(path);
            hash = hash.bytes(path.as_os_str().as_encoded_bytes()).bytes(&len.to_le_bytes());
            hash = hash.label(labels.get(index).copied());
        }
        let paths = listed.into_iter().map(|(path, _)| path).collect();
        Self { paths, labels, class_names, decoding, fingerprint: hash.finish() }
    }
}

fn list(folder: &Path) -> Result<Vec<(PathBuf, u64)>, DataError> {
    let listed = pictures_below(folder)?;
    if listed.is_empty() { Err(DataError::NoPicture { path: folder.to_owned() }) } else { Ok(listed) }
}

fn labels(folder: &Path, listed: &[(PathBuf, u64)], rule: &LabelRule) -> Result<Vec<String>, DataError> {
    let label = |(path, _): &(PathBuf, u64)| {
        let within = path.strip_prefix(folder).unwrap_or(path);
        rule.label(within).ok_or_else(|| FormatError::NoLabel.at(path))
    };
    listed.iter().map(label).collect()
}

impl Dataset for Files {
    fn len(&self) -> usize {
        self.paths.len()
    }

    fn get(&self, index: usize) -> Result<Sample, DataError> {
        let path = self.paths.get(index).ok_or(DataError::IndexOutOfRange { index, len: self.len() })?;
        Ok(Sample { label: self.label(index), ..Sample::new(Image::open(path, self.decoding)?) })
    }

    fn label(&self, index: usize) -> Option<usize> {
        self.labels.get(index).copied()
    }

    fn path(&self, index: usize) -> Option<&Path> {
        self.paths.get(index).map(PathBuf::as_path)
    }

    fn class_names(&self) -> &ClassNames {
        &self.class_names
    }

    fn fingerprint(&self) -> String {
        self.fingerprint.clone()
    }
}

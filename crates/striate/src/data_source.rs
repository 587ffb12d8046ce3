//! Data by name.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use striate_core::{ClassNames, Streams};
use striate_data::datasets::{Folder, Idx, IdxSplit};
use striate_data::{Dataset, DecodeLimits, split};

use crate::Error;

/// Data by name, as in recipes and on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DataSource {
    /// The embedded handwritten digits (feature `digits`).
    Digits,
    /// MNIST's four files in a folder.
    Idx(PathBuf),
    /// A folder per class, below `train/`, `val/` and `test/` if those are there.
    Folder(PathBuf),
}

const KNOWN: &str = "digits, idx:DIR, folder:DIR";

impl FromStr for DataSource {
    type Err = Error;

    fn from_str(data: &str) -> Result<Self, Error> {
        match data.split_once(':') {
            None if data == "digits" && cfg!(feature = "digits") => Ok(Self::Digits),
            Some(("idx", folder)) if !folder.is_empty() => Ok(Self::Idx(folder.into())),
            Some(("folder", folder)) if !folder.is_empty() => Ok(Self::Folder(folder.into())),
            _ => Err(Error::UnknownData { data: data.into(), known: KNOWN }),
        }
    }
}

impl fmt::Display for DataSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digits => f.write_str("digits"),
            Self::Idx(folder) => write!(f, "idx:{}", folder.display()),
            Self::Folder(folder) => write!(f, "folder:{}", folder.display()),
        }
    }
}

/// What a run needs of its data.
pub(crate) struct Splits {
    pub(crate) train: Arc<dyn Dataset>,
    pub(crate) validation: Arc<dyn Dataset>,
    pub(crate) test: Option<Arc<dyn Dataset>>,
}

impl DataSource {
    /// The kind of data, without its place.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Digits => "digits",
            Self::Idx(_) => "idx",
            Self::Folder(_) => "folder",
        }
    }

    /// Opens all parts; validation data is a seeded, stratified fraction of the training data unless it has its own
    /// part.
    pub(crate) fn open(&self, fraction: f64, seed: u64) -> Result<Splits, Error> {
        let train = self.open_split("train", None)?;
        let classes = train.class_names().clone();
        let test = self.open_if_there("test", &classes)?;
        if let Some(validation) = self.open_if_there("val", &classes)? {
            return Ok(Splits { train, validation, test });
        }
        let (train, validation) = split(train, fraction, Streams::new(seed))?;
        Ok(Splits { train: Arc::new(train), validation: Arc::new(validation), test })
    }

    /// Opens one part: `train`, `val` or `test`; with these classes, if they are known.
    pub(crate) fn open_split(&self, split: &str, classes: Option<&ClassNames>) -> Result<Arc<dyn Dataset>, Error> {
        let there = self.splits();
        if !there.contains(&split) {
            return Err(Error::NoSplit { data: self.to_string(), split: split.into(), there });
        }
        Ok(match (self, split) {
            #[cfg(feature = "digits")]
            (Self::Digits, "train") => Arc::new(striate_data::datasets::Digits::train()),
            #[cfg(feature = "digits")]
            (Self::Digits, _) => Arc::new(striate_data::datasets::Digits::test()),
            #[cfg(not(feature = "digits"))]
            (Self::Digits, _) => return Err(Error::UnknownData { data: "digits".into(), known: KNOWN }),
            (Self::Idx(folder), "train") => Arc::new(Idx::open_dir(folder, IdxSplit::Train)?),
            (Self::Idx(folder), _) => Arc::new(Idx::open_dir(folder, IdxSplit::Test)?),
            (Self::Folder(folder), split) => {
                let below = folder.join(split);
                let folder = if below.is_dir() { &below } else { folder };
                open_folder(folder, classes)?
            }
        })
    }

    fn open_if_there(&self, split: &str, classes: &ClassNames) -> Result<Option<Arc<dyn Dataset>>, Error> {
        match self.splits().contains(&split) {
            true => self.open_split(split, Some(classes)).map(Some),
            false => Ok(None),
        }
    }

    /// The parts that the data has.
    fn splits(&self) -> Vec<&'static str> {
        match self {
            Self::Digits | Self::Idx(_) => vec!["train", "test"],
            Self::Folder(folder) if folder.join("train").is_dir() => {
                ["train", "val", "test"].into_iter().filter(|split| folder.join(split).is_dir()).collect()
            }
            Self::Folder(_) => vec!["train"],
        }
    }
}

fn open_folder(folder: &Path, classes: Option<&ClassNames>) -> Result<Arc<dyn Dataset>, Error> {
    let limits = DecodeLimits::default();
    Ok(Arc::new(match classes {
        Some(classes) => Folder::open_with_classes(folder, classes, limits)?,
        None => Folder::open(folder, limits)?,
    }))
}

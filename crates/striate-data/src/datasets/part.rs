//! The parts of data sets.

use std::fmt;
use std::str::FromStr;

use crate::DataError;

/// Which part of a data set that comes in two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// What to train on.
    Train,
    /// What to test on.
    Test,
}

/// What samples are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mode {
    /// To learn from.
    Train,
    /// To choose by, such as the best epoch.
    Validation,
    /// To answer for, once.
    Test,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Train, Self::Validation, Self::Test];

    /// Its name in recipes and of folders: `train`, `val` or `test`.
    pub fn name(self) -> &'static str {
        self.names()[0]
    }

    /// Its name and what else it is called in lists.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::Train => &["train", "training"],
            Self::Validation => &["val", "valid", "validation"],
            Self::Test => &["test", "testing"],
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Mode {
    type Err = DataError;

    /// Takes any of its [names](Self::names).
    ///
    /// # Errors
    /// [`DataError::UnknownMode`] for another name.
    fn from_str(name: &str) -> Result<Self, DataError> {
        let is_named = |mode: &Self| mode.names().contains(&name);
        Self::ALL.into_iter().find(is_named).ok_or_else(|| DataError::UnknownMode { name: name.to_owned() })
    }
}

/// What samples are read for, where that changes what is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Purpose {
    /// Whatever the data has without reading more: labels, or boxes and the classes that have one.
    #[default]
    Any,
    /// To find things: every sample has boxes.
    Detection,
    /// To tell each pixel's class: every sample has a mask, and the class names are those of the mask's values, of which
    /// 255 is none.
    Segmentation,
}

impl Purpose {
    /// Its name in recipes and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Detection => "detection",
            Self::Segmentation => "segmentation",
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Purpose {
    type Err = DataError;

    /// Takes its [name](Self::name).
    ///
    /// # Errors
    /// [`DataError::UnknownPurpose`] for another name.
    fn from_str(name: &str) -> Result<Self, DataError> {
        let all = [Self::Any, Self::Detection, Self::Segmentation];
        let found = all.into_iter().find(|purpose| purpose.name() == name);
        found.ok_or_else(|| DataError::UnknownPurpose { name: name.to_owned() })
    }
}

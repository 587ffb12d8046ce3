//! The list of networks.

use std::fmt;
use std::str::FromStr;

use striate_core::Preprocessing;
use striate_core::nearest::suggestion;
use striate_network::{NetworkError, NetworkSpec};

use crate::LeNet5;

/// A published network, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Architecture {
    /// LeNet-5 as it is used today.
    LeNet5,
}

impl Architecture {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::LeNet5];

    /// Its name in commands and recipes.
    pub fn name(self) -> &'static str {
        match self {
            Self::LeNet5 => "lenet5",
        }
    }

    /// The year of its publication.
    pub fn year(self) -> u16 {
        match self {
            Self::LeNet5 => 1998,
        }
    }

    /// The paper that describes it.
    pub fn paper(self) -> &'static str {
        match self {
            Self::LeNet5 => "LeCun et al., Gradient-based learning applied to document recognition",
        }
    }

    /// The classes of the data that the paper is about.
    pub fn default_classes(self) -> usize {
        match self {
            Self::LeNet5 => 10,
        }
    }

    /// The network for this many classes, with the paper's input.
    ///
    /// # Errors
    /// If there is no network with that many classes.
    pub fn spec(self, classes: usize) -> Result<NetworkSpec, NetworkError> {
        match self {
            Self::LeNet5 => LeNet5::new(classes).spec(),
        }
    }

    /// How pictures become its input.
    pub fn preprocessing(self) -> Preprocessing {
        match self {
            Self::LeNet5 => LeNet5::preprocessing(),
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No network has this name.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("unknown model {name:?}; {}", suggestion(name, &Architecture::ALL.map(Architecture::name)))]
pub struct UnknownArchitecture {
    /// The name that was given.
    pub name: String,
}

impl FromStr for Architecture {
    type Err = UnknownArchitecture;

    fn from_str(name: &str) -> Result<Self, UnknownArchitecture> {
        let found = Self::ALL.into_iter().find(|architecture| architecture.name() == name);
        found.ok_or_else(|| UnknownArchitecture { name: name.into() })
    }
}

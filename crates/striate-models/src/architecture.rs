//! The list of networks.

use std::fmt;
use std::str::FromStr;

use striate_core::nearest::suggestion;
use striate_core::{ClassNames, Preprocessing};
use striate_network::{NameStyle, NetworkSpec};

use crate::config::{ModelConfig, ModelError};
use crate::entry::Entry;

macro_rules! architectures {
    ($($(#[$doc:meta])* $variant:ident = $entry:path,)*) => {
        /// A network, by name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Architecture {
            $($(#[$doc])* $variant,)*
        }

        impl Architecture {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            pub(crate) fn entry(self) -> &'static Entry {
                match self {
                    $(Self::$variant => &$entry,)*
                }
            }
        }
    };
}

architectures! {
    /// LeNet-5 as it is used today.
    LeNet5 = crate::lenet5::LENET5,
    /// VGG with 11 layers that have weights.
    Vgg11 = crate::vgg::VGG11,
    /// VGG with 11 layers and batch norm.
    Vgg11Bn = crate::vgg::VGG11_BN,
    /// VGG with 13 layers.
    Vgg13 = crate::vgg::VGG13,
    /// VGG with 13 layers and batch norm.
    Vgg13Bn = crate::vgg::VGG13_BN,
    /// VGG with 16 layers.
    Vgg16 = crate::vgg::VGG16,
    /// VGG with 16 layers and batch norm.
    Vgg16Bn = crate::vgg::VGG16_BN,
    /// VGG with 19 layers.
    Vgg19 = crate::vgg::VGG19,
    /// VGG with 19 layers and batch norm.
    Vgg19Bn = crate::vgg::VGG19_BN,
    /// VGG-16 with Keras's names.
    KerasVgg16 = crate::vgg::KERAS_VGG16,
    /// VGG-19 with Keras's names.
    KerasVgg19 = crate::vgg::KERAS_VGG19,
}

impl Architecture {
    /// Its name in commands and recipes.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// The year of its publication.
    pub fn year(self) -> u16 {
        self.entry().year
    }

    /// The paper that describes it.
    pub fn paper(self) -> &'static str {
        self.entry().paper
    }

    /// The classes of the data that the paper is about.
    pub fn default_classes(self) -> usize {
        self.entry().classes
    }

    /// The pictures of the paper: channels, height and width in px.
    pub fn input(self) -> [usize; 3] {
        self.entry().input
    }

    /// Whose names its weights have.
    pub fn style(self) -> NameStyle {
        self.entry().style
    }

    /// Its config, with the paper's input and classes.
    pub fn config(self) -> ModelConfig {
        ModelConfig::new(self)
    }

    /// The network for this many classes, with the paper's input.
    ///
    /// # Errors
    /// If there is no network with that many classes.
    pub fn spec(self, classes: usize) -> Result<NetworkSpec, ModelError> {
        self.config().classes(classes).spec()
    }

    /// How pictures become its input, as its published weights expect.
    pub fn preprocessing(self) -> Preprocessing {
        (self.entry().preprocessing)()
    }

    /// The names of the classes that its published weights know, if there are some.
    pub fn class_names(self) -> Option<ClassNames> {
        self.entry().class_names.map(|names| names())
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No network has this name.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("unknown model {name:?}; {}", suggestion(name, &Architecture::ALL.iter().map(|known| known.name()).collect::<Vec<_>>()))]
pub struct UnknownArchitecture {
    /// The name that was given.
    pub name: String,
}

impl FromStr for Architecture {
    type Err = UnknownArchitecture;

    fn from_str(name: &str) -> Result<Self, UnknownArchitecture> {
        let found = Self::ALL.iter().find(|architecture| architecture.name() == name);
        found.copied().ok_or_else(|| UnknownArchitecture { name: name.into() })
    }
}

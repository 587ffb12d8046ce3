//! What the list of networks knows of each.

use striate_core::{ClassNames, Preprocessing};
use striate_network::{Builder, NameStyle, Node};

use crate::config::ModelConfig;

/// A network of the list: what is published of it, and how it is built.
pub(crate) struct Entry {
    /// In commands and recipes.
    pub(crate) name: &'static str,
    pub(crate) year: u16,
    /// Authors and title.
    pub(crate) paper: &'static str,
    /// The paper's pictures: channels, height, width in px.
    pub(crate) input: [usize; 3],
    /// The paper's classes.
    pub(crate) classes: usize,
    /// Whose names the weights have.
    pub(crate) style: NameStyle,
    pub(crate) preprocessing: fn() -> Preprocessing,
    /// The classes' names, where weights are published.
    pub(crate) class_names: Option<fn() -> ClassNames>,
    /// The options of [`ModelConfig`] that few networks have, and that this one's function looks at.
    pub(crate) options: &'static [OwnOption],
    pub(crate) build: Build,
}

/// An option of [`ModelConfig`] that few networks have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OwnOption {
    Width,
    Depth,
    Backbone,
    Grid,
    Boxes,
}

/// Puts a network over pictures; what comes out, the first output first. Without a head (no classes) it gives features,
/// over which [`ModelConfig`] pools.
pub(crate) type Build = fn(&mut Builder, Node, &ModelConfig) -> Vec<Node>;

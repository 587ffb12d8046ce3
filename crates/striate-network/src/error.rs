//! Why a network can't be.

use std::path::PathBuf;

use striate_layers::{LayerError, Signature};

use crate::WeightDifference;

/// Why a network can't be built, run, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// A layer's config is wrong or doesn't fit what flows into it.
    #[error("layer {node:?}")]
    Layer {
        /// The node's name.
        node: String,
        /// What is wrong.
        source: Box<LayerError>,
    },
    /// Two nodes have one name.
    #[error("two layers are named {node:?}; give each its own name")]
    DuplicateName {
        /// The name.
        node: String,
    },
    /// A name can't be used.
    #[error("{node:?} can't be a layer's name: it must not be empty or contain `/`, and be at most 200 bytes")]
    BadName {
        /// The name.
        node: String,
    },
    /// A node refers to one that isn't before it.
    #[error("layer {node:?} takes {input:?}, which no layer before it is named")]
    UnknownInput {
        /// The node that refers.
        node: String,
        /// The name that it refers to.
        input: String,
    },
    /// A node of another builder was used.
    #[error("layer {node:?} takes a node of another network's builder")]
    ForeignNode {
        /// The node that refers.
        node: String,
    },
    /// The network has no input or no output.
    #[error("network {network:?} has no {missing}")]
    Incomplete {
        /// The network's name.
        network: String,
        /// `input` or `output`.
        missing: &'static str,
    },
    /// What was given to run doesn't fit the network's inputs.
    #[error("network {network:?} takes {}, not {}", signatures(.expected), signatures(.got))]
    Run {
        /// The network's name.
        network: String,
        /// What its inputs are.
        expected: Vec<Signature>,
        /// What was given.
        got: Vec<Signature>,
    },
    /// Weights don't fit.
    #[error("weights do not fit network {network:?}: {difference}")]
    Weights {
        /// The network's name.
        network: String,
        /// How they differ.
        difference: Box<WeightDifference>,
    },
    /// The network can't be written as data.
    #[error("network {network:?} can't be saved: {reason}")]
    Unsavable {
        /// The network's name.
        network: String,
        /// Which layer, and what to do.
        reason: String,
    },
    /// A file can't be read or written.
    #[error("cannot {action} {path:?}")]
    File {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file isn't of the format that it should be, or is damaged.
    #[error("{path:?} is damaged or of another format: {reason}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A section of a model file can't be understood.
    #[error("section `{section}` of {path:?} can't be understood: {reason}")]
    Section {
        /// The file.
        path: PathBuf,
        /// The section's name.
        section: String,
        /// What is wrong with it.
        reason: String,
    },
}

fn signatures(signatures: &[Signature]) -> String {
    signatures.iter().map(Signature::to_string).collect::<Vec<_>>().join(" and ")
}

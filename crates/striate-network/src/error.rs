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
    /// No node has a name.
    #[error("network {network:?} has no layer {node:?}; {known}")]
    UnknownNode {
        /// The network's name.
        network: String,
        /// The name.
        node: String,
        /// The nearest names.
        known: String,
    },
    /// A pattern fits no node.
    #[error("no layer of network {network:?} matches {pattern:?}; {known}")]
    NoMatch {
        /// The network's name.
        network: String,
        /// The pattern.
        pattern: String,
        /// The nearest names.
        known: String,
    },
    /// A node is to share the layer of something that has none.
    #[error("layer {node:?} shares the weights of what is no layer before it")]
    NothingShared {
        /// The node that is to share.
        node: String,
    },
    /// A layer has other weights for other inputs.
    #[error(
        "layer {node:?} can't share the weights of {owner:?}, which are for {}, not {}", signatures(.expected), signatures(.got)
    )]
    OtherWeights {
        /// The node that is to share.
        node: String,
        /// The node whose weights they are.
        owner: String,
        /// What flows into the owner.
        expected: Vec<Signature>,
        /// What flows into the node.
        got: Vec<Signature>,
    },
    /// A network within a network gets another number of inputs than it takes.
    #[error("network {node:?} takes {expected} inputs, not {got}")]
    InputCount {
        /// The name that it was to have.
        node: String,
        /// The inputs that it takes.
        expected: usize,
        /// Those that were given.
        got: usize,
    },
    /// A walk over the graph can't be done.
    #[error("layer {node:?} can't be {what}: {reason}")]
    Rewrite {
        /// The node's name.
        node: String,
        /// What was to be done.
        what: &'static str,
        /// Why it can't, and what to do.
        reason: String,
    },
    /// The network has no input or no output.
    #[error("network {network:?} has no {missing}")]
    Incomplete {
        /// The network's name.
        network: String,
        /// `input` or `output`.
        missing: &'static str,
    },
    /// A side that has to be known isn't.
    #[error("{node:?} gives {output}, whose sides vary; say the input's sides to know what the network costs")]
    UnknownSides {
        /// The node's name.
        node: String,
        /// What it gives.
        output: Signature,
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
    /// The inputs are of different batches, or of an empty one.
    #[error("network {network:?} takes one batch of at least one sample in all its inputs, not batches of {sizes:?}")]
    Batch {
        /// The network's name.
        network: String,
        /// The batch size of each input.
        sizes: Vec<usize>,
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

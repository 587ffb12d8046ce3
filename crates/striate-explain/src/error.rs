//! Why something can't be explained.

use striate_core::PreprocessingError;
use striate_core::nearest::suggestion;
use striate_layers::Signature;
use striate_network::NetworkError;

/// Why something can't be explained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExplainError {
    /// The network doesn't take one picture.
    #[error(
        "network {network:?} takes {}; what is explained takes one picture [channels, height, width]", signatures(.got)
    )]
    NotAPicture {
        /// The network's name.
        network: String,
        /// What it takes.
        got: Vec<Signature>,
    },
    /// A layer gives no real numbers by channels.
    #[error("layer {layer:?} gives {got}; one that gives real numbers [channels, …] can be explained")]
    NotNumbers {
        /// The layer's name.
        layer: String,
        /// What it gives.
        got: Signature,
    },
    /// There is no such class or channel.
    #[error("layer {layer:?} has {classes} classes or channels, from 0; there is no {class}")]
    Class {
        /// The layer's name.
        layer: String,
        /// What was asked for.
        class: usize,
        /// How many there are.
        classes: usize,
    },
    /// No class has this name.
    #[error("no class is named {name:?}; {}", suggestion(.name, &.known.iter().map(String::as_str).collect::<Vec<_>>()))]
    UnknownClass {
        /// What was asked for.
        name: String,
        /// The names of the classes.
        known: Vec<String>,
    },
    /// A layer has no such place.
    #[error("layer {layer:?} gives {got}, which has no place {place:?}")]
    Place {
        /// The layer's name.
        layer: String,
        /// What was asked for.
        place: Vec<usize>,
        /// What the layer gives.
        got: Signature,
    },
    /// A layer gives no maps.
    #[error("layer {layer:?} gives {got}; maps [channels, height, width] are needed{}", among(.known))]
    NotSpatial {
        /// The layer's name.
        layer: String,
        /// What it gives.
        got: Signature,
        /// Layers that give maps.
        known: Vec<String>,
    },
    /// No layer gives maps.
    #[error("network {network:?} has no layer that gives maps [channels, height, width] on the way to {output:?}")]
    NoSpatialLayer {
        /// The network's name.
        network: String,
        /// What is explained.
        output: String,
    },
    /// What is explained doesn't depend on a layer.
    #[error("{output:?} does not depend on layer {layer:?}; choose a layer on the way to it")]
    NotOnTheWay {
        /// The layer's name.
        layer: String,
        /// What is explained.
        output: String,
    },
    /// A layer has no filters.
    #[error("layer {layer:?} ({kind}) has no kernels to show{}", among(.known))]
    NoFilters {
        /// The layer's name.
        layer: String,
        /// The kind of layer.
        kind: String,
        /// Layers that have some.
        known: Vec<String>,
    },
    /// An option is out of its range.
    #[error("`{option}` is {value}; {rule}")]
    Option {
        /// The option's name.
        option: &'static str,
        /// Its value.
        value: String,
        /// What it has to be.
        rule: &'static str,
    },
    /// The preprocessing is for other channels than the network's.
    #[error("the preprocessing makes {got} channels, but the network takes {expected}")]
    Channels {
        /// The network's.
        expected: usize,
        /// The preprocessing's.
        got: usize,
    },
    /// A preprocessing can't be applied.
    #[error(transparent)]
    Preprocessing(#[from] PreprocessingError),
    /// The network can't be cut or run so.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

impl ExplainError {
    pub(crate) fn option(option: &'static str, value: impl ToString, rule: &'static str) -> Self {
        Self::Option { option, value: value.to_string(), rule }
    }
}

fn signatures(signatures: &[Signature]) -> String {
    signatures.iter().map(Signature::to_string).collect::<Vec<_>>().join(" and ")
}

/// The last of the layers that would do.
fn among(known: &[String]) -> String {
    let last: Vec<_> = known.iter().rev().take(5).rev().map(String::as_str).collect();
    match known.len() {
        0 => String::new(),
        1..=5 => format!("; {} would do", last.join(", ")),
        count => format!("; {count} layers would do, the last of them {}", last.join(", ")),
    }
}

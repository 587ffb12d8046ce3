//! A network in JSON, with names for numbers.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;

use serde::{Deserialize, Serialize};
use striate_layers::{LayerConfig, Signature};

use crate::NetworkError;
use crate::spec::{NameStyle, NetworkSpec, NodeKind, NodeSpec};

/// A network as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    name: String,
    #[serde(default, skip_serializing_if = "is_default")]
    style: NameStyle,
    nodes: Vec<WrittenNode>,
    outputs: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct WrittenNode {
    name: String,
    #[serde(flatten)]
    kind: WrittenKind,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    inputs: Vec<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    frozen: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant)] // As of `NodeKind`.
enum WrittenKind {
    Input(Signature),
    Layer(LayerConfig),
    Shares(String),
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl From<NetworkSpec> for Written {
    fn from(spec: NetworkSpec) -> Self {
        let names: Vec<String> = spec.nodes.iter().map(|node| node.name.clone()).collect();
        let named = |numbers: &[usize]| numbers.iter().map(|&number| names[number].clone()).collect();
        let node = |node: NodeSpec| WrittenNode {
            name: node.name,
            kind: match node.kind {
                NodeKind::Input(signature) => WrittenKind::Input(signature),
                NodeKind::Layer(layer) => WrittenKind::Layer(layer),
                NodeKind::Shares(owner) => WrittenKind::Shares(names[owner].clone()),
            },
            inputs: named(&node.inputs),
            frozen: node.frozen,
        };
        Self {
            name: spec.name,
            style: spec.style,
            outputs: named(&spec.outputs),
            nodes: spec.nodes.into_iter().map(node).collect(),
        }
    }
}

impl TryFrom<Written> for NetworkSpec {
    type Error = Report;

    fn try_from(written: Written) -> Result<Self, Report> {
        let mut numbers = HashMap::new();
        let mut nodes = Vec::with_capacity(written.nodes.len());
        let find = |numbers: &HashMap<String, usize>, node: &str, input: &String| {
            numbers
                .get(input)
                .copied()
                .ok_or_else(|| NetworkError::UnknownInput { node: node.into(), input: input.clone() })
        };
        for node in written.nodes {
            let inputs = node.inputs.iter().map(|input| find(&numbers, &node.name, input)).collect::<Result<_, _>>()?;
            let kind = match node.kind {
                WrittenKind::Input(signature) => NodeKind::Input(signature),
                WrittenKind::Layer(layer) => NodeKind::Layer(layer),
                WrittenKind::Shares(owner) => NodeKind::Shares(find(&numbers, &node.name, &owner)?),
            };
            numbers.entry(node.name.clone()).or_insert(nodes.len());
            nodes.push(NodeSpec { name: node.name, kind, inputs, frozen: node.frozen });
        }
        let outputs = written.outputs.iter().map(|name| find(&numbers, "output", name)).collect::<Result<_, _>>()?;
        Ok(Self::checked(written.name, written.style, nodes, outputs)?)
    }
}

/// An error with its causes on one line, since serde keeps only the text.
pub(crate) struct Report(NetworkError);

impl From<NetworkError> for Report {
    fn from(error: NetworkError) -> Self {
        Self(error)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)?;
        let causes = std::iter::successors(self.0.source(), |&cause| cause.source());
        causes.into_iter().try_for_each(|cause| write!(f, ": {cause}"))
    }
}

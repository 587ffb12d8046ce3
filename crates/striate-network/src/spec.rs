//! A network as data.

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use striate_layers::{LayerConfig, LayerError, Signature};

use crate::NetworkError;

/// A network: a graph of layer configs, each after the ones that it takes. Its shapes are known to fit.
///
/// In JSON: `{"name", "nodes": [{"name", "input"|"layer", "inputs": [names]}], "outputs": [names]}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct NetworkSpec {
    name: String,
    nodes: Vec<NodeSpec>,
    outputs: Vec<usize>,
    signatures: Vec<Signature>,
}

/// One node of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeSpec {
    pub(crate) name: String,
    pub(crate) kind: NodeKind,
    pub(crate) inputs: Vec<usize>,
}

impl NodeSpec {
    /// The node's name, unique within the network.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the node is.
    pub fn kind(&self) -> &NodeKind {
        &self.kind
    }

    /// The numbers of the nodes that it takes, each less than its own.
    pub fn inputs(&self) -> &[usize] {
        &self.inputs
    }
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[allow(clippy::large_enum_variant)] // A network has few nodes, and nearly all are layers.
pub enum NodeKind {
    /// An input of the network.
    Input(Signature),
    /// A layer over other nodes.
    Layer(LayerConfig),
}

impl NetworkSpec {
    /// Takes the nodes if names and shapes are right.
    pub(crate) fn checked(name: String, nodes: Vec<NodeSpec>, outputs: Vec<usize>) -> Result<Self, NetworkError> {
        let mut numbers = HashMap::new();
        let mut signatures: Vec<Signature> = Vec::with_capacity(nodes.len());
        for (number, node) in nodes.iter().enumerate() {
            if node.name.is_empty() || node.name.contains('/') || node.name.len() > 200 {
                return Err(NetworkError::BadName { node: node.name.clone() });
            }
            if numbers.insert(node.name.as_str(), number).is_some() {
                return Err(NetworkError::DuplicateName { node: node.name.clone() });
            }
            let signature = match &node.kind {
                NodeKind::Input(signature) => within_limits("input", signature.clone()),
                NodeKind::Layer(layer) => {
                    let inputs: Vec<_> = node.inputs.iter().map(|&input| signatures[input].clone()).collect();
                    layer.output(&inputs).and_then(|output| within_limits(layer.kind(), output))
                }
            };
            signatures.push(
                signature.map_err(|source| NetworkError::Layer { node: node.name.clone(), source: source.into() })?,
            );
        }
        let has_input = nodes.iter().any(|node| matches!(node.kind, NodeKind::Input(_)));
        for (there, missing) in [(has_input, "input"), (!outputs.is_empty(), "output")] {
            if !there {
                return Err(NetworkError::Incomplete { network: name, missing });
            }
        }
        Ok(Self { name, nodes, outputs, signatures })
    }

    /// The network's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Every node, each after the ones that it takes.
    pub fn nodes(&self) -> &[NodeSpec] {
        &self.nodes
    }

    /// The numbers of the output nodes.
    pub fn outputs(&self) -> &[usize] {
        &self.outputs
    }

    /// What a node gives, by its number.
    pub fn signature(&self, number: usize) -> &Signature {
        &self.signatures[number]
    }

    /// What each input takes, in order.
    pub fn input_signatures(&self) -> Vec<Signature> {
        self.nodes
            .iter()
            .filter_map(|node| match &node.kind {
                NodeKind::Input(signature) => Some(signature.clone()),
                NodeKind::Layer(_) => None,
            })
            .collect()
    }

    /// What each output gives, in order.
    pub fn output_signatures(&self) -> Vec<Signature> {
        self.outputs.iter().map(|&number| self.signatures[number].clone()).collect()
    }

    /// The classes of a classifier: the length of its only output, if that is `[classes]`.
    pub fn classes(&self) -> Option<usize> {
        match self.output_signatures().as_slice() {
            [output] if output.shape.rank() == 1 => output.shape.elements(),
            _ => None,
        }
    }

    /// What flows into a node.
    pub(crate) fn inputs_of(&self, number: usize) -> Vec<Signature> {
        self.nodes[number].inputs.iter().map(|&input| self.signatures[input].clone()).collect()
    }
}

/// Keeps a spec from outside from asking for more than a machine could have.
fn within_limits(kind: &str, output: Signature) -> Result<Signature, LayerError> {
    const MAX_ELEMENTS: usize = 1 << 28;
    let sides_known = output.shape.sides().iter().all(Option::is_some);
    match output.shape.elements() {
        Some(elements) if elements <= MAX_ELEMENTS => Ok(output),
        None if !sides_known => Ok(output),
        _ => Err(LayerError::Input {
            kind: "network",
            expected: "values of at most 2^28 numbers a sample".into(),
            got: vec![output],
            fix: Some(format!("make {kind} smaller")),
        }),
    }
}

/// The form in JSON, with names for numbers.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    nodes: Vec<WrittenNode>,
    outputs: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct WrittenNode {
    name: String,
    #[serde(flatten)]
    kind: NodeKind,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    inputs: Vec<String>,
}

impl From<NetworkSpec> for Written {
    fn from(spec: NetworkSpec) -> Self {
        let names: Vec<String> = spec.nodes.iter().map(|node| node.name.clone()).collect();
        let named = |numbers: &[usize]| numbers.iter().map(|&number| names[number].clone()).collect();
        Self {
            outputs: named(&spec.outputs),
            nodes: spec
                .nodes
                .iter()
                .map(|node| WrittenNode {
                    name: node.name.clone(),
                    kind: node.kind.clone(),
                    inputs: named(&node.inputs),
                })
                .collect(),
            name: spec.name,
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
            numbers.entry(node.name.clone()).or_insert(nodes.len());
            nodes.push(NodeSpec { name: node.name, kind: node.kind, inputs });
        }
        let outputs = written.outputs.iter().map(|name| find(&numbers, "output", name)).collect::<Result<_, _>>()?;
        Ok(Self::checked(written.name, nodes, outputs)?)
    }
}

/// An error with its causes on one line, since serde keeps only the text.
struct Report(NetworkError);

impl From<NetworkError> for Report {
    fn from(error: NetworkError) -> Self {
        Self(error)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut cause: Option<&dyn std::error::Error> = Some(&self.0);
        let mut separator = "";
        while let Some(error) = cause {
            write!(f, "{separator}{error}")?;
            separator = ": ";
            cause = error.source();
        }
        Ok(())
    }
}

//! A network as data.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use striate_core::nearest::suggestion;
use striate_layers::{Cost, LayerConfig, LayerError, Signature};

use crate::NetworkError;
use crate::written::Written;

/// A network: a graph of layer configs, each after the ones that it takes. Its shapes are known to fit.
///
/// In JSON: `{"name", "nodes": [{"name", "input"|"layer"|"shares", "inputs": [names]}], "outputs": [names]}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct NetworkSpec {
    pub(crate) name: String,
    pub(crate) style: NameStyle,
    pub(crate) nodes: Vec<NodeSpec>,
    pub(crate) outputs: Vec<usize>,
    signatures: Vec<Signature>,
}

/// Whose names a network's weights have, and whose way of counting parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameStyle {
    /// PyTorch's: `layer1.0.conv1.weight`; running statistics are no parameters.
    #[default]
    Torch,
    /// Keras's: `block1_conv1/kernel`; running statistics are parameters, not trainable ones.
    Keras,
}

/// One node of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeSpec {
    pub(crate) name: String,
    pub(crate) kind: NodeKind,
    pub(crate) inputs: Vec<usize>,
    pub(crate) frozen: bool,
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

    /// Whether training leaves the layer's weights and running statistics as they are.
    pub fn is_frozen(&self) -> bool {
        self.frozen
    }
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[allow(clippy::large_enum_variant)] // A network has few nodes, and nearly all are layers.
pub enum NodeKind {
    /// An input of the network.
    Input(Signature),
    /// A layer over other nodes.
    Layer(LayerConfig),
    /// The layer of an earlier node, by its number, with the same weights, over other nodes.
    Shares(usize),
}

impl NetworkSpec {
    /// Takes the nodes if names and shapes are right.
    pub(crate) fn checked(
        name: String,
        style: NameStyle,
        nodes: Vec<NodeSpec>,
        outputs: Vec<usize>,
    ) -> Result<Self, NetworkError> {
        let mut names = HashMap::new();
        for (number, node) in nodes.iter().enumerate() {
            if node.name.is_empty() || node.name.contains('/') || node.name.len() > 200 {
                return Err(NetworkError::BadName { node: node.name.clone() });
            }
            if names.insert(node.name.as_str(), number).is_some() {
                return Err(NetworkError::DuplicateName { node: node.name.clone() });
            }
        }
        let has_input = nodes.iter().any(|node| matches!(node.kind, NodeKind::Input(_)));
        for (there, missing) in [(has_input, "input"), (!outputs.is_empty(), "output")] {
            if !there {
                return Err(NetworkError::Incomplete { network: name, missing });
            }
        }
        if outputs.iter().any(|&output| output >= nodes.len()) {
            return Err(NetworkError::ForeignNode { node: "output".into() });
        }
        let mut spec = Self { name, style, nodes, outputs, signatures: Vec::new() };
        spec.signatures = spec.propagate(&[])?;
        Ok(spec)
    }

    /// The same network for inputs of these shapes.
    ///
    /// # Errors
    /// If an input isn't such a value as the network takes, or a layer doesn't fit.
    pub fn for_inputs(&self, inputs: &[Signature]) -> Result<Self, NetworkError> {
        let expected = self.input_signatures();
        let mut pairs = expected.iter().zip(inputs);
        let fits = expected.len() == inputs.len()
            && pairs.all(|(expected, got)| expected.kind == got.kind && expected.shape.admits(&got.shape));
        if !fits {
            return Err(NetworkError::Run { network: self.name.clone(), expected, got: inputs.to_vec() });
        }
        let signatures = self.propagate(inputs)?;
        let mut inputs = inputs.iter();
        let nodes = self.nodes.iter().map(|node| match node.kind {
            NodeKind::Input(_) => {
                NodeSpec { kind: NodeKind::Input(inputs.next().expect("there are as many").clone()), ..node.clone() }
            }
            _ => node.clone(),
        });
        Ok(Self { nodes: nodes.collect(), signatures, ..self.clone() })
    }

    /// What each node gives; inputs are of these shapes, or as the spec says where there is none.
    fn propagate(&self, inputs: &[Signature]) -> Result<Vec<Signature>, NetworkError> {
        let mut inputs = inputs.iter();
        let mut signatures: Vec<Signature> = Vec::with_capacity(self.nodes.len());
        for (number, node) in self.nodes.iter().enumerate() {
            if node.inputs.iter().any(|&input| input >= number) {
                return Err(NetworkError::ForeignNode { node: node.name.clone() });
            }
            let taken = || node.inputs.iter().map(|&input| signatures[input].clone()).collect::<Vec<_>>();
            let signature = match &node.kind {
                NodeKind::Input(signature) => within_limits("input", inputs.next().unwrap_or(signature).clone()),
                NodeKind::Layer(layer) => layer.output(&taken()).and_then(|output| within_limits(layer.kind(), output)),
                NodeKind::Shares(owner) => self.shared(number, *owner, &taken(), &signatures)?,
            };
            signatures.push(
                signature.map_err(|source| NetworkError::Layer { node: node.name.clone(), source: source.into() })?,
            );
        }
        Ok(signatures)
    }

    /// What a layer gives that another node owns: the layer must take the inputs, and have no other weights for them.
    fn shared(
        &self,
        number: usize,
        owner: usize,
        inputs: &[Signature],
        signatures: &[Signature],
    ) -> Result<Result<Signature, LayerError>, NetworkError> {
        let node = &self.nodes[number].name;
        let owner = self.nodes[..number].get(owner);
        let Some((NodeKind::Layer(layer), owner)) = owner.map(|owner| (&owner.kind, owner)) else {
            return Err(NetworkError::NothingShared { node: node.clone() });
        };
        let output = match layer.output(inputs) {
            Ok(output) => output,
            Err(error) => return Ok(Err(error)),
        };
        let owned: Vec<_> = owner.inputs.iter().map(|&input| signatures[input].clone()).collect();
        match same_weights(layer, &owned, inputs) {
            true => Ok(within_limits(layer.kind(), output)),
            false => Err(NetworkError::OtherWeights {
                node: node.clone(),
                owner: owner.name.clone(),
                expected: owned,
                got: inputs.to_vec(),
            }),
        }
    }

    /// The network's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whose names the weights have.
    pub fn style(&self) -> NameStyle {
        self.style
    }

    /// Every node, each after the ones that it takes.
    pub fn nodes(&self) -> &[NodeSpec] {
        &self.nodes
    }

    /// The numbers of the output nodes.
    pub fn outputs(&self) -> &[usize] {
        &self.outputs
    }

    /// The number of the node with this name.
    ///
    /// # Errors
    /// If there is none; the nearest name is told.
    pub fn number(&self, name: &str) -> Result<usize, NetworkError> {
        find(&self.name, &self.nodes, name)
    }

    /// What a node gives, by its number.
    pub fn signature(&self, number: usize) -> &Signature {
        &self.signatures[number]
    }

    /// The layer that a node runs, by its number: its own or the one that it shares; none for an input.
    pub fn layer(&self, number: usize) -> Option<&LayerConfig> {
        match &self.nodes[self.owner(number)].kind {
            NodeKind::Layer(layer) => Some(layer),
            _ => None,
        }
    }

    /// The number of the node whose weights a node has: its own, unless it shares another's.
    pub fn owner(&self, number: usize) -> usize {
        match self.nodes[number].kind {
            NodeKind::Shares(owner) => owner,
            _ => number,
        }
    }

    /// The numbers of the input nodes, in order.
    pub fn inputs(&self) -> impl Iterator<Item = usize> {
        let nodes = self.nodes.iter().enumerate();
        nodes.filter_map(|(number, node)| matches!(node.kind, NodeKind::Input(_)).then_some(number))
    }

    /// What each input takes, in order.
    pub fn input_signatures(&self) -> Vec<Signature> {
        self.inputs().map(|number| self.signatures[number].clone()).collect()
    }

    /// What each output gives, in order.
    pub fn output_signatures(&self) -> Vec<Signature> {
        self.outputs.iter().map(|&number| self.signatures[number].clone()).collect()
    }

    /// The classes of a classifier: the length of its first output, if that is `[classes]` and all others, the auxiliary
    /// heads of GoogLeNet for example, have the same shape.
    pub fn classes(&self) -> Option<usize> {
        match self.output_signatures().as_slice() {
            [output, others @ ..] if output.shape.rank() == 1 && others.iter().all(|other| other == output) => {
                output.shape.elements()
            }
            _ => None,
        }
    }

    /// What a node costs for one sample. Weights that another node owns count there.
    pub fn node_cost(&self, number: usize) -> Cost {
        let Some(layer) = self.layer(number) else { return Cost::default() };
        let cost = layer.cost(&self.inputs_of(number));
        match self.owner(number) == number {
            true => cost,
            false => Cost { parameters: 0, non_trainable: 0, ..cost },
        }
    }

    /// What flows into a node.
    pub(crate) fn inputs_of(&self, number: usize) -> Vec<Signature> {
        self.nodes[number].inputs.iter().map(|&input| self.signatures[input].clone()).collect()
    }
}

/// The number of a network's node with this name.
pub(crate) fn find(network: &str, nodes: &[NodeSpec], name: &str) -> Result<usize, NetworkError> {
    nodes.iter().position(|node| node.name == name).ok_or_else(|| NetworkError::UnknownNode {
        network: network.into(),
        node: name.into(),
        known: suggestion(name, &nodes.iter().map(NodeSpec::name).collect::<Vec<_>>()),
    })
}

/// Which nodes others depend on: those of `ends` and all before them that they take.
pub(crate) fn needed(nodes: &[NodeSpec], ends: impl IntoIterator<Item = usize>) -> Vec<bool> {
    let mut needed = vec![false; nodes.len()];
    ends.into_iter().for_each(|end| needed[end] = true);
    for number in (0..nodes.len()).rev() {
        if needed[number] {
            nodes[number].inputs.iter().for_each(|&input| needed[input] = true);
        }
    }
    needed
}

/// Which nodes depend on others: those of `starts` and all after them that take them.
pub(crate) fn reached(nodes: &[NodeSpec], starts: impl IntoIterator<Item = usize>) -> Vec<bool> {
    let mut reached = vec![false; nodes.len()];
    starts.into_iter().for_each(|start| reached[start] = true);
    for (number, node) in nodes.iter().enumerate() {
        reached[number] |= node.inputs.iter().any(|&input| reached[input]);
    }
    reached
}

/// Whether a layer has the same weights for these inputs as for those. A side may differ if the weights' number doesn't
/// follow it.
fn same_weights(layer: &LayerConfig, owned: &[Signature], inputs: &[Signature]) -> bool {
    let weights = |inputs: &[Signature]| {
        let cost = layer.cost(inputs);
        layer.output(inputs).is_ok().then_some((cost.parameters, cost.non_trainable))
    };
    let alike = owned.len() == inputs.len()
        && owned.iter().zip(inputs).all(|(a, b)| a.kind == b.kind && a.shape.rank() == b.shape.rank());
    if owned == inputs {
        return true;
    }
    // What a user's layer makes of its inputs isn't known.
    if matches!(layer, LayerConfig::Custom(_)) {
        return false;
    }
    let none = Some((0, 0));
    if weights(owned) == none && weights(inputs) == none {
        return true;
    }
    alike
        && (0..owned.len()).all(|input| {
            let (ours, theirs) = (owned[input].shape.sides(), inputs[input].shape.sides());
            (0..ours.len()).filter(|&axis| ours[axis] != theirs[axis]).all(|axis| {
                let mut sides = ours.to_vec();
                sides[axis] = theirs[axis];
                let mut mixed = owned.to_vec();
                mixed[input].shape = striate_layers::Shape::new(sides);
                weights(&mixed) == weights(owned)
            })
        })
        && weights(inputs) == weights(owned)
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

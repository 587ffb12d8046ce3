//! The functional API: a network is put together node by node.

use std::sync::atomic::{AtomicU64, Ordering};

use striate_layers::{LayerConfig, Shape, Signature};

use crate::NetworkError;
use crate::rewrite::{Draft, Unneeded};
use crate::spec::{NameStyle, NetworkSpec, NodeKind, NodeSpec, find};

/// A node of the network that is being built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Node {
    builder: u64,
    index: usize,
}

/// The nodes that a layer takes: one or several.
#[derive(Debug, Clone)]
pub struct Inputs(Vec<Node>);

impl From<Node> for Inputs {
    fn from(node: Node) -> Self {
        Self(vec![node])
    }
}

impl<const N: usize> From<[Node; N]> for Inputs {
    fn from(nodes: [Node; N]) -> Self {
        Self(nodes.to_vec())
    }
}

impl From<&[Node]> for Inputs {
    fn from(nodes: &[Node]) -> Self {
        Self(nodes.to_vec())
    }
}

/// Puts a network together; mistakes are told by [`build`](Self::build).
#[derive(Debug)]
pub struct Builder {
    id: u64,
    name: String,
    style: NameStyle,
    nodes: Vec<NodeSpec>,
    outputs: Vec<usize>,
    mistake: Option<NetworkError>,
}

/// A network that was put into another: where its nodes are.
#[derive(Debug, Clone)]
pub struct Nested {
    builder: u64,
    spec: NetworkSpec,
    numbers: Vec<usize>,
}

impl Nested {
    /// The network's outputs.
    pub fn outputs(&self) -> Vec<Node> {
        self.spec.outputs.iter().map(|&output| self.at(output)).collect()
    }

    /// The network's only output.
    ///
    /// # Panics
    /// If it has several.
    pub fn output(&self) -> Node {
        assert_eq!(self.spec.outputs.len(), 1, "network {:?} has several outputs", self.spec.name);
        self.at(self.spec.outputs[0])
    }

    /// The node that the network itself calls so.
    ///
    /// # Errors
    /// If there is none.
    pub fn node(&self, name: &str) -> Result<Node, NetworkError> {
        Ok(self.at(self.spec.number(name)?))
    }

    fn at(&self, number: usize) -> Node {
        Node { builder: self.builder, index: self.numbers[number] }
    }
}

impl NetworkSpec {
    /// Starts a network.
    pub fn builder(name: impl Into<String>) -> Builder {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Builder {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            name: name.into(),
            style: NameStyle::default(),
            nodes: Vec::new(),
            outputs: Vec::new(),
            mistake: None,
        }
    }

    /// Starts a network with all nodes of this one, to go on from any of them; its outputs are to be named anew.
    /// [`Network::rebuilt`](crate::Network::rebuilt) gives the new one the weights that are there.
    pub fn to_builder(&self) -> Builder {
        Builder { style: self.style, nodes: self.nodes.clone(), ..Self::builder(self.name.clone()) }
    }
}

impl Builder {
    /// Calls the network so.
    pub fn name(&mut self, name: impl Into<String>) -> &mut Self {
        self.name = name.into();
        self
    }

    /// Says whose names the weights have.
    pub fn style(&mut self, style: NameStyle) -> &mut Self {
        self.style = style;
        self
    }

    /// An input of real numbers; the shape is that of one sample, `[channels, height, width]` for pictures, with `None`
    /// for a side that varies.
    pub fn input(&mut self, name: impl Into<String>, shape: impl Into<Shape>) -> Node {
        self.push(name.into(), NodeKind::Input(Signature::float(shape)), Vec::new())
    }

    /// An input of whole numbers, such as class indices.
    pub fn int_input(&mut self, name: impl Into<String>, shape: impl Into<Shape>) -> Node {
        self.push(name.into(), NodeKind::Input(Signature::int(shape)), Vec::new())
    }

    /// A layer over one node or several.
    pub fn add(&mut self, name: impl Into<String>, layer: impl Into<LayerConfig>, inputs: impl Into<Inputs>) -> Node {
        self.layer(name.into(), NodeKind::Layer(layer.into()), inputs.into())
    }

    /// The layer of an earlier node once more, with the same weights, over other nodes.
    pub fn reuse(&mut self, name: impl Into<String>, layer: Node, inputs: impl Into<Inputs>) -> Node {
        let name = name.into();
        if layer.builder != self.id {
            self.foreign(&name);
        }
        self.layer(name, NodeKind::Shares(layer.index), inputs.into())
    }

    /// A whole network over nodes, one for each of its inputs. Its layers become `name.layer`, so that each of them can
    /// be cut, frozen or folded as any other.
    pub fn network(&mut self, name: impl Into<String>, spec: &NetworkSpec, inputs: impl Into<Inputs>) -> Nested {
        self.nest(name.into(), spec.clone(), None, inputs.into())
    }

    /// A network that was put in before, once more, with the same weights, over other nodes.
    pub fn reuse_network(&mut self, name: impl Into<String>, network: &Nested, inputs: impl Into<Inputs>) -> Nested {
        let name = name.into();
        if network.builder != self.id {
            self.foreign(&name);
        }
        self.nest(name, network.spec.clone(), Some(&network.numbers), inputs.into())
    }

    /// The node with this name.
    ///
    /// # Errors
    /// If there is none.
    pub fn node(&self, name: &str) -> Result<Node, NetworkError> {
        Ok(Node { builder: self.id, index: find(&self.name, &self.nodes, name)? })
    }

    /// Makes a node an output of the network; the first call gives the first output.
    pub fn output(&mut self, node: Node) -> &mut Self {
        if node.builder != self.id {
            self.foreign("output");
        }
        self.outputs.push(node.index);
        self
    }

    /// Checks every shape and gives the network. Layers that no output depends on are left out, as in Keras.
    ///
    /// # Errors
    /// The first mistake, with the layer's name, what came and what fits.
    pub fn build(&mut self) -> Result<NetworkSpec, NetworkError> {
        if let Some(mistake) = self.mistake.take() {
            self.nodes.clear();
            return Err(mistake);
        }
        let all =
            NetworkSpec::checked(self.name.clone(), self.style, self.nodes.clone(), std::mem::take(&mut self.outputs))?;
        Ok(Draft::of(&all).finish(Unneeded::Layers)?.spec)
    }

    fn layer(&mut self, name: String, kind: NodeKind, inputs: Inputs) -> Node {
        let inputs = self.numbers(&name, inputs);
        self.push(name, kind, inputs)
    }

    fn numbers(&mut self, name: &str, Inputs(nodes): Inputs) -> Vec<usize> {
        if nodes.iter().any(|node| node.builder != self.id) {
            self.foreign(name);
        }
        nodes.iter().map(|node| node.index).collect()
    }

    /// Puts a network's nodes here; with the weights of these, if it was put here before.
    fn nest(&mut self, name: String, spec: NetworkSpec, reused: Option<&[usize]>, inputs: Inputs) -> Nested {
        let inputs = self.numbers(&name, inputs);
        let expected = spec.inputs().count();
        if inputs.len() != expected {
            let got = inputs.len();
            self.mistake.get_or_insert(NetworkError::InputCount { node: name.clone(), expected, got });
        }
        let mut inputs = inputs.into_iter();
        let mut numbers: Vec<usize> = Vec::with_capacity(spec.nodes.len());
        for (number, node) in spec.nodes.iter().enumerate() {
            let kind = match (&node.kind, reused) {
                (NodeKind::Input(_), _) => {
                    numbers.push(inputs.next().unwrap_or(0));
                    continue;
                }
                (_, Some(reused)) => NodeKind::Shares(reused[spec.owner(number)]),
                (NodeKind::Layer(layer), None) => NodeKind::Layer(layer.clone()),
                (NodeKind::Shares(owner), None) => NodeKind::Shares(numbers[*owner]),
            };
            let taken = node.inputs.iter().map(|&input| numbers[input]).collect();
            let Node { index, .. } = self.push(format!("{name}.{}", node.name), kind, taken);
            self.nodes[index].frozen = node.frozen;
            numbers.push(index);
        }
        Nested { builder: self.id, spec, numbers }
    }

    fn foreign(&mut self, node: &str) {
        self.mistake.get_or_insert(NetworkError::ForeignNode { node: node.into() });
    }

    fn push(&mut self, name: String, kind: NodeKind, inputs: Vec<usize>) -> Node {
        self.nodes.push(NodeSpec { name, kind, inputs, frozen: false });
        Node { builder: self.id, index: self.nodes.len() - 1 }
    }
}

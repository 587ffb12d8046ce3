//! The functional API: a network is put together node by node.

use std::sync::atomic::{AtomicU64, Ordering};

use striate_layers::{LayerConfig, Shape, Signature};

use crate::NetworkError;
use crate::spec::{NetworkSpec, NodeKind, NodeSpec};

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
    nodes: Vec<NodeSpec>,
    outputs: Vec<usize>,
    mistake: Option<NetworkError>,
}

impl NetworkSpec {
    /// Starts a network.
    pub fn builder(name: impl Into<String>) -> Builder {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Builder {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            name: name.into(),
            nodes: Vec::new(),
            outputs: Vec::new(),
            mistake: None,
        }
    }
}

impl Builder {
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
        let name = name.into();
        let Inputs(nodes) = inputs.into();
        if nodes.iter().any(|node| node.builder != self.id) {
            self.mistake.get_or_insert(NetworkError::ForeignNode { node: name.clone() });
        }
        let inputs = nodes.iter().map(|node| node.index).collect();
        self.push(name, NodeKind::Layer(layer.into()), inputs)
    }

    /// Makes a node an output of the network; the first call gives the first output.
    pub fn output(&mut self, node: Node) -> &mut Self {
        if node.builder != self.id {
            self.mistake.get_or_insert(NetworkError::ForeignNode { node: "output".into() });
        }
        self.outputs.push(node.index);
        self
    }

    /// Checks every shape and gives the network.
    ///
    /// # Errors
    /// The first mistake, with the layer's name, what came and what fits.
    pub fn build(&mut self) -> Result<NetworkSpec, NetworkError> {
        if let Some(mistake) = self.mistake.take() {
            return Err(mistake);
        }
        NetworkSpec::checked(self.name.clone(), self.nodes.clone(), self.outputs.clone())
    }

    fn push(&mut self, name: String, kind: NodeKind, inputs: Vec<usize>) -> Node {
        self.nodes.push(NodeSpec { name, kind, inputs });
        Node { builder: self.id, index: self.nodes.len() - 1 }
    }
}

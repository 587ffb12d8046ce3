//! What a network is made of, as Keras's `summary()` shows it.

use std::fmt;

use serde::{Deserialize, Serialize};
use striate_layers::{Cost, Shape};

use crate::spec::{NetworkSpec, NodeKind};
use crate::text::{batch_shape, memory, table, thousands};

/// A network's layers with their outputs and parameters. Its text is a table as Keras prints it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The network's name.
    pub name: String,
    /// All parameters.
    pub parameters: u64,
    /// Those that training changes by their gradient.
    pub trainable: u64,
    /// The others: running statistics, weights that a layer keeps at 0, feature states.
    #[serde(default)]
    pub non_trainable: u64,
    /// Every node in order.
    pub layers: Vec<LayerSummary>,
}

/// One layer of a [`Summary`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerSummary {
    /// The node's name.
    pub name: String,
    /// The kind of layer, `input` for an input.
    pub kind: String,
    /// The output's shape for one sample.
    pub output: Shape,
    /// Its parameters.
    pub parameters: u64,
    /// Those of them that training changes.
    #[serde(default)]
    pub trainable: u64,
    /// The names of the nodes that it takes.
    pub inputs: Vec<String>,
}

impl NetworkSpec {
    /// The network's layers with their output shapes and parameters.
    pub fn summary(&self) -> Summary {
        let layers: Vec<_> = self
            .nodes()
            .iter()
            .enumerate()
            .map(|(number, node)| {
                let cost = self.node_cost(number);
                LayerSummary {
                    name: node.name().into(),
                    kind: self.kind_of(number).into(),
                    output: self.signature(number).shape.clone(),
                    parameters: counted(cost),
                    trainable: cost.parameters,
                    inputs: node.inputs().iter().map(|&input| self.nodes()[input].name().into()).collect(),
                }
            })
            .collect();
        let total = (0..self.nodes().len()).fold(Cost::default(), |sum, number| sum + self.node_cost(number));
        Summary {
            name: self.name().into(),
            parameters: counted(total),
            trainable: total.parameters,
            non_trainable: total.non_trainable,
            layers,
        }
    }

    /// The kind of a node's layer, `input` for an input.
    pub(crate) fn kind_of(&self, number: usize) -> &str {
        match self.nodes()[number].kind() {
            NodeKind::Input(_) => "input",
            NodeKind::Layer(layer) => layer.kind(),
        }
    }
}

/// What counts as a parameter: those with and without a gradient.
fn counted(cost: Cost) -> u64 {
    cost.parameters.saturating_add(cost.non_trainable)
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.layers.iter().map(|layer| {
            let name = format!("{} ({})", layer.name, layer.kind);
            [name, batch_shape(&layer.output), thousands(layer.parameters), layer.inputs.join(", ")]
        });
        writeln!(f, "Model: {:?}", self.name)?;
        writeln!(f, "{}", table(["Layer (type)", "Output Shape", "Param #", "Connected to"], &[2], rows))?;
        // A parameter is an f32.
        let line = |name: &str, count: u64| {
            format!(" {name} params: {} ({})", thousands(count), memory(count.saturating_mul(4)))
        };
        writeln!(f, "{}", line("Total", self.trainable.saturating_add(self.non_trainable)))?;
        writeln!(f, "{}", line("Trainable", self.trainable))?;
        write!(f, "{}", line("Non-trainable", self.non_trainable))
    }
}

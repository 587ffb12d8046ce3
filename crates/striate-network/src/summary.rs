//! What a network is made of, as Keras's `summary()` shows it.

use std::fmt;

use serde::{Deserialize, Serialize};
use striate_core::text::thousands;
use striate_layers::{Cost, Shape};

use crate::reference_names::has_count;
use crate::spec::{NameStyle, NetworkSpec};
use crate::text::{batch_shape, memory, table};

/// A network's layers with their outputs and parameters. Its text is a table as Keras prints it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The network's name.
    pub name: String,
    /// Parameters, counted as the network's style does: running statistics are parameters for Keras, not for PyTorch.
    pub parameters: u64,
    /// Numbers that training changes by their gradient; frozen layers have none.
    pub trainable: u64,
    /// All others: running statistics, frozen layers' weights, weights that a layer keeps at 0.
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
    /// Its parameters, counted as the network's style does.
    pub parameters: u64,
    /// Numbers that training changes by their gradient.
    #[serde(default)]
    pub trainable: u64,
    /// All others that it has.
    #[serde(default)]
    pub non_trainable: u64,
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
                let cost = self.with_count(number);
                let all = cost.parameters.saturating_add(cost.non_trainable);
                let trainable = if self.is_frozen(number) { 0 } else { cost.parameters };
                LayerSummary {
                    name: node.name().into(),
                    kind: self.kind_of(number).into(),
                    output: self.signature(number).shape.clone(),
                    parameters: self.counted(cost),
                    trainable,
                    non_trainable: all - trainable,
                    inputs: node.inputs().iter().map(|&input| self.nodes()[input].name().into()).collect(),
                }
            })
            .collect();
        let sum = |count: fn(&LayerSummary) -> u64| layers.iter().map(count).fold(0, u64::saturating_add);
        Summary {
            name: self.name().into(),
            parameters: sum(|layer| layer.parameters),
            trainable: sum(|layer| layer.trainable),
            non_trainable: sum(|layer| layer.non_trainable),
            layers,
        }
    }

    /// A node's cost, with what the library whose names the weights have keeps beside them and counts.
    fn with_count(&self, number: usize) -> Cost {
        let mut cost = self.node_cost(number);
        let own = self.layer(number).filter(|_| self.owner(number) == number);
        if self.style() == NameStyle::Keras && own.is_some_and(has_count) {
            cost.non_trainable = cost.non_trainable.saturating_add(1);
        }
        cost
    }

    /// The kind of a node's layer, `input` for an input.
    pub(crate) fn kind_of(&self, number: usize) -> &str {
        self.layer(number).map_or("input", |layer| layer.kind())
    }

    /// Whether training leaves a node's weights as they are.
    pub(crate) fn is_frozen(&self, number: usize) -> bool {
        self.nodes()[self.owner(number)].is_frozen()
    }

    /// What counts as a parameter: the style says whether those without a gradient do.
    fn counted(&self, cost: Cost) -> u64 {
        match self.style() {
            NameStyle::Torch => cost.parameters,
            NameStyle::Keras => cost.parameters.saturating_add(cost.non_trainable),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.layers.iter().map(|layer| {
            let name = format!("{} ({})", layer.name, layer.kind);
            let count = layer.trainable.saturating_add(layer.non_trainable);
            [name, batch_shape(&layer.output), thousands(count), layer.inputs.join(", ")]
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

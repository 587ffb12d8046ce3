//! What a network is made of, as Keras's `summary()` shows it.

use std::fmt;

use serde::{Deserialize, Serialize};
use striate_layers::{Cost, Shape};

use crate::spec::{NetworkSpec, NodeKind};

/// A network's layers with their outputs and parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The network's name.
    pub name: String,
    /// All parameters.
    pub parameters: u64,
    /// Those that training changes.
    pub trainable: u64,
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
            .map(|(number, node)| LayerSummary {
                name: node.name().into(),
                kind: match node.kind() {
                    NodeKind::Input(_) => "input".into(),
                    _ => self.layer(number).map_or("", |layer| layer.kind()).into(),
                },
                output: self.signature(number).shape.clone(),
                parameters: all(self.node_cost(number)),
                inputs: node.inputs().iter().map(|&input| self.nodes()[input].name().into()).collect(),
            })
            .collect();
        let cost = self.cost();
        Summary { name: self.name().into(), parameters: all(cost), trainable: cost.parameters, layers }
    }
}

/// Parameters with and without a gradient.
fn all(cost: Cost) -> u64 {
    cost.parameters.saturating_add(cost.non_trainable)
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = ["layer (type)", "output shape", "parameters", "connected to"].map(String::from);
        let rows = self.layers.iter().map(|layer| {
            [
                format!("{} ({})", layer.name, layer.kind),
                layer.output.to_string(),
                thousands(layer.parameters),
                layer.inputs.join(", "),
            ]
        });
        let rows: Vec<_> = std::iter::once(header).chain(rows).collect();
        let widths: [usize; 4] =
            std::array::from_fn(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0));
        let line = "─".repeat(widths.iter().sum::<usize>() + 6);
        writeln!(f, "network: {}\n{line}", self.name)?;
        for (number, [name, output, parameters, inputs]) in rows.iter().enumerate() {
            let [w0, w1, w2, _] = widths;
            writeln!(f, "{name:w0$}  {output:w1$}  {parameters:>w2$}  {inputs}")?;
            if number == 0 {
                writeln!(f, "{line}")?;
            }
        }
        writeln!(f, "{line}")?;
        writeln!(f, "parameters: {}", thousands(self.parameters))?;
        writeln!(f, "trainable: {}", thousands(self.trainable))?;
        write!(f, "non-trainable: {}", thousands(self.parameters - self.trainable))
    }
}

/// A number with commas: 61,706.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<_> =
        digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    groups.join(",")
}

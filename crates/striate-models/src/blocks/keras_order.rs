//! Branches in the order in which Keras lists their layers.

use std::cmp::Reverse;

use striate_layers::LayerConfig;
use striate_network::{Builder, Node};

/// A block whose layers Keras lists by their distance from its end, the farthest first, and not branch by branch. So
/// weights come in the order of its files.
#[derive(Default)]
pub(crate) struct KerasOrder {
    /// Name, layer and what it takes: 0 is the block's input, 1 its first layer.
    layers: Vec<(String, LayerConfig, Vec<usize>)>,
}

impl KerasOrder {
    /// A layer over earlier ones, or over the block's input, 0; its number.
    pub(crate) fn add(&mut self, name: String, layer: impl Into<LayerConfig>, inputs: &[usize]) -> usize {
        self.layers.push((name, layer.into(), inputs.to_vec()));
        self.layers.len()
    }

    /// Puts the layers over a node; what the last of them gives.
    pub(crate) fn finish(self, net: &mut Builder, input: Node) -> Node {
        let mut distances = vec![0; self.layers.len() + 1];
        for (number, (_, _, inputs)) in (1..).zip(&self.layers).collect::<Vec<_>>().into_iter().rev() {
            for &input in inputs {
                distances[input] = distances[input].max(distances[number] + 1);
            }
        }
        let mut ordered: Vec<_> = (1..).zip(self.layers).collect();
        ordered.sort_by_key(|(number, _)| Reverse(distances[*number]));
        let mut nodes = vec![input; distances.len()];
        for (number, (name, layer, inputs)) in ordered {
            let inputs: Vec<Node> = inputs.into_iter().map(|input| nodes[input]).collect();
            nodes[number] = net.add(name, layer, &inputs[..]);
        }
        nodes[distances.len() - 1]
    }
}

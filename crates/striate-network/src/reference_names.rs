//! The names that weights have in PyTorch's files, where they differ from the network's own.
//!
//! PyTorch's recurrent modules put the layer's number and the direction behind a name; a network has one node a layer.

use std::collections::HashMap;

use striate_layers::LayerConfig;

use crate::{NetworkSpec, NodeKind};

/// What PyTorch's batch normalizations count and no evaluation reads. A strict `load_state_dict` asks for it.
pub(crate) const BATCHES: &str = "num_batches_tracked";

/// PyTorch's name for each weight that has another in the network.
pub(crate) fn reference_names(spec: &NetworkSpec) -> HashMap<String, String> {
    let mut names = HashMap::new();
    for node in spec.nodes() {
        let NodeKind::Layer(layer) = node.kind() else { continue };
        let recurrent = matches!(
            layer,
            LayerConfig::SimpleRnn(_) | LayerConfig::Lstm(_) | LayerConfig::Gru(_) | LayerConfig::Bidirectional(_)
        );
        if !recurrent {
            continue;
        }
        for (name, _) in layer.weights() {
            let reference = match name.split_once('.') {
                Some(("backward", name)) => format!("{name}_l0_reverse"),
                Some((_, name)) => format!("{name}_l0"),
                None => format!("{name}_l0"),
            };
            names.insert(format!("{}.{name}", node.name()), format!("{}.{reference}", node.name()));
        }
    }
    names
}

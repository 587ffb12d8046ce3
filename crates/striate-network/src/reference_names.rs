//! The names that weights have in the files of PyTorch and Keras.
//!
//! A node's name and a parameter's name together are the key in the reference library's file; here is where the two
//! libraries call a parameter, or count beside it, what the network doesn't.

use striate_layers::LayerConfig;

use crate::{NameStyle, Network, NetworkSpec};

/// What PyTorch's batch normalizations count and no evaluation reads. A strict `load_state_dict` asks for it.
pub(crate) const BATCHES: &str = "num_batches_tracked";

/// A weight as the reference library has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceWeight {
    /// The name in the library's file: `layer1.0.bn1.running_mean`, `conv1_bn/moving_mean`.
    pub name: String,
    /// The network's own name; none for a count that the network doesn't keep.
    pub own: Option<String>,
    /// The shape in torch's layout.
    pub shape: Vec<usize>,
}

impl Network {
    /// All weights as the library has them whose names the network has, in the order of its file: PyTorch's
    /// `state_dict()`, Keras's variable paths.
    pub fn reference_weights(&self) -> Vec<ReferenceWeight> {
        let spec = self.spec();
        let mut weights = Vec::new();
        for (number, node) in spec.nodes().iter().enumerate() {
            let Some(owned) = self.layer_of(number).filter(|_| spec.owner(number) == number) else { continue };
            for slot in crate::state::slots(owned.layer) {
                weights.push(ReferenceWeight {
                    name: reference_name(spec, node.name(), owned.config, &slot.name),
                    own: Some(format!("{}.{}", node.name(), slot.name)),
                    shape: slot.shape,
                });
            }
            let count = match (spec.style(), owned.config) {
                (NameStyle::Torch, LayerConfig::BatchNorm(_)) => format!("{}.{BATCHES}", node.name()),
                (NameStyle::Keras, config) if has_count(config) => format!("{}/count", path(node.name())),
                _ => continue,
            };
            weights.push(ReferenceWeight { name: count, own: None, shape: Vec::new() });
        }
        weights
    }
}

/// Whether Keras keeps beside a layer's weights how many samples it has adapted to, and counts that as a parameter.
pub(crate) fn has_count(layer: &LayerConfig) -> bool {
    matches!(layer, LayerConfig::Normalization(_))
}

/// Keras's separator of a path's parts.
fn path(node: &str) -> String {
    node.replace('.', "/")
}

/// The library's name for a parameter.
fn reference_name(spec: &NetworkSpec, node: &str, layer: &LayerConfig, parameter: &str) -> String {
    match spec.style() {
        NameStyle::Torch => format!("{node}.{}", torch_name(layer, parameter)),
        NameStyle::Keras => format!("{}/{}", path(node), keras_name(layer, parameter)),
    }
}

/// PyTorch's recurrent modules put the layer's number and the direction behind a name; a network has one node a layer.
fn torch_name(layer: &LayerConfig, parameter: &str) -> String {
    let recurrent = matches!(
        layer,
        LayerConfig::SimpleRnn(_) | LayerConfig::Lstm(_) | LayerConfig::Gru(_) | LayerConfig::Bidirectional(_)
    );
    match parameter.split_once('.') {
        _ if !recurrent => parameter.into(),
        Some(("backward", name)) => format!("{name}_l0_reverse"),
        Some((_, name)) => format!("{name}_l0"),
        None => format!("{parameter}_l0"),
    }
}

fn keras_name(layer: &LayerConfig, parameter: &str) -> String {
    let norm = matches!(
        layer,
        LayerConfig::BatchNorm(_)
            | LayerConfig::GroupNorm(_)
            | LayerConfig::LayerNorm(_)
            | LayerConfig::InstanceNorm(_)
    );
    match parameter {
        "weight" if norm => "gamma",
        "bias" if norm => "beta",
        "weight" if matches!(layer, LayerConfig::Embedding(_)) => "embeddings",
        "weight" if matches!(layer, LayerConfig::Prelu(_)) => "alpha",
        "weight" => "kernel",
        "running_mean" => "moving_mean",
        "running_var" => "moving_variance",
        "depthwise_weight" => "depthwise_kernel",
        "pointwise_weight" => "pointwise_kernel",
        other => other,
    }
    .into()
}

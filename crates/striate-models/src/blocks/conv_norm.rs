//! A convolution with what follows it.

use striate_layers::{Activation, BatchNorm, LayerConfig};
use striate_network::{Builder, Node};

/// A convolution, batch norm and, unless it is linear, an activation, each a node with its name.
pub(crate) fn conv_norm(
    net: &mut Builder,
    names: [String; 3],
    conv: impl Into<LayerConfig>,
    norm: BatchNorm,
    activation: Activation,
    x: Node,
) -> Node {
    let [conv_name, norm_name, activation_name] = names;
    let x = net.add(conv_name, conv, x);
    let x = net.add(norm_name, norm, x);
    match activation {
        Activation::Linear => x,
        activation => net.add(activation_name, activation, x),
    }
}

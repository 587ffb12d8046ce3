//! A convolution with what follows it.

use striate_layers::{Activation, BatchNorm, LayerConfig};
use striate_network::{Builder, Node};

/// torchvision's `Conv2dNormActivation`: the nodes `name.0`, `name.1` and, unless it is linear, `name.2`.
pub(crate) fn conv_norm_activation(
    net: &mut Builder,
    name: &str,
    conv: impl Into<LayerConfig>,
    norm: BatchNorm,
    activation: Activation,
    x: Node,
) -> Node {
    let x = net.add(format!("{name}.0"), conv, x);
    let x = net.add(format!("{name}.1"), norm, x);
    match activation {
        Activation::Linear => x,
        activation => net.add(format!("{name}.2"), activation, x),
    }
}

//! The convolution of torchvision's networks.

use striate_layers::{Activation, BatchNorm, LayerConfig};
use striate_network::{Builder, Node};

use super::conv_norm;

/// torchvision's `Conv2dNormActivation`: the nodes `name.0`, `name.1` and, unless it is linear, `name.2`.
pub(crate) fn conv_norm_activation(
    net: &mut Builder,
    name: &str,
    conv: impl Into<LayerConfig>,
    norm: BatchNorm,
    activation: Activation,
    x: Node,
) -> Node {
    conv_norm(net, [0, 1, 2].map(|part| format!("{name}.{part}")), conv, norm, activation, x)
}

//! The convolution of torchvision's Inception networks.

use striate_layers::{Activation, BatchNorm, Conv2d, Preset};
use striate_network::{Builder, Node};

/// torchvision's `BasicConv2d`: a convolution without bias, batch norm and ReLU, the nodes `name.conv`, `name.bn` and
/// `name`.
pub(crate) fn basic_conv(net: &mut Builder, name: &str, conv: Conv2d, x: Node) -> Node {
    let x = net.add(format!("{name}.conv"), conv.no_bias(), x);
    let x = net.add(format!("{name}.bn"), BatchNorm::new().preset(Preset::Torch).eps(1e-3), x);
    net.add(name, Activation::Relu, x)
}

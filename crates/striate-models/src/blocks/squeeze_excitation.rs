//! Squeeze and excitation (Hu et al. 2018, <https://arxiv.org/abs/1709.01507>).

use striate_layers::{Activation, Conv2d, FanMode, GlobalAvgPool, Initializer, Multiply};
use striate_network::{Builder, Node};

/// How channels are weighed by what the whole of each of them says.
pub(crate) struct SqueezeExcitation {
    /// Channels in and out.
    pub(crate) channels: usize,
    /// Channels in between.
    pub(crate) squeezed: usize,
    /// The activation in between.
    pub(crate) activation: Activation,
    /// What makes weights of the values that come out.
    pub(crate) gate: Activation,
}

/// torchvision's `SqueezeExcitation`: the nodes `name.avgpool`, `name.fc1`, `name.fc2` and `name`.
pub(crate) fn squeeze_excitation(net: &mut Builder, name: &str, block: &SqueezeExcitation, x: Node) -> Node {
    let conv =
        |filters| Conv2d::new(filters, 1).kernel_initializer(Initializer::KaimingNormal { mode: FanMode::FanOut });
    let weights = net.add(format!("{name}.avgpool"), GlobalAvgPool::new().keep_dims(), x);
    let weights = net.add(format!("{name}.fc1"), conv(block.squeezed).activation(block.activation), weights);
    let weights = net.add(format!("{name}.fc2"), conv(block.channels).activation(block.gate), weights);
    net.add(name, Multiply::new(), [x, weights])
}

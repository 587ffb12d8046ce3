//! The inverted bottleneck (Sandler et al. 2018, <https://arxiv.org/abs/1801.04381>, figure 3).

use striate_layers::{Activation, BatchNorm, Conv2d, DepthwiseConv2d, FanMode, Initializer};
use striate_network::{Builder, Node};

use super::{SqueezeExcitation, conv_norm_activation, residual, squeeze_excitation};

/// An inverted bottleneck: expansion, depthwise convolution, perhaps squeeze and excitation, projection.
pub(crate) struct InvertedResidual {
    pub(crate) in_channels: usize,
    /// Channels within.
    pub(crate) expanded: usize,
    pub(crate) out_channels: usize,
    pub(crate) kernel_size: usize,
    pub(crate) stride: usize,
    pub(crate) activation: Activation,
    pub(crate) squeeze: Option<SqueezeExcitation>,
    /// How likely a picture passes the block by in training.
    pub(crate) drop: f64,
    pub(crate) norm: BatchNorm,
}

/// torchvision's `MBConv` and `InvertedResidual`: the parts are `name.block.0` and so on; the sum, if there is one, is
/// `name`.
pub(crate) fn inverted_residual(net: &mut Builder, name: &str, block: InvertedResidual, input: Node) -> Node {
    let InvertedResidual { in_channels, expanded, out_channels, activation, norm, .. } = block;
    let mut names = (0..).map(|part| format!("{name}.block.{part}"));
    let mut next = || names.next().expect("there is a next number");
    let mut x = input;
    if expanded != in_channels {
        x = conv_norm_activation(net, &next(), pointwise(expanded), norm.clone(), activation, x);
    }
    let depthwise = DepthwiseConv2d::new(block.kernel_size).stride(block.stride).padding(block.kernel_size / 2);
    let depthwise = depthwise.no_bias().kernel_initializer(KERNEL);
    x = conv_norm_activation(net, &next(), depthwise, norm.clone(), activation, x);
    if let Some(squeeze) = &block.squeeze {
        x = squeeze_excitation(net, &next(), squeeze, x);
    }
    x = conv_norm_activation(net, &next(), pointwise(out_channels), norm, Activation::Linear, x);
    if block.stride != 1 || in_channels != out_channels {
        return x;
    }
    residual(net, [format!("{name}.stochastic_depth"), name.into()], block.drop, x, input)
}

const KERNEL: Initializer = Initializer::KaimingNormal { mode: FanMode::FanOut };

fn pointwise(filters: usize) -> Conv2d {
    Conv2d::new(filters, 1).no_bias().kernel_initializer(KERNEL)
}

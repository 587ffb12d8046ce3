//! MnasNet-B1 (Tan et al. 2019, <https://arxiv.org/abs/1807.11626>), figure 7 without squeeze and excitation.
//!
//! With torchvision's names and first values. `width` of the config multiplies the channels of all but the last convolution, as
//! the paper's multiplier does; `depth`, which the paper doesn't have, the blocks of each row. Pictures of any size.

use striate_layers::{
    Activation, Add, BatchNorm, Conv2d, Dense, DepthwiseConv2d, Dropout, FanMode, GlobalAvgPool, Initializer,
    LayerConfig, Preset, ScaledDistribution,
};
use striate_network::{Builder, Node};

use crate::blocks::{conv_norm, divisible};
use crate::config::ModelConfig;
use crate::entry::{Entry, OwnOption};
use crate::imagenet;

/// The rows of the figure: kernel in px, expansion, channels, blocks, stride of the first.
const ROWS: [[usize; 5]; 6] =
    [[3, 3, 24, 3, 2], [5, 3, 40, 3, 2], [5, 6, 80, 3, 2], [3, 6, 96, 2, 1], [5, 6, 192, 4, 2], [3, 6, 320, 1, 1]];

pub(crate) const MNASNET1_0: Entry = Entry {
    options: &[OwnOption::Width, OwnOption::Depth],
    ..imagenet::torchvision(
        "mnasnet1_0",
        2019,
        "Tan et al., MnasNet: platform-aware neural architecture search for mobile",
        mnasnet,
    )
};

fn mnasnet(net: &mut Builder, images: Node, config: &ModelConfig) -> Vec<Node> {
    let channels = |channels: usize| divisible(channels as f64 * config.width, 8);
    let (stem, mut in_channels) = (channels(32), channels(16));
    let mut x = triple(net, "layers", 0, conv(stem, 3).stride(2).padding(1), Activation::Relu, images);
    x = triple(net, "layers", 3, depthwise(3), Activation::Relu, x);
    x = triple(net, "layers", 6, conv(in_channels, 1), Activation::Linear, x);
    for (row, [kernel, expansion, width, blocks, stride]) in ROWS.into_iter().enumerate() {
        for block in 0..(blocks as f64 * config.depth).ceil() as usize {
            let name = format!("layers.{}.{block}", row + 8);
            let stride = if block == 0 { stride } else { 1 };
            let depthwise = depthwise(kernel).stride(stride);
            let output = inverted_residual(net, &name, [in_channels * expansion, channels(width)], depthwise, x);
            x = match stride == 1 && in_channels == channels(width) {
                true => net.add(name, Add::new(), [output, x]),
                false => output,
            };
            in_channels = channels(width);
        }
    }
    x = triple(net, "layers", 14, conv(1280, 1), Activation::Relu, x);
    if config.classes == 0 {
        return vec![x];
    }
    let x = net.add("pool", GlobalAvgPool::new(), x);
    let x = net.add("classifier.0", Dropout::new(0.2), x);
    let even =
        Initializer::VarianceScaling { scale: 1.0, mode: FanMode::FanOut, distribution: ScaledDistribution::Uniform };
    vec![net.add("classifier.1", Dense::new(config.classes).kernel_initializer(even), x)]
}

/// Expansion, depthwise convolution and projection.
fn inverted_residual(
    net: &mut Builder,
    name: &str,
    [expanded, out_channels]: [usize; 2],
    depthwise: DepthwiseConv2d,
    x: Node,
) -> Node {
    let name = format!("{name}.layers");
    let x = triple(net, &name, 0, conv(expanded, 1), Activation::Relu, x);
    let x = triple(net, &name, 3, depthwise, Activation::Relu, x);
    triple(net, &name, 6, conv(out_channels, 1), Activation::Linear, x)
}

/// A convolution, its norm and its activation, which have the numbers from `first` on.
fn triple(
    net: &mut Builder,
    name: &str,
    first: usize,
    conv: impl Into<LayerConfig>,
    activation: Activation,
    x: Node,
) -> Node {
    let norm = BatchNorm::new().preset(Preset::Torch).momentum(1.0 - 0.9997);
    conv_norm(net, [0, 1, 2].map(|part| format!("{name}.{}", first + part)), conv, norm, activation, x)
}

const KERNEL: Initializer = Initializer::KaimingNormal { mode: FanMode::FanOut };

fn conv(filters: usize, kernel_size: usize) -> Conv2d {
    Conv2d::new(filters, kernel_size).no_bias().kernel_initializer(KERNEL)
}

fn depthwise(kernel_size: usize) -> DepthwiseConv2d {
    DepthwiseConv2d::new(kernel_size).padding(kernel_size / 2).no_bias().kernel_initializer(KERNEL)
}

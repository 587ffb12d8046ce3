//! MobileNet v2 (Sandler et al. 2018, <https://arxiv.org/abs/1801.04381>), table 2.
//!
//! With torchvision's names and first values. `width` of the config is the paper's width multiplier; the last
//! convolution has at least 1280 filters. `depth`, which the paper doesn't have, multiplies the blocks of each row.
//! Pictures of any size.

use striate_layers::{
    Activation, Add, BatchNorm, Conv2d, Dense, DepthwiseConv2d, Dropout, FanMode, GlobalAvgPool, Initializer, Preset,
};
use striate_network::{Builder, Node};

use crate::blocks::{conv_norm_activation, divisible};
use crate::config::ModelConfig;
use crate::entry::{Entry, OwnOption};
use crate::imagenet;

/// The rows of table 2: expansion, channels, blocks, stride of the first.
const ROWS: [[usize; 4]; 7] =
    [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2], [6, 64, 4, 2], [6, 96, 3, 1], [6, 160, 3, 2], [6, 320, 1, 1]];

pub(crate) const MOBILENET_V2: Entry = Entry {
    options: &[OwnOption::Width, OwnOption::Depth],
    ..imagenet::torchvision(
        "mobilenet_v2",
        2018,
        "Sandler et al., MobileNetV2: inverted residuals and linear bottlenecks",
        mobilenet,
    )
};

fn mobilenet(net: &mut Builder, images: Node, config: &ModelConfig) -> Vec<Node> {
    let channels = |channels: usize| divisible(channels as f64 * config.width, 8);
    let mut in_channels = channels(32);
    let stem = conv(in_channels, 3).stride(2).padding(1);
    let mut x = conv_norm_activation(net, "features.0", stem, norm(), Activation::Relu6, images);
    let mut number = 1;
    for [expansion, width, blocks, stride] in ROWS {
        for block in 0..(blocks as f64 * config.depth).ceil() as usize {
            let stride = if block == 0 { stride } else { 1 };
            x = bottleneck(net, &format!("features.{number}"), [in_channels, expansion, channels(width), stride], x);
            in_channels = channels(width);
            number += 1;
        }
    }
    let last = conv(divisible(1280.0 * config.width.max(1.0), 8), 1);
    x = conv_norm_activation(net, &format!("features.{number}"), last, norm(), Activation::Relu6, x);
    if config.classes == 0 {
        return vec![x];
    }
    let x = net.add("avgpool", GlobalAvgPool::new(), x);
    let x = net.add("classifier.0", Dropout::new(0.2), x);
    let dense = Dense::new(config.classes).kernel_initializer(Initializer::Normal { mean: 0.0, std: 0.01 });
    vec![net.add("classifier.1", dense, x)]
}

/// Table 1, with torchvision's names of the time: the projection has no number of its own.
fn bottleneck(
    net: &mut Builder,
    name: &str,
    [in_channels, expansion, out_channels, stride]: [usize; 4],
    input: Node,
) -> Node {
    let (mut x, mut part) = (input, 0);
    if expansion != 1 {
        let expand = conv(in_channels * expansion, 1);
        x = conv_norm_activation(net, &format!("{name}.conv.0"), expand, norm(), Activation::Relu6, x);
        part = 1;
    }
    let depthwise = DepthwiseConv2d::new(3).stride(stride).padding(1).no_bias().kernel_initializer(KERNEL);
    x = conv_norm_activation(net, &format!("{name}.conv.{part}"), depthwise, norm(), Activation::Relu6, x);
    x = net.add(format!("{name}.conv.{}", part + 1), conv(out_channels, 1), x);
    x = net.add(format!("{name}.conv.{}", part + 2), norm(), x);
    match stride == 1 && in_channels == out_channels {
        true => net.add(name, Add::new(), [x, input]),
        false => x,
    }
}

const KERNEL: Initializer = Initializer::KaimingNormal { mode: FanMode::FanOut };

fn conv(filters: usize, kernel_size: usize) -> Conv2d {
    Conv2d::new(filters, kernel_size).no_bias().kernel_initializer(KERNEL)
}

fn norm() -> BatchNorm {
    BatchNorm::new().preset(Preset::Torch)
}

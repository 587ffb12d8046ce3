//! MobileNet v2 (Sandler et al. 2018, <https://arxiv.org/abs/1801.04381>, table 2) with Keras's names.
//!
//! The width is the paper's multiplier; above 1 it widens the last convolution too.

use striate_layers::{Activation, Add, BatchNorm, Conv2d, Dense, DepthwiseConv2d, GlobalAvgPool};
use striate_network::{Builder, NameStyle, Node};

use crate::blocks::{conv_norm, divisible};
use crate::config::ModelConfig;
use crate::entry::Entry;
use crate::imagenet;
use crate::mobilenet_v2::MOBILENET_V2;

pub(crate) const KERAS_MOBILENETV2: Entry = Entry {
    name: "keras_mobilenetv2",
    style: NameStyle::Keras,
    preprocessing: || imagenet::tf([224, 224]),
    build: keras_mobilenet_v2,
    ..MOBILENET_V2
};

/// Table 2: expansion, channels, blocks, stride.
const STAGES: [[usize; 4]; 7] =
    [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2], [6, 64, 4, 2], [6, 96, 3, 1], [6, 160, 3, 2], [6, 320, 1, 1]];

fn norm() -> BatchNorm {
    BatchNorm::new().momentum(0.999)
}

fn keras_mobilenet_v2(net: &mut Builder, images: Node, config: &ModelConfig) -> Vec<Node> {
    let mut in_channels = divisible(32.0 * config.width, 8);
    let names = ["Conv1", "bn_Conv1", "Conv1_relu"].map(String::from);
    let stem = Conv2d::new(in_channels, 3).stride(2).same().no_bias();
    let mut x = conv_norm(net, names, stem, norm(), Activation::Relu6, images);
    let mut number = 0;
    for [expansion, channels, blocks, stride] in STAGES {
        let out_channels = divisible((channels as f64 * config.width).trunc(), 8);
        for place in 0..(blocks as f64 * config.depth).ceil() as usize {
            let stride = if place == 0 { stride } else { 1 };
            x = block(net, number, expansion, [in_channels, out_channels], stride, x);
            in_channels = out_channels;
            number += 1;
        }
    }
    let last = divisible(1280.0 * config.width.max(1.0), 8);
    let names = ["Conv_1", "Conv_1_bn", "out_relu"].map(String::from);
    let x = conv_norm(net, names, Conv2d::new(last, 1).no_bias(), norm(), Activation::Relu6, x);
    if config.classes == 0 {
        return vec![x];
    }
    let x = net.add("global_average_pooling2d", GlobalAvgPool::new(), x);
    vec![net.add("predictions", Dense::new(config.classes), x)]
}

/// An inverted residual; the first has no expansion, and another name.
fn block(
    net: &mut Builder,
    number: usize,
    expansion: usize,
    [in_channels, out_channels]: [usize; 2],
    stride: usize,
    input: Node,
) -> Node {
    let name = if number == 0 { "expanded_conv".into() } else { format!("block_{number}") };
    let names = |part: &str| ["", "_BN", "_relu"].map(|suffix| format!("{name}_{part}{suffix}"));
    let conv = |filters| Conv2d::new(filters, 1).no_bias();
    let x = match number {
        0 => input,
        _ => conv_norm(net, names("expand"), conv(expansion * in_channels), norm(), Activation::Relu6, input),
    };
    let depthwise = DepthwiseConv2d::new(3).stride(stride).same().no_bias();
    let x = conv_norm(net, names("depthwise"), depthwise, norm(), Activation::Relu6, x);
    let x = conv_norm(net, names("project"), conv(out_channels), norm(), Activation::Linear, x);
    match stride == 1 && in_channels == out_channels {
        true => net.add(format!("{name}_add"), Add::new(), [input, x]),
        false => x,
    }
}

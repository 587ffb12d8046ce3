//! EfficientNet-Lite 0 to 4 (Tan & Le 2019, <https://arxiv.org/abs/1905.11946>, table 1; TensorFlow's
//! `efficientnet/lite`) with the names of the published package `efficientnet-lite-pytorch`.
//!
//! Departures from EfficientNet, as published: ReLU6, no squeeze and excitation, and neither the first nor the last
//! convolution, nor the number of blocks of the first and the last stage, grow.

use striate_core::Preprocessing;
use striate_layers::{Activation, BatchNorm, Conv2d, Dense, Dropout, GlobalAvgPool, Preset, RunningUpdate};
use striate_network::{Builder, Node};

use crate::blocks::{MbConv, conv_norm, divisible, mb_convs};
use crate::config::ModelConfig;
use crate::efficientnet::EFFICIENTNET_B0;
use crate::entry::Entry;

/// Width and depth coefficients, and the rate of the last dropout.
type Scale = (f64, f64, f64);

macro_rules! variants {
    ($($constant:ident = $name:literal, $size:literal, $scale:expr;)*) => {
        $(pub(crate) const $constant: Entry = Entry {
            name: $name,
            year: 2020,
            input: [3, $size, $size],
            preprocessing: || Preprocessing::lite($size),
            build: |net, x, config| efficientnet_lite(net, x, config, $scale),
            ..EFFICIENTNET_B0
        };)*
    };
}

variants! {
    EFFICIENTNET_LITE0 = "efficientnet_lite0", 224, (1.0, 1.0, 0.2);
    EFFICIENTNET_LITE1 = "efficientnet_lite1", 240, (1.0, 1.1, 0.2);
    EFFICIENTNET_LITE2 = "efficientnet_lite2", 260, (1.1, 1.2, 0.3);
    EFFICIENTNET_LITE3 = "efficientnet_lite3", 280, (1.2, 1.4, 0.3);
    EFFICIENTNET_LITE4 = "efficientnet_lite4", 300, (1.4, 1.8, 0.3);
}

fn efficientnet_lite(net: &mut Builder, images: Node, config: &ModelConfig, scale: Scale) -> Vec<Node> {
    let (width, depth, dropout) = (scale.0 * config.width, scale.1 * config.depth, scale.2);
    let channels = |count: usize| divisible(count as f64 * width, 8);
    let repeats = |stage: usize, count: usize| match stage {
        0 | 6 => count,
        _ => (count as f64 * depth).ceil() as usize,
    };
    let names = ["_conv_stem", "_bn0", "_relu0"].map(String::from);
    let mut x = conv_norm(net, names, conv(32, 3).stride(2), norm(), Activation::Relu6, images);
    for (number, block) in mb_convs(32, channels, repeats).into_iter().enumerate() {
        x = mb_conv(net, &format!("_blocks.{number}"), &block, x);
    }
    let names = ["_conv_head", "_bn1", "_relu1"].map(String::from);
    let x = conv_norm(net, names, conv(1280, 1), norm(), Activation::Relu6, x);
    if config.classes == 0 {
        return vec![x];
    }
    let x = net.add("_avg_pooling", GlobalAvgPool::new(), x);
    let x = net.add("_dropout", Dropout::new(dropout), x);
    vec![net.add("_fc", Dense::new(config.classes).preset(Preset::Torch), x)]
}

fn norm() -> BatchNorm {
    BatchNorm::new().momentum(0.01).running_update(RunningUpdate::Torch)
}

fn conv(filters: usize, size: usize) -> Conv2d {
    Conv2d::new(filters, size).same().no_bias().preset(Preset::Torch)
}

/// An inverted residual.
fn mb_conv(net: &mut Builder, name: &str, block: &MbConv, input: Node) -> Node {
    let unit = |net: &mut Builder, parts: [&str; 3], conv: Conv2d, activation, x| {
        conv_norm(net, parts.map(|part| format!("{name}.{part}")), conv, norm(), activation, x)
    };
    let x = match block.expanded == block.in_channels {
        true => input,
        false => unit(net, ["_expand_conv", "_bn0", "_relu0"], conv(block.expanded, 1), Activation::Relu6, input),
    };
    let depthwise = conv(block.expanded, block.kernel_size).stride(block.stride).groups(block.expanded);
    let x = unit(net, ["_depthwise_conv", "_bn1", "_relu1"], depthwise, Activation::Relu6, x);
    let x = unit(net, ["_project_conv", "_bn2", ""], conv(block.out_channels, 1), Activation::Linear, x);
    block.residual(net, ["_drop", "_add"].map(|part| format!("{name}.{part}")), x, input)
}

//! EfficientNet-Lite 0 to 4 (Tan & Le 2019, <https://arxiv.org/abs/1905.11946>, table 1; TensorFlow's
//! `efficientnet/lite`) with the names of the published package `efficientnet-lite-pytorch`.
//!
//! Departures from EfficientNet, as published: ReLU6, no squeeze and excitation, and neither the first nor the last
//! convolution, nor the number of blocks of the first and the last stage, grow.

use striate_core::Preprocessing;
use striate_layers::{
    Activation, Add, BatchNorm, Conv2d, Dense, Dropout, GlobalAvgPool, LayerConfig, Preset, RunningUpdate,
};
use striate_network::{Builder, NameStyle, Node};

use crate::blocks::{conv_norm, divisible};
use crate::config::ModelConfig;
use crate::entry::Entry;
use crate::imagenet;

/// Width and depth coefficients, and the rate of the last dropout.
type Scale = (f64, f64, f64);

const LITE: Entry = Entry {
    name: "efficientnet_lite",
    year: 2020,
    paper: "Tan & Le, EfficientNet: Rethinking model scaling for convolutional neural networks",
    input: [3, 224, 224],
    classes: 1000,
    style: NameStyle::Torch,
    preprocessing: || Preprocessing::lite(224),
    class_names: Some(imagenet::class_names),
    scales: true,
    build: |net, x, config| efficientnet_lite(net, x, config, (1.0, 1.0, 0.2)),
};

macro_rules! variants {
    ($($constant:ident = $name:literal, $size:literal, $scale:expr;)*) => {
        $(pub(crate) const $constant: Entry = Entry {
            name: $name,
            input: [3, $size, $size],
            preprocessing: || Preprocessing::lite($size),
            build: |net, x, config| efficientnet_lite(net, x, config, $scale),
            ..LITE
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

/// Table 1's stages 2 to 8: kernel size, blocks, channels in and out, expansion, stride.
const STAGES: [[usize; 6]; 7] = [
    [3, 1, 32, 16, 1, 1],
    [3, 2, 16, 24, 6, 2],
    [5, 2, 24, 40, 6, 2],
    [3, 3, 40, 80, 6, 2],
    [5, 3, 80, 112, 6, 1],
    [5, 4, 112, 192, 6, 2],
    [3, 1, 192, 320, 6, 1],
];

/// Rate at which the last block is left out in training; it grows from 0 at the first.
const DROP_CONNECT: f64 = 0.2;

fn efficientnet_lite(net: &mut Builder, images: Node, config: &ModelConfig, scale: Scale) -> Vec<Node> {
    let (width, depth, dropout) = (scale.0 * config.width, scale.1 * config.depth, scale.2);
    let channels = |count: usize| divisible(count as f64 * width, 8);
    let repeats = |stage: usize| match stage {
        0 | 6 => STAGES[stage][1],
        _ => (STAGES[stage][1] as f64 * depth).ceil() as usize,
    };
    let names = ["_conv_stem", "_bn0", "_relu0"].map(String::from);
    let mut x = conv_norm(net, names, conv(32, 3).stride(2), norm(), Activation::Relu6, images);
    let blocks: usize = (0..STAGES.len()).map(repeats).sum();
    let mut number = 0;
    let mut before = 32;
    for (stage, [kernel_size, _, _, out_channels, expansion, stride]) in STAGES.into_iter().enumerate() {
        for place in 0..repeats(stage) {
            let block = Block {
                kernel_size,
                in_channels: before,
                out_channels: channels(out_channels),
                expansion,
                stride: if place == 0 { stride } else { 1 },
                drop: DROP_CONNECT * number as f64 / blocks as f64,
            };
            x = block.add(net, &format!("_blocks.{number}"), x);
            before = block.out_channels;
            number += 1;
        }
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

/// MBConv without squeeze and excitation.
struct Block {
    kernel_size: usize,
    in_channels: usize,
    out_channels: usize,
    expansion: usize,
    stride: usize,
    drop: f64,
}

impl Block {
    fn add(&self, net: &mut Builder, name: &str, input: Node) -> Node {
        let expanded = self.in_channels * self.expansion;
        let unit = |net: &mut Builder, parts: [&str; 3], conv: LayerConfig, activation, x| {
            conv_norm(net, parts.map(|part| format!("{name}.{part}")), conv, norm(), activation, x)
        };
        let x = match self.expansion {
            1 => input,
            _ => unit(net, ["_expand_conv", "_bn0", "_relu0"], conv(expanded, 1).into(), Activation::Relu6, input),
        };
        let depthwise = conv(expanded, self.kernel_size).stride(self.stride).groups(expanded);
        let x = unit(net, ["_depthwise_conv", "_bn1", "_relu1"], depthwise.into(), Activation::Relu6, x);
        let project = conv(self.out_channels, 1);
        let x = unit(net, ["_project_conv", "_bn2", ""], project.into(), Activation::Linear, x);
        if self.stride != 1 || self.in_channels != self.out_channels {
            return x;
        }
        let x = match self.drop > 0.0 {
            true => {
                let drop = Dropout::new(self.drop).noise_shape([None, Some(1), Some(1), Some(1)]);
                net.add(format!("{name}._drop"), drop, x)
            }
            false => x,
        };
        net.add(format!("{name}._add"), Add::new(), [x, input])
    }
}

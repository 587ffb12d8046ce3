//! DenseNet (Huang et al. 2017, <https://arxiv.org/abs/1608.06993>, table 1) with Keras's names.
//!
//! As Keras has it: a growth rate of 32 for each, transitions that halve the channels, and batch norm's epsilon of
//! 1.001e-5.

use striate_layers::{Activation, AvgPool2d, BatchNorm, Concatenate, Conv2d, Dense, GlobalAvgPool, MaxPool2d};
use striate_network::{Builder, NameStyle, Node};

use crate::blocks::conv_norm;
use crate::config::ModelConfig;
use crate::densenet::DENSENET121;
use crate::entry::Entry;
use crate::imagenet;

pub(crate) const KERAS_DENSENET121: Entry = Entry {
    name: "keras_densenet121",
    style: NameStyle::Keras,
    preprocessing: || imagenet::normalized([224, 224]),
    build: |net, x, config| keras_densenet(net, x, config, [6, 12, 24, 16]),
    ..DENSENET121
};

pub(crate) const KERAS_DENSENET169: Entry = Entry {
    name: "keras_densenet169",
    build: |net, x, config| keras_densenet(net, x, config, [6, 12, 32, 32]),
    ..KERAS_DENSENET121
};

pub(crate) const KERAS_DENSENET201: Entry = Entry {
    name: "keras_densenet201",
    build: |net, x, config| keras_densenet(net, x, config, [6, 12, 48, 32]),
    ..KERAS_DENSENET121
};

/// Channels that each layer adds.
const GROWTH: usize = 32;

fn norm() -> BatchNorm {
    BatchNorm::new().eps(1.001e-5)
}

fn keras_densenet(net: &mut Builder, images: Node, config: &ModelConfig, layers: [usize; 4]) -> Vec<Node> {
    let mut channels = 64;
    let names = ["conv1_conv", "conv1_bn", "conv1_relu"].map(String::from);
    let stem = Conv2d::new(channels, 7).stride(2).padding(3).no_bias();
    let x = conv_norm(net, names, stem, norm(), Activation::Relu, images);
    let mut x = net.add("pool1", MaxPool2d::new(3).stride(2).padding(1), x);
    for (stage, layers) in (2..).zip(layers) {
        if stage > 2 {
            channels /= 2;
            x = transition(net, &format!("pool{}", stage - 1), channels, x);
        }
        for place in 1..=layers {
            x = layer(net, &format!("conv{stage}_block{place}"), x);
            channels += GROWTH;
        }
    }
    let x = net.add("bn", norm(), x);
    let x = net.add("relu", Activation::Relu, x);
    if config.classes == 0 {
        return vec![x];
    }
    let x = net.add("avg_pool", GlobalAvgPool::new(), x);
    vec![net.add("predictions", Dense::new(config.classes), x)]
}

/// A layer's new maps, beside those that came.
fn layer(net: &mut Builder, name: &str, x: Node) -> Node {
    let new = net.add(format!("{name}_0_bn"), norm(), x);
    let new = net.add(format!("{name}_0_relu"), Activation::Relu, new);
    let names = ["conv", "bn", "relu"].map(|part| format!("{name}_1_{part}"));
    let new = conv_norm(net, names, Conv2d::new(4 * GROWTH, 1).no_bias(), norm(), Activation::Relu, new);
    let new = net.add(format!("{name}_2_conv"), Conv2d::new(GROWTH, 3).same().no_bias(), new);
    net.add(format!("{name}_concat"), Concatenate::new(), [x, new])
}

fn transition(net: &mut Builder, name: &str, channels: usize, x: Node) -> Node {
    let x = net.add(format!("{name}_bn"), norm(), x);
    let x = net.add(format!("{name}_relu"), Activation::Relu, x);
    let x = net.add(format!("{name}_conv"), Conv2d::new(channels, 1).no_bias(), x);
    net.add(format!("{name}_pool"), AvgPool2d::new(2), x)
}

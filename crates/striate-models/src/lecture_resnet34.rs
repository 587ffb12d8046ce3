//! ResNet-34 of residual units (He et al. 2015, <https://arxiv.org/abs/1512.03385>, table 1), as Géron 2019 builds it
//! with Keras (chapter 14, "Implementing a ResNet-34 CNN Using Keras").
//!
//! Departures from the paper: padding is TensorFlow's `same`, batch norm has Keras's epsilon, and there are ten classes.
//! 21,289,802 trainable parameters.

use striate_core::Preprocessing;
use striate_layers::{Activation, Add, BatchNorm, Conv2d, Dense, GlobalAvgPool, MaxPool2d};
use striate_network::{Builder, NameStyle, Node};

use crate::blocks::conv_norm;
use crate::config::ModelConfig;
use crate::entry::Entry;
use crate::resnet::RESNET34;

pub(crate) const LECTURE_RESNET34: Entry = Entry {
    name: "lecture_resnet34",
    classes: 10,
    style: NameStyle::Keras,
    preprocessing: || Preprocessing::rgb([224, 224]),
    class_names: None,
    build: lecture_resnet34,
    ..RESNET34
};

/// Units and channels of each stage.
const STAGES: [(usize, usize); 4] = [(3, 64), (4, 128), (6, 256), (3, 512)];

fn lecture_resnet34(net: &mut Builder, images: Node, config: &ModelConfig) -> Vec<Node> {
    let names = ["stem_conv", "stem_bn", "stem_relu"].map(String::from);
    let stem = Conv2d::new(64, 7).stride(2).same().no_bias();
    let x = conv_norm(net, names, stem, BatchNorm::new(), Activation::Relu, images);
    let mut x = net.add("max_pooling2d", MaxPool2d::new(3).stride(2).same(), x);
    let mut number = 0;
    for (stage, (units, channels)) in STAGES.into_iter().enumerate() {
        for place in 0..units {
            number += 1;
            let stride = if stage > 0 && place == 0 { 2 } else { 1 };
            x = unit(net, &format!("unit{number}"), channels, stride, x);
        }
    }
    if config.classes == 0 {
        return vec![x];
    }
    let x = net.add("global_average_pooling2d", GlobalAvgPool::new(), x);
    vec![net.add("dense", Dense::new(config.classes), x)]
}

/// Two convolutions beside a shortcut, which has a convolution of its own where the stride isn't 1.
fn unit(net: &mut Builder, name: &str, channels: usize, stride: usize, x: Node) -> Node {
    let names = |conv: &str, norm: &str, relu: &str| [conv, norm, relu].map(|part| format!("{name}.{part}"));
    let conv = |size| Conv2d::new(channels, size).same().no_bias();
    let first = conv(3).stride(stride);
    let main = conv_norm(net, names("conv1", "bn1", "relu1"), first, BatchNorm::new(), Activation::Relu, x);
    let main = conv_norm(net, names("conv2", "bn2", ""), conv(3), BatchNorm::new(), Activation::Linear, main);
    let skip = match stride {
        1 => x,
        stride => {
            let skip = conv(1).stride(stride);
            conv_norm(net, names("skip_conv", "skip_bn", ""), skip, BatchNorm::new(), Activation::Linear, x)
        }
    };
    net.add(name, Add::new().activation(Activation::Relu), [main, skip])
}

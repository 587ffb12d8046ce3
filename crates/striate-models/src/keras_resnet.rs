//! ResNet (He et al. 2015, <https://arxiv.org/abs/1512.03385>, table 1, bottleneck units) with Keras's names.
//!
//! As Keras has it: convolutions have a bias, a stage's stride is in its first 1x1 convolution, and batch norm's epsilon
//! is 1.001e-5.

use striate_layers::{Activation, Add, BatchNorm, Conv2d, Dense, GlobalAvgPool, MaxPool2d};
use striate_network::{Builder, NameStyle, Node};

use crate::blocks::conv_norm;
use crate::config::ModelConfig;
use crate::entry::Entry;
use crate::imagenet;
use crate::resnet::RESNET50;

pub(crate) const KERAS_RESNET50: Entry = Entry {
    name: "keras_resnet50",
    style: NameStyle::Keras,
    preprocessing: || imagenet::caffe([224, 224]),
    build: |net, x, config| keras_resnet(net, x, config, [3, 4, 6, 3]),
    ..RESNET50
};

pub(crate) const KERAS_RESNET101: Entry = Entry {
    name: "keras_resnet101",
    build: |net, x, config| keras_resnet(net, x, config, [3, 4, 23, 3]),
    ..KERAS_RESNET50
};

pub(crate) const KERAS_RESNET152: Entry = Entry {
    name: "keras_resnet152",
    build: |net, x, config| keras_resnet(net, x, config, [3, 8, 36, 3]),
    ..KERAS_RESNET50
};

fn norm() -> BatchNorm {
    BatchNorm::new().eps(1.001e-5)
}

fn keras_resnet(net: &mut Builder, images: Node, config: &ModelConfig, units: [usize; 4]) -> Vec<Node> {
    let names = ["conv1_conv", "conv1_bn", "conv1_relu"].map(String::from);
    let x = conv_norm(net, names, Conv2d::new(64, 7).stride(2).padding(3), norm(), Activation::Relu, images);
    let mut x = net.add("pool1_pool", MaxPool2d::new(3).stride(2).padding(1), x);
    for (stage, (units, width)) in (2..).zip(units.into_iter().zip([64, 128, 256, 512])) {
        for place in 1..=units {
            let name = format!("conv{stage}_block{place}");
            let stride = if stage > 2 && place == 1 { 2 } else { 1 };
            x = unit(net, &name, width, stride, place == 1, x);
        }
    }
    if config.classes == 0 {
        return vec![x];
    }
    let x = net.add("avg_pool", GlobalAvgPool::new(), x);
    vec![net.add("predictions", Dense::new(config.classes), x)]
}

/// Figure 5, right: 1x1, 3x3, 1x1, beside a shortcut that has a convolution in the first unit of a stage.
fn unit(net: &mut Builder, name: &str, width: usize, stride: usize, first: bool, x: Node) -> Node {
    let names = |place: usize| ["conv", "bn", "relu"].map(|part| format!("{name}_{place}_{part}"));
    let inner = conv_norm(net, names(1), Conv2d::new(width, 1).stride(stride), norm(), Activation::Relu, x);
    let inner = conv_norm(net, names(2), Conv2d::new(width, 3).same(), norm(), Activation::Relu, inner);
    // Keras's order of weights: both convolutions, then both batch norms.
    let wide = || Conv2d::new(4 * width, 1);
    let shortcut = if first { net.add(format!("{name}_0_conv"), wide().stride(stride), x) } else { x };
    let inner = net.add(format!("{name}_3_conv"), wide(), inner);
    let shortcut = if first { net.add(format!("{name}_0_bn"), norm(), shortcut) } else { shortcut };
    let inner = net.add(format!("{name}_3_bn"), norm(), inner);
    let x = net.add(format!("{name}_add"), Add::new(), [shortcut, inner]);
    net.add(format!("{name}_out"), Activation::Relu, x)
}

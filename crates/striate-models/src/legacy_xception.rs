//! Xception (Chollet 2017, <https://arxiv.org/abs/1610.02357>), figure 5, as timm has it under the name
//! `legacy_xception`; `keras_xception` is the author's own.
//!
//! With timm's names and first values. Pictures of any size of at least 7 px.

use striate_core::{Interpolation, Preprocessing};
use striate_layers::{
    Activation, Add, BatchNorm, Conv2d, Dense, DepthwiseConv2d, FanMode, GlobalAvgPool, Initializer, MaxPool2d, Preset,
};
use striate_network::{Builder, Node};

use crate::config::ModelConfig;
use crate::entry::Entry;
use crate::imagenet;

pub(crate) const LEGACY_XCEPTION: Entry = Entry {
    input: [3, 299, 299],
    preprocessing,
    ..imagenet::torchvision(
        "legacy_xception",
        2016,
        "Chollet, Xception: deep learning with depthwise separable convolutions",
        xception,
    )
};

fn preprocessing() -> Preprocessing {
    Preprocessing { interpolation: Interpolation::Bicubic, ..imagenet::inception(333, 299) }
}

/// A block: the channels of its separable convolutions, and whether it halves the picture.
struct Block(&'static [usize], bool);

const BLOCKS: [Block; 12] = [
    Block(&[128, 128], true),
    Block(&[256, 256], true),
    Block(&[728, 728], true),
    Block(&[728; 3], false),
    Block(&[728; 3], false),
    Block(&[728; 3], false),
    Block(&[728; 3], false),
    Block(&[728; 3], false),
    Block(&[728; 3], false),
    Block(&[728; 3], false),
    Block(&[728; 3], false),
    Block(&[728, 1024], true),
];

fn xception(net: &mut Builder, images: Node, config: &ModelConfig) -> Vec<Node> {
    let x = net.add("conv1", conv(32, 3).stride(2), images);
    let x = net.add("bn1", norm(), x);
    let x = net.add("act1", Activation::Relu, x);
    let x = net.add("conv2", conv(64, 3), x);
    let x = net.add("bn2", norm(), x);
    let mut x = net.add("act2", Activation::Relu, x);
    for (number, block) in (1..).zip(BLOCKS) {
        x = residual(net, &format!("block{number}"), &block, number > 1, x);
    }
    for (number, filters) in [(3, 1536), (4, 2048)] {
        x = separable(net, &format!("conv{number}"), filters, x);
        x = net.add(format!("bn{number}"), norm(), x);
        x = net.add(format!("act{number}"), Activation::Relu, x);
    }
    if config.classes == 0 {
        return vec![x];
    }
    let x = net.add("global_pool", GlobalAvgPool::new(), x);
    vec![net.add("fc", Dense::new(config.classes).preset(Preset::Torch), x)]
}

/// Separable convolutions, a ReLU before each (but the very first), past which the input goes on.
fn residual(
    net: &mut Builder,
    name: &str,
    Block(filters, halves): &Block,
    starts_with_relu: bool,
    input: Node,
) -> Node {
    let mut shortcut = input;
    if *halves {
        shortcut = net.add(format!("{name}.skip"), conv(filters[filters.len() - 1], 1).stride(2), input);
        shortcut = net.add(format!("{name}.skipbn"), norm(), shortcut);
    }
    let mut names = (0..).map(|part| format!("{name}.rep.{part}"));
    let mut next = || names.next().expect("there is a next number");
    let mut x = input;
    for (place, &filters) in filters.iter().enumerate() {
        if place > 0 || starts_with_relu {
            x = net.add(next(), Activation::Relu, x);
        }
        x = separable(net, &next(), filters, x);
        x = net.add(next(), norm(), x);
    }
    if *halves {
        x = net.add(next(), MaxPool2d::new(3).stride(2).padding(1), x);
    }
    net.add(name, Add::new(), [x, shortcut])
}

/// The nodes `name.conv1` and `name.pointwise`.
fn separable(net: &mut Builder, name: &str, filters: usize, x: Node) -> Node {
    let depthwise = DepthwiseConv2d::new(3).padding(1).no_bias().kernel_initializer(KERNEL);
    let x = net.add(format!("{name}.conv1"), depthwise, x);
    net.add(format!("{name}.pointwise"), conv(filters, 1), x)
}

const KERNEL: Initializer = Initializer::KaimingNormal { mode: FanMode::FanOut };

fn conv(filters: usize, kernel_size: usize) -> Conv2d {
    Conv2d::new(filters, kernel_size).no_bias().kernel_initializer(KERNEL)
}

fn norm() -> BatchNorm {
    BatchNorm::new().preset(Preset::Torch)
}

//! A small Xception (Chollet 2017, <https://arxiv.org/abs/1610.02357>), as in Keras's example "Image classification from
//! scratch".
//!
//! Takes px in `[0, 255]`. For five classes, or one logit for two of them with pictures of 180x180 px: 2,782,649
//! parameters.

use striate_layers::{
    Activation, Add, BatchNorm, Conv2d, Dense, Dropout, GlobalAvgPool, MaxPool2d, Rescaling, SeparableConv2d,
};
use striate_network::{Builder, NameStyle, Node};

use crate::blocks::{AutoNames, conv_norm};
use crate::config::ModelConfig;
use crate::entry::Entry;
use crate::imagenet;

pub(crate) const MINI_XCEPTION: Entry = Entry {
    name: "mini_xception",
    year: 2020,
    paper: "Chollet, Keras, example Image classification from scratch",
    input: [3, 96, 96],
    classes: 5,
    style: NameStyle::Keras,
    preprocessing: || imagenet::unscaled([96, 96]),
    class_names: None,
    options: &[],
    build: mini_xception,
};

pub(crate) const MINI_XCEPTION_BINARY: Entry = Entry {
    name: "mini_xception_binary",
    input: [3, 180, 180],
    classes: 1,
    preprocessing: || imagenet::unscaled([180, 180]),
    ..MINI_XCEPTION
};

fn mini_xception(net: &mut Builder, images: Node, config: &ModelConfig) -> Vec<Node> {
    let mut names = AutoNames::default();
    let x = net.add("rescaling", Rescaling::new(1.0 / 255.0), images);
    let stem = Conv2d::new(32, 3).stride(2).same();
    let x = conv_norm(net, three(&mut names, "conv2d"), stem, BatchNorm::new(), Activation::Relu, x);
    let second = Conv2d::new(64, 3).same();
    let mut x = conv_norm(net, three(&mut names, "conv2d"), second, BatchNorm::new(), Activation::Relu, x);
    let mut previous = x;
    for (block, filters) in [128, 256, 512, 728].into_iter().enumerate() {
        // The first block starts behind an activation.
        if block > 0 {
            x = net.add(names.next("activation"), Activation::Relu, x);
        }
        let separable = || SeparableConv2d::new(filters, 3).same();
        let three = |names: &mut AutoNames| three(names, "separable_conv2d");
        x = conv_norm(net, three(&mut names), separable(), BatchNorm::new(), Activation::Relu, x);
        x = conv_norm(net, three(&mut names), separable(), BatchNorm::new(), Activation::Linear, x);
        x = net.add(names.next("max_pooling2d"), MaxPool2d::new(3).stride(2).same(), x);
        let shortcut = net.add(names.next("conv2d"), Conv2d::new(filters, 1).stride(2).same(), previous);
        x = net.add(names.next("add"), Add::new(), [x, shortcut]);
        previous = x;
    }
    let last = SeparableConv2d::new(1024, 3).same();
    let x = conv_norm(net, three(&mut names, "separable_conv2d"), last, BatchNorm::new(), Activation::Relu, x);
    if config.classes == 0 {
        return vec![x];
    }
    let x = net.add("global_average_pooling2d", GlobalAvgPool::new(), x);
    let x = net.add("dropout", Dropout::new(0.5), x);
    vec![net.add("dense", Dense::new(config.classes), x)]
}

/// The names of a convolution, its batch norm and its activation.
fn three(names: &mut AutoNames, conv: &'static str) -> [String; 3] {
    [conv, "batch_normalization", "activation"].map(|kind| names.next(kind))
}

//! Xception (Chollet 2017, <https://arxiv.org/abs/1610.02357>, figure 5) with Keras's names.
//!
//! Pictures of any size of at least 71 px, as Keras; the paper's have 299.

use striate_layers::{Activation, Add, BatchNorm, Conv2d, Dense, GlobalAvgPool, MaxPool2d, SeparableConv2d};
use striate_network::{Builder, NameStyle, Node};

use crate::blocks::{AutoNames, conv_norm};
use crate::config::ModelConfig;
use crate::entry::Entry;
use crate::imagenet;
use crate::legacy_xception::LEGACY_XCEPTION;

pub(crate) const KERAS_XCEPTION: Entry = Entry {
    name: "keras_xception",
    style: NameStyle::Keras,
    preprocessing: || imagenet::tf([299, 299]),
    build: keras_xception,
    ..LEGACY_XCEPTION
};

fn keras_xception(net: &mut Builder, images: Node, config: &ModelConfig) -> Vec<Node> {
    let mut names = AutoNames::default();
    let conv = |filters| Conv2d::new(filters, 3).no_bias();
    // Entry flow.
    let x = unit(net, "block1_conv1", conv(32).stride(2), images);
    let mut x = unit(net, "block1_conv2", conv(64), x);
    for (block, width) in [(2, 128), (3, 256), (4, 728)] {
        x = shrinking(net, &mut names, block, [width, width], x);
    }
    // Middle flow.
    for block in 5..13 {
        let block_name = format!("block{block}");
        let inner = (1..=3).fold(x, |x, place| separable(net, &format!("{block_name}_sepconv{place}"), 728, true, x));
        x = net.add(names.next("add"), Add::new(), [inner, x]);
    }
    // Exit flow.
    x = shrinking(net, &mut names, 13, [728, 1024], x);
    for (name, width) in [("block14_sepconv1", 1536), ("block14_sepconv2", 2048)] {
        x = separable(net, name, width, false, x);
        x = net.add(format!("{name}_act"), Activation::Relu, x);
    }
    if config.classes == 0 {
        return vec![x];
    }
    let x = net.add("avg_pool", GlobalAvgPool::new(), x);
    vec![net.add("predictions", Dense::new(config.classes), x)]
}

fn unit(net: &mut Builder, name: &str, conv: Conv2d, x: Node) -> Node {
    let names = ["", "_bn", "_act"].map(|part| format!("{name}{part}"));
    conv_norm(net, names, conv, BatchNorm::new(), Activation::Relu, x)
}

/// Two separable convolutions and a pool beside a convolution, both with stride 2.
fn shrinking(net: &mut Builder, names: &mut AutoNames, block: usize, widths: [usize; 2], x: Node) -> Node {
    // What comes from the second block's convolution is an activation already.
    let inner = separable(net, &format!("block{block}_sepconv1"), widths[0], block > 2, x);
    let inner = separable(net, &format!("block{block}_sepconv2"), widths[1], true, inner);
    let shortcut = Conv2d::new(widths[1], 1).stride(2).same().no_bias();
    let shortcut = net.add(names.next("conv2d"), shortcut, x);
    let inner = net.add(format!("block{block}_pool"), MaxPool2d::new(3).stride(2).same(), inner);
    let shortcut = net.add(names.next("batch_normalization"), BatchNorm::new(), shortcut);
    net.add(names.next("add"), Add::new(), [inner, shortcut])
}

/// A separable convolution and batch norm, behind an activation where there is one.
fn separable(net: &mut Builder, name: &str, width: usize, activation: bool, x: Node) -> Node {
    let x = if activation { net.add(format!("{name}_act"), Activation::Relu, x) } else { x };
    let x = net.add(name, SeparableConv2d::new(width, 3).same().no_bias(), x);
    net.add(format!("{name}_bn"), BatchNorm::new(), x)
}

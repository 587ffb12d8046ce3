//! DenseNet-BC (Huang et al. 2017, <https://arxiv.org/abs/1608.06993>), table 1.
//!
//! With torchvision's names and first values. Pictures of any size of at least 29 px.

use striate_layers::{
    Activation, AvgPool2d, BatchNorm, Concatenate, Conv2d, Dense, FanMode, GlobalAvgPool, Initializer, MaxPool2d,
    Preset,
};
use striate_network::{Builder, Node};

use crate::config::ModelConfig;
use crate::entry::Entry;
use crate::imagenet;

/// A column of table 1.
struct DenseNet {
    /// Channels that each layer adds.
    growth: usize,
    /// Layers in each of the four blocks.
    depths: [usize; 4],
}

const D121: DenseNet = DenseNet { growth: 32, depths: [6, 12, 24, 16] };
const D161: DenseNet = DenseNet { growth: 48, depths: [6, 12, 36, 24] };
const D169: DenseNet = DenseNet { growth: 32, depths: [6, 12, 32, 32] };
const D201: DenseNet = DenseNet { growth: 32, depths: [6, 12, 48, 32] };

pub(crate) const DENSENET121: Entry = imagenet::torchvision(
    "densenet121",
    2016,
    "Huang et al., Densely connected convolutional networks",
    |net, x, config| densenet(net, x, config, &D121),
);
pub(crate) const DENSENET161: Entry =
    Entry { name: "densenet161", build: |net, x, config| densenet(net, x, config, &D161), ..DENSENET121 };
pub(crate) const DENSENET169: Entry =
    Entry { name: "densenet169", build: |net, x, config| densenet(net, x, config, &D169), ..DENSENET121 };
pub(crate) const DENSENET201: Entry =
    Entry { name: "densenet201", build: |net, x, config| densenet(net, x, config, &D201), ..DENSENET121 };

fn densenet(net: &mut Builder, images: Node, config: &ModelConfig, densenet: &DenseNet) -> Vec<Node> {
    let mut channels = 2 * densenet.growth;
    let x = net.add("features.conv0", conv(channels, 7).stride(2).padding(3), images);
    let x = net.add("features.norm0", norm(), x);
    let x = net.add("features.relu0", Activation::Relu, x);
    let mut x = net.add("features.pool0", MaxPool2d::new(3).stride(2).padding(1), x);
    for (block, depth) in (1..).zip(densenet.depths) {
        for layer in 1..=depth {
            let name = format!("features.denseblock{block}.denselayer{layer}");
            // All maps so far side by side; the last of them are the block's.
            let joined = if layer == depth { format!("features.denseblock{block}") } else { format!("{name}.joined") };
            let new = dense_layer(net, &name, densenet.growth, x);
            x = net.add(joined, Concatenate::new(), [x, new]);
        }
        channels += depth * densenet.growth;
        if block < densenet.depths.len() {
            channels /= 2;
            x = transition(net, &format!("features.transition{block}"), channels, x);
        }
    }
    let x = net.add("features.norm5", norm(), x);
    let x = net.add("features.relu5", Activation::Relu, x);
    if config.classes == 0 {
        return vec![x];
    }
    let x = net.add("avgpool", GlobalAvgPool::new(), x);
    let dense = Dense::new(config.classes).kernel_initializer(Initializer::TorchDefault);
    vec![net.add("classifier", dense, x)]
}

/// 1x1 to four times the growth, then 3x3, each after batch norm and ReLU.
fn dense_layer(net: &mut Builder, name: &str, growth: usize, x: Node) -> Node {
    let x = net.add(format!("{name}.norm1"), norm(), x);
    let x = net.add(format!("{name}.relu1"), Activation::Relu, x);
    let x = net.add(format!("{name}.conv1"), conv(4 * growth, 1), x);
    let x = net.add(format!("{name}.norm2"), norm(), x);
    let x = net.add(format!("{name}.relu2"), Activation::Relu, x);
    net.add(format!("{name}.conv2"), conv(growth, 3).padding(1), x)
}

fn transition(net: &mut Builder, name: &str, channels: usize, x: Node) -> Node {
    let x = net.add(format!("{name}.norm"), norm(), x);
    let x = net.add(format!("{name}.relu"), Activation::Relu, x);
    let x = net.add(format!("{name}.conv"), conv(channels, 1), x);
    net.add(format!("{name}.pool"), AvgPool2d::new(2), x)
}

fn conv(filters: usize, kernel_size: usize) -> Conv2d {
    let kernel = Initializer::KaimingNormal { mode: FanMode::FanIn };
    Conv2d::new(filters, kernel_size).no_bias().kernel_initializer(kernel)
}

fn norm() -> BatchNorm {
    BatchNorm::new().preset(Preset::Torch)
}

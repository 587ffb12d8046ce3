//! AlexNet (Krizhevsky, Sutskever & Hinton 2012, <https://doi.org/10.1145/3065386>, figure 2) as torchvision has it:
//! Krizhevsky's own simpler form (2014, <https://arxiv.org/abs/1404.5997>).
//!
//! Departures from the paper of 2012: one tower, 64 and 192 filters in the first two layers, no local response
//! normalization. Pictures of any size of at least 63 px.

use striate_layers::{Activation, AdaptiveAvgPool2d, Conv2d, Dense, Dropout, Flatten, LayerConfig, MaxPool2d, Preset};
use striate_network::{Builder, Node};

use crate::config::ModelConfig;
use crate::entry::Entry;
use crate::imagenet;

pub(crate) const ALEXNET: Entry = imagenet::torchvision(
    "alexnet",
    2012,
    "Krizhevsky, Sutskever & Hinton, ImageNet classification with deep convolutional neural networks",
    alexnet,
);

fn alexnet(net: &mut Builder, images: Node, config: &ModelConfig) -> Vec<Node> {
    let relu = || LayerConfig::from(Activation::Relu);
    let pool = || LayerConfig::from(MaxPool2d::new(3).stride(2));
    let features = [
        conv(64, 11, 2).stride(4).into(),
        relu(),
        pool(),
        conv(192, 5, 2).into(),
        relu(),
        pool(),
        conv(384, 3, 1).into(),
        relu(),
        conv(256, 3, 1).into(),
        relu(),
        conv(256, 3, 1).into(),
        relu(),
        pool(),
    ];
    let mut x = images;
    for (number, layer) in features.into_iter().enumerate() {
        x = net.add(format!("features.{number}"), layer, x);
    }
    if config.classes == 0 {
        return vec![x];
    }
    let dense = |units| Dense::new(units).preset(Preset::Torch);
    let x = net.add("avgpool", AdaptiveAvgPool2d::new(6), x);
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("classifier.0", Dropout::new(0.5), x);
    let x = net.add("classifier.1", dense(4096), x);
    let x = net.add("classifier.2", Activation::Relu, x);
    let x = net.add("classifier.3", Dropout::new(0.5), x);
    let x = net.add("classifier.4", dense(4096), x);
    let x = net.add("classifier.5", Activation::Relu, x);
    vec![net.add("classifier.6", dense(config.classes), x)]
}

fn conv(filters: usize, kernel_size: usize, padding: usize) -> Conv2d {
    Conv2d::new(filters, kernel_size).padding(padding).preset(Preset::Torch)
}

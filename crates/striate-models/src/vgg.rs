//! VGG (Simonyan & Zisserman 2015, <https://arxiv.org/abs/1409.1556>), table 1.
//!
//! With torchvision's names and first values (Kaiming normal by the outputs), batch norm after each convolution where
//! torchvision has it; or with Keras's. Pictures of any size of at least 32 px: torchvision pools the last maps to 7x7
//! before the head, Keras's dense layers take what comes.

use striate_core::Preprocessing;
use striate_layers::{
    Activation, AdaptiveAvgPool2d, BatchNorm, Conv2d, Dense, Dropout, FanMode, Flatten, Initializer, LayerConfig,
    MaxPool2d, Preset,
};
use striate_network::{Builder, NameStyle, Node};

use crate::config::ModelConfig;
use crate::entry::Entry;
use crate::imagenet;

/// Convolutions in each of the five stages: the paper's columns A, B, D and E.
const A: [usize; 5] = [1, 1, 2, 2, 2];
const B: [usize; 5] = [2, 2, 2, 2, 2];
const D: [usize; 5] = [2, 2, 3, 3, 3];
const E: [usize; 5] = [2, 2, 4, 4, 4];

const WIDTHS: [usize; 5] = [64, 128, 256, 512, 512];

const VGG: Entry = imagenet::torchvision(
    "vgg",
    2014,
    "Simonyan & Zisserman, Very deep convolutional networks for large-scale image recognition",
    |net, images, config| torch(net, images, config, D, false),
);

pub(crate) const VGG11: Entry = Entry { name: "vgg11", build: |net, x, config| torch(net, x, config, A, false), ..VGG };
pub(crate) const VGG11_BN: Entry =
    Entry { name: "vgg11_bn", build: |net, x, config| torch(net, x, config, A, true), ..VGG };
pub(crate) const VGG13: Entry = Entry { name: "vgg13", build: |net, x, config| torch(net, x, config, B, false), ..VGG };
pub(crate) const VGG13_BN: Entry =
    Entry { name: "vgg13_bn", build: |net, x, config| torch(net, x, config, B, true), ..VGG };
pub(crate) const VGG16: Entry = Entry { name: "vgg16", ..VGG };
pub(crate) const VGG16_BN: Entry =
    Entry { name: "vgg16_bn", build: |net, x, config| torch(net, x, config, D, true), ..VGG };
pub(crate) const VGG19: Entry = Entry { name: "vgg19", build: |net, x, config| torch(net, x, config, E, false), ..VGG };
pub(crate) const VGG19_BN: Entry =
    Entry { name: "vgg19_bn", build: |net, x, config| torch(net, x, config, E, true), ..VGG };

const KERAS: Entry = Entry { style: NameStyle::Keras, preprocessing: keras_preprocessing, ..VGG };

pub(crate) const KERAS_VGG16: Entry =
    Entry { name: "keras_vgg16", build: |net, x, config| keras(net, x, config, D), ..KERAS };
pub(crate) const KERAS_VGG19: Entry =
    Entry { name: "keras_vgg19", build: |net, x, config| keras(net, x, config, E), ..KERAS };

fn keras_preprocessing() -> Preprocessing {
    imagenet::caffe([224, 224])
}

/// torchvision's: layers numbered through within `features` and `classifier`.
fn torch(net: &mut Builder, images: Node, config: &ModelConfig, depths: [usize; 5], norm: bool) -> Vec<Node> {
    let mut number = 0;
    let mut x = images;
    let mut next = |net: &mut Builder, layer: LayerConfig, x: Node| {
        let node = net.add(format!("features.{number}"), layer, x);
        number += 1;
        node
    };
    let kernel = Initializer::KaimingNormal { mode: FanMode::FanOut };
    for (depth, width) in depths.into_iter().zip(WIDTHS) {
        for _ in 0..depth {
            x = next(net, Conv2d::new(width, 3).padding(1).kernel_initializer(kernel).into(), x);
            if norm {
                x = next(net, BatchNorm::new().preset(Preset::Torch).into(), x);
            }
            x = next(net, Activation::Relu.into(), x);
        }
        x = next(net, MaxPool2d::new(2).into(), x);
    }
    if config.classes == 0 {
        return vec![x];
    }
    let dense = |units| Dense::new(units).kernel_initializer(Initializer::Normal { mean: 0.0, std: 0.01 });
    let x = net.add("avgpool", AdaptiveAvgPool2d::new(7), x);
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("classifier.0", dense(4096), x);
    let x = net.add("classifier.1", Activation::Relu, x);
    let x = net.add("classifier.2", Dropout::new(0.5), x);
    let x = net.add("classifier.3", dense(4096), x);
    let x = net.add("classifier.4", Activation::Relu, x);
    let x = net.add("classifier.5", Dropout::new(0.5), x);
    vec![net.add("classifier.6", dense(config.classes), x)]
}

/// Keras's: layers named by block, Glorot uniform first values, no dropout.
fn keras(net: &mut Builder, images: Node, config: &ModelConfig, depths: [usize; 5]) -> Vec<Node> {
    let mut x = images;
    for (block, (depth, width)) in (1..).zip(depths.into_iter().zip(WIDTHS)) {
        for place in 1..=depth {
            let conv = Conv2d::new(width, 3).same().activation(Activation::Relu);
            x = net.add(format!("block{block}_conv{place}"), conv, x);
        }
        x = net.add(format!("block{block}_pool"), MaxPool2d::new(2), x);
    }
    if config.classes == 0 {
        return vec![x];
    }
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("fc1", Dense::new(4096).activation(Activation::Relu), x);
    let x = net.add("fc2", Dense::new(4096).activation(Activation::Relu), x);
    vec![net.add("predictions", Dense::new(config.classes), x)]
}

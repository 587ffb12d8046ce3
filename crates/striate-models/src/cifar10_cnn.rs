//! Small networks for CIFAR-10 (Krizhevsky 2009), as in Keras's example `cifar10_cnn`: blocks of two convolutions, a pool
//! and a dropout.
//!
//! 276,138 parameters with three blocks, 1,250,858 with two. What comes out are logits.

use striate_core::Preprocessing;
use striate_layers::{Activation, Conv2d, Dense, Dropout, Flatten, MaxPool2d};
use striate_network::{Builder, NameStyle, Node};

use crate::blocks::AutoNames;
use crate::config::ModelConfig;
use crate::entry::Entry;

pub(crate) const CIFAR10_CNN: Entry = Entry {
    name: "cifar10_cnn",
    year: 2016,
    paper: "Chollet, Keras, example cifar10_cnn",
    input: [3, 32, 32],
    classes: 10,
    style: NameStyle::Keras,
    preprocessing: || Preprocessing::rgb([32, 32]),
    class_names: None,
    options: &[],
    build: |net, x, config| cifar10_cnn(net, x, config, &[32, 64, 64]),
};

pub(crate) const CIFAR10_CNN_TWO_BLOCKS: Entry = Entry {
    name: "cifar10_cnn_two_blocks",
    build: |net, x, config| cifar10_cnn(net, x, config, &[32, 64]),
    ..CIFAR10_CNN
};

fn cifar10_cnn(net: &mut Builder, images: Node, config: &ModelConfig, blocks: &[usize]) -> Vec<Node> {
    let mut names = AutoNames::default();
    let mut x = images;
    for &filters in blocks {
        let conv = || Conv2d::new(filters, 3).activation(Activation::Relu);
        x = net.add(names.next("conv2d"), conv().same(), x);
        x = net.add(names.next("conv2d"), conv(), x);
        x = net.add(names.next("max_pooling2d"), MaxPool2d::new(2), x);
        x = net.add(names.next("dropout"), Dropout::new(0.25), x);
    }
    if config.classes == 0 {
        return vec![x];
    }
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("dense", Dense::new(512).activation(Activation::Relu), x);
    let x = net.add(names.next("dropout"), Dropout::new(0.5), x);
    vec![net.add("dense_1", Dense::new(config.classes), x)]
}

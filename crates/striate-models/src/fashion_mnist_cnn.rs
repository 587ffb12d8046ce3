//! A network for Fashion-MNIST (Géron 2019, "Hands-On Machine Learning", chapter 14, "CNN Architectures").
//!
//! 1,413,834 parameters. What comes out are logits.

use striate_core::Preprocessing;
use striate_layers::{Activation, Conv2d, Dense, Dropout, Flatten, MaxPool2d};
use striate_network::{Builder, NameStyle, Node};

use crate::blocks::AutoNames;
use crate::config::ModelConfig;
use crate::entry::Entry;

pub(crate) const FASHION_MNIST_CNN: Entry = Entry {
    name: "fashion_mnist_cnn",
    year: 2019,
    paper: "Géron, Hands-on machine learning, chapter 14",
    input: [1, 28, 28],
    classes: 10,
    style: NameStyle::Keras,
    preprocessing: || Preprocessing::gray([28, 28]),
    class_names: None,
    options: &[],
    build: fashion_mnist_cnn,
};

fn fashion_mnist_cnn(net: &mut Builder, images: Node, config: &ModelConfig) -> Vec<Node> {
    let mut names = AutoNames::default();
    let mut x = images;
    for (filters, size, count) in [(64, 7, 1), (128, 3, 2), (256, 3, 2)] {
        for _ in 0..count {
            let conv = Conv2d::new(filters, size).same().activation(Activation::Relu);
            x = net.add(names.next("conv2d"), conv, x);
        }
        x = net.add(names.next("max_pooling2d"), MaxPool2d::new(2), x);
    }
    if config.classes == 0 {
        return vec![x];
    }
    x = net.add("flatten", Flatten::new(), x);
    for units in [128, 64] {
        x = net.add(names.next("dense"), Dense::new(units).activation(Activation::Relu), x);
        x = net.add(names.next("dropout"), Dropout::new(0.5), x);
    }
    vec![net.add(names.next("dense"), Dense::new(config.classes), x)]
}

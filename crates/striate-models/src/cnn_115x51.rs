//! A network for pictures of 115x51 px and five classes, in the manner of AlexNet (Krizhevsky, Sutskever & Hinton 2012,
//! <https://papers.nips.cc/paper/4824>, section 3.5), from a lecture's table.
//!
//! 16,198,277 parameters. Local responses are normalized with PyTorch's alpha, which is divided by the size.

use striate_core::Preprocessing;
use striate_layers::{Activation, Conv2d, Dense, Flatten, LocalResponseNorm, MaxPool2d};
use striate_network::{Builder, NameStyle, Node};

use crate::config::ModelConfig;
use crate::entry::Entry;

pub(crate) const CNN_115X51: Entry = Entry {
    name: "cnn_115x51",
    year: 2012,
    paper: "Krizhevsky, Sutskever & Hinton, ImageNet classification with deep convolutional neural networks",
    input: [3, 115, 51],
    classes: 5,
    style: NameStyle::Torch,
    preprocessing: || Preprocessing::rgb([115, 51]),
    class_names: None,
    options: &[],
    build: cnn_115x51,
};

fn cnn_115x51(net: &mut Builder, images: Node, config: &ModelConfig) -> Vec<Node> {
    let conv = |filters, size| Conv2d::new(filters, size).activation(Activation::Relu);
    let pool = || MaxPool2d::new(3).stride(2);
    let x = net.add("conv1", conv(96, 7).stride(2), images);
    let x = net.add("norm1", LocalResponseNorm::new(5).k(2.0), x);
    let x = net.add("pool1", pool(), x);
    let x = net.add("conv2", conv(128, 5).padding(2), x);
    let x = net.add("norm2", LocalResponseNorm::new(5).k(2.0), x);
    let x = net.add("pool2", pool(), x);
    let x = net.add("conv3", conv(256, 3).padding(1), x);
    let x = net.add("conv4", conv(256, 3).padding(1), x);
    let x = net.add("conv5", conv(128, 3).padding(1), x);
    let x = net.add("pool5", pool(), x);
    if config.classes == 0 {
        return vec![x];
    }
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("fc1", Dense::new(4096).activation(Activation::Relu), x);
    let x = net.add("fc2", Dense::new(2048).activation(Activation::Relu), x);
    vec![net.add("fc3", Dense::new(config.classes), x)]
}

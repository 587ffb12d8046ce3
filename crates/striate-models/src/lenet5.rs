//! LeNet-5 (LeCun, Bottou, Bengio & Haffner 1998, <https://doi.org/10.1109/5.726791>, figure 2), as it is used today.
//!
//! Departures from the paper: pictures of 28x28 padded to 32x32 by the first convolution, plain average pooling without
//! trainable coefficients, every map of the second convolution sees all six before it, and a dense layer instead of
//! distances at the end. 61,706 parameters for ten classes.

use striate_core::Preprocessing;
use striate_layers::{Activation, AvgPool2d, Conv2d, Dense, Flatten};
use striate_network::{Builder, NameStyle, Node};

use crate::config::ModelConfig;
use crate::entry::Entry;

pub(crate) const LENET5: Entry = Entry {
    name: "lenet5",
    year: 1998,
    paper: "LeCun et al., Gradient-based learning applied to document recognition",
    input: [1, 28, 28],
    classes: 10,
    style: NameStyle::Torch,
    preprocessing,
    class_names: None,
    options: &[],
    build: lenet5,
};

/// Gray pictures of 28x28 px, light on dark, with the mean and standard deviation of MNIST's training set taken out.
fn preprocessing() -> Preprocessing {
    Preprocessing { mean: vec![0.1307], std: vec![0.3081], ..Preprocessing::gray([28, 28]) }
}

fn lenet5(net: &mut Builder, images: Node, config: &ModelConfig) -> Vec<Node> {
    let x = net.add("conv1", Conv2d::new(6, 5).same().activation(Activation::Tanh), images);
    let x = net.add("pool1", AvgPool2d::new(2), x);
    let x = net.add("conv2", Conv2d::new(16, 5).activation(Activation::Tanh), x);
    let x = net.add("pool2", AvgPool2d::new(2), x);
    if config.classes == 0 {
        return vec![x];
    }
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("fc1", Dense::new(120).activation(Activation::Tanh), x);
    let x = net.add("fc2", Dense::new(84).activation(Activation::Tanh), x);
    vec![net.add("fc3", Dense::new(config.classes), x)]
}

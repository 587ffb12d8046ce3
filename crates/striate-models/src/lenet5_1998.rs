//! LeNet-5 as it was published (LeCun, Bottou, Bengio & Haffner 1998, <https://doi.org/10.1109/5.726791>, section II.B,
//! figure 2 and table I).
//!
//! What comes out are squared distances to a fixed point for each class: the smallest wins. Departure: the points are
//! drawn evenly from ±1; the paper's are ±1, bitmaps of 7x12 px of each character, and can be set as the weight of the
//! node `output`. 60,000 parameters are trained for ten classes, as the paper says.

use striate_core::Preprocessing;
use striate_layers::{Activation, Conv2d, Dense, Distance, Flatten, Initializer, Subsampling2d};
use striate_network::{Builder, Node};

use crate::config::ModelConfig;
use crate::entry::Entry;
use crate::lenet5::LENET5;

pub(crate) const LENET5_1998: Entry =
    Entry { name: "lenet5_1998", input: [1, 32, 32], preprocessing, build: lenet5_1998, ..LENET5 };

/// Gray pictures of 32x32 px, light on dark: the background becomes -0.1, the foreground 1.175.
fn preprocessing() -> Preprocessing {
    Preprocessing { scale: 1.275 / 255.0, offset: -0.1, ..Preprocessing::gray([32, 32]) }
}

/// Table I: which of the six maps of S2 each of the sixteen maps of C3 sees.
fn connections() -> Vec<Vec<usize>> {
    let three = (0..6).map(|first| vec![first, first + 1, first + 2]);
    let four = (0..6).map(|first| vec![first, first + 1, first + 2, first + 3]);
    let split = (0..3).map(|first| vec![first, first + 1, first + 3, first + 4]);
    three
        .chain(four)
        .chain(split)
        .map(|row| row.into_iter().map(|map| map % 6).collect())
        .chain([(0..6).collect()])
        .collect()
}

fn lenet5_1998(net: &mut Builder, images: Node, config: &ModelConfig) -> Vec<Node> {
    let squash = Activation::scaled_tanh();
    let conv = |filters| Conv2d::new(filters, 5).activation(squash).kernel_initializer(Initializer::LecunUniform);
    let subsampling = || Subsampling2d::new(2).activation(squash);
    let x = net.add("c1", conv(6), images);
    let x = net.add("s2", subsampling(), x);
    let x = net.add("c3", conv(16).connections(connections()), x);
    let x = net.add("s4", subsampling(), x);
    if config.classes == 0 {
        return vec![x];
    }
    let x = net.add("c5", conv(120), x);
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("f6", Dense::new(84).activation(squash).kernel_initializer(Initializer::LecunUniform), x);
    vec![net.add("output", Distance::new(config.classes).fixed(), x)]
}

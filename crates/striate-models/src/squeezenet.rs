//! SqueezeNet (Iandola et al. 2016, <https://arxiv.org/abs/1602.07360>), table 1, and its version 1.1 with 2.4 times fewer
//! multiplications.
//!
//! With torchvision's names and first values; its pools reach over the end. Pictures of any size of at least 21 px (17
//! for version 1.1).

use striate_layers::{Activation, Concatenate, Conv2d, Dropout, FanMode, GlobalAvgPool, Initializer, MaxPool2d};
use striate_network::{Builder, Node};

use crate::config::ModelConfig;
use crate::entry::Entry;
use crate::imagenet;

/// What stands behind the first convolution.
#[derive(Clone, Copy)]
enum Part {
    Pool,
    /// Filters that squeeze, and filters of each of the two sizes that expand.
    Fire(usize, usize),
}
use Part::{Fire, Pool};

/// Filters and side of the first convolution, then what comes after its ReLU.
struct SqueezeNet {
    stem: (usize, usize),
    parts: &'static [Part],
}

const V1_0: SqueezeNet = SqueezeNet {
    stem: (96, 7),
    parts: &[
        Pool,
        Fire(16, 64),
        Fire(16, 64),
        Fire(32, 128),
        Pool,
        Fire(32, 128),
        Fire(48, 192),
        Fire(48, 192),
        Fire(64, 256),
        Pool,
        Fire(64, 256),
    ],
};
const V1_1: SqueezeNet = SqueezeNet {
    stem: (64, 3),
    parts: &[
        Pool,
        Fire(16, 64),
        Fire(16, 64),
        Pool,
        Fire(32, 128),
        Fire(32, 128),
        Pool,
        Fire(48, 192),
        Fire(48, 192),
        Fire(64, 256),
        Fire(64, 256),
    ],
};

pub(crate) const SQUEEZENET1_0: Entry = imagenet::torchvision(
    "squeezenet1_0",
    2016,
    "Iandola et al., SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size",
    |net, x, config| squeezenet(net, x, config, &V1_0),
);
pub(crate) const SQUEEZENET1_1: Entry =
    Entry { name: "squeezenet1_1", build: |net, x, config| squeezenet(net, x, config, &V1_1), ..SQUEEZENET1_0 };

fn squeezenet(net: &mut Builder, images: Node, config: &ModelConfig, squeezenet: &SqueezeNet) -> Vec<Node> {
    let (filters, kernel_size) = squeezenet.stem;
    let x = net.add("features.0", conv(filters, kernel_size).stride(2), images);
    let mut x = net.add("features.1", Activation::Relu, x);
    for (number, part) in (2..).zip(squeezenet.parts) {
        let name = format!("features.{number}");
        x = match *part {
            Pool => net.add(name, MaxPool2d::new(3).stride(2).ceil_mode(), x),
            Fire(squeezed, expanded) => fire(net, &name, squeezed, expanded, x),
        };
    }
    if config.classes == 0 {
        return vec![x];
    }
    let last = Conv2d::new(config.classes, 1).kernel_initializer(Initializer::Normal { mean: 0.0, std: 0.01 });
    let x = net.add("classifier.0", Dropout::new(0.5), x);
    let x = net.add("classifier.1", last, x);
    let x = net.add("classifier.2", Activation::Relu, x);
    vec![net.add("classifier.3", GlobalAvgPool::new(), x)]
}

/// The paper's figure 1.
fn fire(net: &mut Builder, name: &str, squeezed: usize, expanded: usize, x: Node) -> Node {
    let relu = |conv: Conv2d| conv.activation(Activation::Relu);
    let x = net.add(format!("{name}.squeeze"), relu(conv(squeezed, 1)), x);
    let small = net.add(format!("{name}.expand1x1"), relu(conv(expanded, 1)), x);
    let large = net.add(format!("{name}.expand3x3"), relu(conv(expanded, 3).padding(1)), x);
    net.add(name, Concatenate::new(), [small, large])
}

fn conv(filters: usize, kernel_size: usize) -> Conv2d {
    Conv2d::new(filters, kernel_size).kernel_initializer(Initializer::KaimingUniform { mode: FanMode::FanIn })
}

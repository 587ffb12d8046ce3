//! A small network that learns Canny's edges (Canny 1986, <https://doi.org/10.1109/TPAMI.1986.4767851>) from pictures and
//! their edge maps.
//!
//! Its layers have the sizes of the algorithm's steps: a smoothing, the gradients, their maxima across an edge, and two
//! dilated convolutions that follow a weak edge to a strong one; batch norm and ReLU come after each. Logits
//! `[batch, 1, height, width]` come out, for pictures of any size: the fused ones, then a side output of each step from the
//! gradients on, each to be compared with the edges, as in HED (Xie & Tu 2015, <https://arxiv.org/abs/1504.06375>).

use striate_core::Preprocessing;
use striate_layers::{Activation, BatchNorm, Conv2d, FanMode, Initializer};
use striate_network::{Builder, NameStyle, Node};

use crate::blocks::{conv_norm, fused_outputs};
use crate::config::ModelConfig;
use crate::entry::{Entry, OwnOption};

pub(crate) const CANNY_EDGES: Entry = Entry {
    name: "canny_edges",
    year: 1986,
    paper: "Canny, A computational approach to edge detection",
    input: [1, 256, 256],
    classes: 1,
    style: NameStyle::Torch,
    preprocessing: || Preprocessing::gray([256, 256]),
    class_names: None,
    options: &[OwnOption::Width],
    build: canny_edges,
};

/// Each step's name, kernel size and dilation.
const STEPS: [(&str, usize, usize); 6] =
    [("smooth", 5, 1), ("gradient", 3, 1), ("thin1", 3, 1), ("thin2", 3, 1), ("follow1", 3, 2), ("follow2", 3, 4)];

fn canny_edges(net: &mut Builder, images: Node, config: &ModelConfig) -> Vec<Node> {
    let kernel = Initializer::KaimingNormal { mode: FanMode::FanIn };
    let width = (16.0 * config.width).ceil() as usize;
    let (mut x, mut sides) = (images, Vec::new());
    for (name, size, dilation) in STEPS {
        let conv = Conv2d::new(width, size).dilation(dilation).same().no_bias().kernel_initializer(kernel);
        let names = ["conv", "norm", "relu"].map(|part| format!("{name}.{part}"));
        x = conv_norm(net, names, conv, BatchNorm::new(), Activation::Relu, x);
        if config.classes > 0 && name != "smooth" {
            sides.push(net.add(format!("{name}.side"), Conv2d::new(config.classes, 1), x));
        }
    }
    if sides.is_empty() {
        return vec![x];
    }
    fused_outputs(net, ["sides", "edges"], Conv2d::new(config.classes, 1), sides)
}

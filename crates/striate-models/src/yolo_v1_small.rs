//! A small YOLO v1 for small pictures, after the tiny network of the paper's authors (Redmon et al. 2016,
//! <https://arxiv.org/abs/1506.02640>, section 2.2, "Fast YOLO").
//!
//! Convolutions with batch norm and a pooling after each until there are about as many px as cells; then each cell votes from
//! what it sees, without dense layers. `[batch, grid, grid, 5 * boxes + classes]` comes out as in
//! [`YoloV1`](crate::Architecture::YoloV1). Departures from the tiny network: a quarter of its channels, as many poolings as
//! the pictures need (112 px and a grid of 7: four), and a mean over the px of a cell where they don't fit the grid.

use striate_core::Preprocessing;
use striate_layers::{
    Activation, AdaptiveAvgPool2d, BatchNorm, Conv2d, FanMode, Initializer, MaxPool2d, Permute, Preset,
};
use striate_network::{Builder, NameStyle, Node};

use crate::blocks::{Sides, conv_norm_activation};
use crate::config::ModelConfig;
use crate::entry::{Entry, OwnOption};

pub(crate) const YOLO_V1_SMALL: Entry = Entry {
    name: "yolo_v1_small",
    year: 2016,
    paper: "Redmon et al., You only look once: unified, real-time object detection",
    input: [3, 112, 112],
    classes: 10,
    style: NameStyle::Torch,
    preprocessing: || Preprocessing::rgb([112, 112]),
    class_names: None,
    options: &[OwnOption::Grid, OwnOption::Boxes, OwnOption::Width],
    build: yolo_v1_small,
};

/// Channels of the convolutions; the last stands for all that come later.
const WIDTHS: [usize; 5] = [16, 32, 64, 128, 256];

/// Poolings of pictures whose size isn't known: those of 224 px and a grid of 7.
const POOLINGS: usize = 5;

const LEAKY: Activation = Activation::LeakyRelu { negative_slope: 0.1 };

fn yolo_v1_small(net: &mut Builder, images: Node, config: &ModelConfig) -> Vec<Node> {
    let (grid, boxes) = config.cells();
    let (mut x, mut sides, mut number) = (images, config.size, 0);
    let mut conv = |net: &mut Builder, x: Node| {
        let width = (WIDTHS[number.min(WIDTHS.len() - 1)] as f64 * config.width).ceil() as usize;
        number += 1;
        let kernel = Initializer::KaimingNormal { mode: FanMode::FanIn };
        let conv = Conv2d::new(width, 3).padding(1).no_bias().kernel_initializer(kernel);
        let norm = BatchNorm::new().preset(Preset::Torch);
        conv_norm_activation(net, &format!("features.{}", number - 1), conv, norm, LEAKY, x)
    };
    for pooling in 0..poolings(sides, grid) {
        x = conv(net, x);
        x = net.add(format!("pool{pooling}"), MaxPool2d::new(2).same(), x);
        sides = sides.map(|side| side.map(|side| side.div_ceil(2)));
    }
    for _ in 0..2 {
        x = conv(net, x);
    }
    if config.classes == 0 {
        return vec![x];
    }
    if sides != [Some(grid); 2] {
        x = net.add("cell_mean", AdaptiveAvgPool2d::new(grid), x);
    }
    let x = net.add("votes", Conv2d::new(5 * boxes + config.classes, 1), x);
    vec![net.add("cells", Permute::new([2, 3, 1]), x)]
}

/// How often both sides can be halved and still have a px for each cell.
fn poolings(sides: Sides, grid: usize) -> usize {
    let [Some(height), Some(width)] = sides else { return POOLINGS };
    let mut side = height.min(width);
    let mut poolings = 0;
    while side.div_ceil(2) >= grid && side > 1 {
        side = side.div_ceil(2);
        poolings += 1;
    }
    poolings
}

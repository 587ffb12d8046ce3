//! YOLO v1 (Redmon et al. 2016, <https://arxiv.org/abs/1506.02640>, figure 3): boxes and classes in one pass.
//!
//! `[batch, grid, grid, 5 * boxes + classes]` comes out, as the loss [`YoloV1`](striate_layers::losses::YoloV1) takes it:
//! for each cell boxes of (x, y, w, h, confidence), then a score of each class. The last layer is linear.

use striate_core::Preprocessing;
use striate_layers::{Activation, Conv2d, Dense, Dropout, FanMode, Flatten, Initializer, MaxPool2d, Reshape};
use striate_network::{Builder, NameStyle, Node};

use crate::config::ModelConfig;
use crate::entry::{Entry, OwnOption};

pub(crate) const YOLO_V1: Entry = Entry {
    name: "yolo_v1",
    year: 2016,
    paper: "Redmon et al., You only look once: unified, real-time object detection",
    input: [3, 448, 448],
    classes: 20,
    style: NameStyle::Torch,
    preprocessing: || Preprocessing::rgb([448, 448]),
    class_names: None,
    options: &[OwnOption::Grid, OwnOption::Boxes],
    build: yolo_v1,
};

/// Figure 3: filters, kernel size and stride of the 24 convolutions, stage by stage; a pool stands between stages.
const STAGES: [&[[usize; 3]]; 5] = [
    &[[64, 7, 2]],
    &[[192, 3, 1]],
    &[[128, 1, 1], [256, 3, 1], [256, 1, 1], [512, 3, 1]],
    &[
        [256, 1, 1],
        [512, 3, 1],
        [256, 1, 1],
        [512, 3, 1],
        [256, 1, 1],
        [512, 3, 1],
        [256, 1, 1],
        [512, 3, 1],
        [512, 1, 1],
        [1024, 3, 1],
    ],
    &[[512, 1, 1], [1024, 3, 1], [512, 1, 1], [1024, 3, 1], [1024, 3, 1], [1024, 3, 2], [1024, 3, 1], [1024, 3, 1]],
];

const LEAKY: Activation = Activation::LeakyRelu { negative_slope: 0.1 };

fn yolo_v1(net: &mut Builder, images: Node, config: &ModelConfig) -> Vec<Node> {
    let kernel = Initializer::KaimingNormal { mode: FanMode::FanIn };
    let mut x = images;
    let mut number = 0;
    for (stage, convs) in STAGES.into_iter().enumerate() {
        if stage > 0 {
            x = net.add(format!("pool{stage}"), MaxPool2d::new(2), x);
        }
        for &[filters, size, stride] in convs {
            number += 1;
            let conv = Conv2d::new(filters, size).stride(stride).padding(size / 2);
            x = net.add(format!("conv{number}"), conv.activation(LEAKY).kernel_initializer(kernel), x);
        }
    }
    if config.classes == 0 {
        return vec![x];
    }
    let (grid, boxes) = config.cells();
    let numbers = 5 * boxes + config.classes;
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("fc1", Dense::new(4096).activation(LEAKY).kernel_initializer(kernel), x);
    let x = net.add("dropout", Dropout::new(0.5), x);
    let x = net.add("fc2", Dense::new(grid * grid * numbers), x);
    vec![net.add("cells", Reshape::new([grid, grid, numbers].map(|side| side as i64)), x)]
}

//! HED, holistically nested edges (Xie & Tu 2015, <https://arxiv.org/abs/1504.06375>, figure 3 and table 2): VGG-16 without
//! its head, an edge map from the end of each stage, and one fused of them.
//!
//! Logits `[batch, 1, height, width]` come out: the fused ones, then those of the five stages, each to be compared with the
//! edges. Names are those of the published network. Departures: pictures aren't padded by 35 px; poolings keep a last odd px
//! with a border at the bottom and the right, which the upsampled maps lose again; upsampling is bilinear and not learned.

use striate_core::{PixelMode, Preprocessing};
use striate_layers::{Activation, Conv2d, FanMode, Initializer, MaxPool2d, Upsample2d};
use striate_network::{Builder, NameStyle, Node};

use crate::blocks::{Sides, fit, fused_outputs};
use crate::config::ModelConfig;
use crate::entry::{Entry, OwnOption};

pub(crate) const HED: Entry = Entry {
    name: "hed",
    year: 2015,
    paper: "Xie & Tu, Holistically-nested edge detection",
    input: [3, 320, 320],
    classes: 1,
    style: NameStyle::Torch,
    preprocessing,
    class_names: None,
    options: &[OwnOption::Width],
    build: hed,
};

/// Blue, green and red less the means of the published network.
fn preprocessing() -> Preprocessing {
    let mean = vec![104.006_99, 116.668_77, 122.678_91];
    Preprocessing { mean, ..Preprocessing::rgb([320, 320]).mode(PixelMode::Caffe) }
}

/// Convolutions and channels of each stage.
const STAGES: [(usize, usize); 5] = [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)];

fn hed(net: &mut Builder, images: Node, config: &ModelConfig) -> Vec<Node> {
    let kernel = Initializer::KaimingNormal { mode: FanMode::FanIn };
    let (mut x, mut sides, mut scores) = (images, config.size, Vec::new());
    for (stage, (depth, width)) in (1..).zip(STAGES) {
        if stage > 1 {
            x = net.add(format!("pool{}", stage - 1), MaxPool2d::new(2).same(), x);
            sides = sides.map(|side| side.map(|side| side.div_ceil(2)));
        }
        for number in 1..=depth {
            let conv = Conv2d::new((width as f64 * config.width).ceil() as usize, 3).same();
            let conv = conv.activation(Activation::Relu).kernel_initializer(kernel);
            x = net.add(format!("conv{stage}_{number}"), conv, x);
        }
        if config.classes > 0 {
            scores.push(score(net, stage, x, sides, config));
        }
    }
    if scores.is_empty() {
        return vec![x];
    }
    // As published: the mean of the stages to begin with.
    let fuse = Conv2d::new(config.classes, 1).kernel_initializer(Initializer::Constant { value: 0.2 });
    fused_outputs(net, ["concat", "score-fuse"], fuse, scores)
}

/// A stage's edge map at the pictures' size.
fn score(net: &mut Builder, stage: usize, maps: Node, sides: Sides, config: &ModelConfig) -> Node {
    let x = net.add(format!("score-dsn{stage}"), Conv2d::new(config.classes, 1), maps);
    let factor = 1 << (stage - 1);
    if factor == 1 {
        return x;
    }
    let name = format!("upscore{stage}");
    let x = net.add(&name, Upsample2d::new(factor).bilinear(), x);
    fit(net, &name, x, sides.map(|side| side.map(|side| side.saturating_mul(factor))), config.size)
}

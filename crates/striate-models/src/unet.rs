//! U-Net (Ronneberger, Fischer & Brox 2015, <https://arxiv.org/abs/1505.04597>, figure 1).
//!
//! Departures: convolutions keep the size of their maps, so that logits `[batch, classes, height, width]` have the size
//! of the pictures, and no dropout. Sides that 16 doesn't divide lose px in the poolings; what comes back from below
//! gets zeros at the bottom and the right.

use striate_core::Preprocessing;
use striate_layers::{Activation, Concatenate, Conv2d, ConvTranspose2d, FanMode, Initializer, MaxPool2d};
use striate_network::{Builder, NameStyle, Node};

use crate::blocks::fit;
use crate::config::ModelConfig;
use crate::entry::{Entry, OwnOption};

pub(crate) const UNET: Entry = Entry {
    name: "unet",
    year: 2015,
    paper: "Ronneberger, Fischer & Brox, U-Net: convolutional networks for biomedical image segmentation",
    input: [1, 512, 512],
    classes: 2,
    style: NameStyle::Torch,
    preprocessing: || Preprocessing::gray([512, 512]),
    class_names: None,
    options: &[OwnOption::Width],
    build: unet,
};

/// Channels of the four levels; the bottom has twice the last.
const WIDTHS: [usize; 4] = [64, 128, 256, 512];

/// Section 3: normal with a standard deviation of sqrt(2 / fan_in).
const KERNEL: Initializer = Initializer::KaimingNormal { mode: FanMode::FanIn };

fn unet(net: &mut Builder, images: Node, config: &ModelConfig) -> Vec<Node> {
    let (mut x, mut sides) = (images, config.size);
    let mut skips = Vec::new();
    let channels = |width: usize| (width as f64 * config.width).ceil() as usize;
    for (level, width) in (1..).zip(WIDTHS.map(channels)) {
        let skip = two_convolutions(net, &format!("down{level}"), width, x);
        skips.push((level, width, skip, sides));
        x = net.add(format!("pool{level}"), MaxPool2d::new(2), skip);
        sides = sides.map(|side| side.map(|side| side / 2));
    }
    x = two_convolutions(net, "bottom", channels(1024), x);
    for (level, width, skip, skip_sides) in skips.into_iter().rev() {
        let up = ConvTranspose2d::new(width, 2).stride(2).kernel_initializer(KERNEL);
        x = net.add(format!("upconv{level}"), up, x);
        let doubled = sides.map(|side| side.map(|side| 2 * side));
        x = fit(net, &format!("upconv{level}"), x, doubled, skip_sides);
        x = net.add(format!("join{level}"), Concatenate::new(), [skip, x]);
        x = two_convolutions(net, &format!("up{level}"), width, x);
        sides = skip_sides;
    }
    if config.classes == 0 {
        return vec![x];
    }
    vec![net.add("head", Conv2d::new(config.classes, 1).kernel_initializer(KERNEL), x)]
}

fn two_convolutions(net: &mut Builder, name: &str, width: usize, x: Node) -> Node {
    let conv = || Conv2d::new(width, 3).padding(1).activation(Activation::Relu).kernel_initializer(KERNEL);
    let x = net.add(format!("{name}.conv1"), conv(), x);
    net.add(format!("{name}.conv2"), conv(), x)
}

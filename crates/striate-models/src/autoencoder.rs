//! A convolutional autoencoder (Masci et al. 2011, <https://doi.org/10.1007/978-3-642-21735-7_7>): a picture through a
//! narrow code and back.
//!
//! Departure: strides instead of max pooling. What comes out are logits of pixel values in `[0, 1]`, `[batch, classes,
//! height, width]` with a channel for each class; so `classes` is the number of the pictures' channels. Without a head
//! the code comes out.

use striate_core::Preprocessing;
use striate_layers::{Activation, Conv2d, ConvTranspose2d, FanMode, Initializer};
use striate_network::{Builder, NameStyle, Node};

use crate::blocks::fit;
use crate::config::ModelConfig;
use crate::entry::{Entry, OwnOption};

pub(crate) const AUTOENCODER: Entry = Entry {
    name: "autoencoder",
    year: 2011,
    paper: "Masci et al., Stacked convolutional auto-encoders for hierarchical feature extraction",
    input: [1, 28, 28],
    classes: 1,
    style: NameStyle::Torch,
    preprocessing: || Preprocessing::gray([28, 28]),
    class_names: None,
    options: &[OwnOption::Width],
    build: autoencoder,
};

/// Channels of the encoder's steps, each of which halves the sides; the code has the last.
const WIDTHS: [usize; 3] = [32, 16, 8];

fn autoencoder(net: &mut Builder, images: Node, config: &ModelConfig) -> Vec<Node> {
    let kernel = Initializer::KaimingNormal { mode: FanMode::FanIn };
    let channels = |width: usize| (width as f64 * config.width).ceil() as usize;
    let (mut x, mut sides) = (images, vec![config.size]);
    for (step, width) in (1..).zip(WIDTHS) {
        let conv = Conv2d::new(channels(width), 3).stride(2).same().activation(Activation::Relu);
        x = net.add(format!("encoder{step}"), conv.kernel_initializer(kernel), x);
        sides.push(sides[step - 1].map(|side| side.map(|side| side.div_ceil(2))));
    }
    if config.classes == 0 {
        return vec![x];
    }
    for (step, width) in (1..).zip(WIDTHS).collect::<Vec<_>>().into_iter().rev() {
        let up = ConvTranspose2d::new(channels(width), 3).stride(2).same().activation(Activation::Relu);
        let name = format!("decoder{step}");
        x = net.add(&name, up.kernel_initializer(kernel), x);
        let doubled = sides[step].map(|side| side.map(|side| side.saturating_mul(2)));
        x = fit(net, &name, x, doubled, sides[step - 1]);
    }
    vec![net.add("picture", Conv2d::new(config.classes, 3).same(), x)]
}

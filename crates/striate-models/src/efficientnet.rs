//! EfficientNet (Tan & Le 2019, <https://arxiv.org/abs/1905.11946>), table 1 and its scaled forms B1 to B7.
//!
//! With torchvision's names and first values, its stochastic depth (0.2 at the last block) and its pictures: B2's are
//! 288 px, where the paper has 260. `width` and `depth` of the config multiply the preset's own. Pictures of any size.

use striate_core::{Interpolation, Preprocessing};
use striate_layers::{Activation, BatchNorm, Conv2d, Dense, Dropout, FanMode, GlobalAvgPool, Initializer, Preset};
use striate_network::{Builder, NameStyle, Node};

use crate::blocks::{
    InvertedResidual, SqueezeExcitation, conv_norm_activation, divisible, inverted_residual, mb_convs,
};
use crate::config::ModelConfig;
use crate::entry::Entry;
use crate::imagenet;

/// A network of the family: factors of width and depth, and the last dropout.
struct Scaled {
    width: f64,
    depth: f64,
    dropout: f64,
    norm: fn() -> BatchNorm,
}

const B0: Scaled = Scaled { width: 1.0, depth: 1.0, dropout: 0.2, norm: torch_norm };
const B1: Scaled = Scaled { width: 1.0, depth: 1.1, dropout: 0.2, norm: torch_norm };
const B2: Scaled = Scaled { width: 1.1, depth: 1.2, dropout: 0.3, norm: torch_norm };
const B3: Scaled = Scaled { width: 1.2, depth: 1.4, dropout: 0.3, norm: torch_norm };
const B4: Scaled = Scaled { width: 1.4, depth: 1.8, dropout: 0.4, norm: torch_norm };
const B5: Scaled = Scaled { width: 1.6, depth: 2.2, dropout: 0.4, norm: tensorflow_norm };
const B6: Scaled = Scaled { width: 1.8, depth: 2.6, dropout: 0.5, norm: tensorflow_norm };
const B7: Scaled = Scaled { width: 2.0, depth: 3.1, dropout: 0.5, norm: tensorflow_norm };

pub(crate) const EFFICIENTNET_B0: Entry = Entry {
    name: "efficientnet_b0",
    year: 2019,
    paper: "Tan & Le, EfficientNet: rethinking model scaling for convolutional neural networks",
    input: [3, 224, 224],
    classes: 1000,
    style: NameStyle::Torch,
    preprocessing: || preprocessing(256, 224),
    class_names: Some(imagenet::class_names),
    scales: true,
    build: |net, x, config| efficientnet(net, x, config, &B0),
};
pub(crate) const EFFICIENTNET_B1: Entry = Entry {
    name: "efficientnet_b1",
    input: [3, 240, 240],
    preprocessing: || preprocessing(256, 240),
    build: |net, x, config| efficientnet(net, x, config, &B1),
    ..EFFICIENTNET_B0
};
pub(crate) const EFFICIENTNET_B2: Entry = Entry {
    name: "efficientnet_b2",
    input: [3, 288, 288],
    preprocessing: || preprocessing(288, 288),
    build: |net, x, config| efficientnet(net, x, config, &B2),
    ..EFFICIENTNET_B0
};
pub(crate) const EFFICIENTNET_B3: Entry = Entry {
    name: "efficientnet_b3",
    input: [3, 300, 300],
    preprocessing: || preprocessing(320, 300),
    build: |net, x, config| efficientnet(net, x, config, &B3),
    ..EFFICIENTNET_B0
};
pub(crate) const EFFICIENTNET_B4: Entry = Entry {
    name: "efficientnet_b4",
    input: [3, 380, 380],
    preprocessing: || preprocessing(384, 380),
    build: |net, x, config| efficientnet(net, x, config, &B4),
    ..EFFICIENTNET_B0
};
pub(crate) const EFFICIENTNET_B5: Entry = Entry {
    name: "efficientnet_b5",
    input: [3, 456, 456],
    preprocessing: || preprocessing(456, 456),
    build: |net, x, config| efficientnet(net, x, config, &B5),
    ..EFFICIENTNET_B0
};
pub(crate) const EFFICIENTNET_B6: Entry = Entry {
    name: "efficientnet_b6",
    input: [3, 528, 528],
    preprocessing: || preprocessing(528, 528),
    build: |net, x, config| efficientnet(net, x, config, &B6),
    ..EFFICIENTNET_B0
};
pub(crate) const EFFICIENTNET_B7: Entry = Entry {
    name: "efficientnet_b7",
    input: [3, 600, 600],
    preprocessing: || preprocessing(600, 600),
    build: |net, x, config| efficientnet(net, x, config, &B7),
    ..EFFICIENTNET_B0
};

fn preprocessing(resize: usize, crop: usize) -> Preprocessing {
    Preprocessing { interpolation: Interpolation::Bicubic, ..Preprocessing::torch(resize, crop) }
}

fn efficientnet(net: &mut Builder, images: Node, config: &ModelConfig, scaled: &Scaled) -> Vec<Node> {
    let channels = |channels: usize| divisible(channels as f64 * scaled.width * config.width, 8);
    let repeats = |_, blocks: usize| (blocks as f64 * scaled.depth * config.depth).ceil() as usize;
    let mut in_channels = channels(32);
    let stem = conv(in_channels, 3).stride(2).padding(1);
    let mut x = conv_norm_activation(net, "features.0", stem, (scaled.norm)(), Activation::Swish, images);
    for block in mb_convs(in_channels, channels, repeats) {
        let squeeze = SqueezeExcitation {
            channels: block.expanded,
            squeezed: (block.in_channels / 4).max(1),
            activation: Activation::Swish,
            gate: Activation::Sigmoid,
        };
        let unit = InvertedResidual {
            in_channels: block.in_channels,
            expanded: block.expanded,
            out_channels: block.out_channels,
            kernel_size: block.kernel_size,
            stride: block.stride,
            activation: Activation::Swish,
            squeeze: Some(squeeze),
            drop: block.drop,
            norm: (scaled.norm)(),
        };
        x = inverted_residual(net, &format!("features.{}.{}", block.stage + 1, block.place), unit, x);
        in_channels = block.out_channels;
    }
    x = conv_norm_activation(net, "features.8", conv(4 * in_channels, 1), (scaled.norm)(), Activation::Swish, x);
    if config.classes == 0 {
        return vec![x];
    }
    let x = net.add("avgpool", GlobalAvgPool::new(), x);
    let x = net.add("classifier.0", Dropout::new(scaled.dropout), x);
    let range = 1.0 / (config.classes as f32).sqrt();
    let dense = Dense::new(config.classes).kernel_initializer(Initializer::Uniform { low: -range, high: range });
    vec![net.add("classifier.1", dense, x)]
}

fn conv(filters: usize, kernel_size: usize) -> Conv2d {
    let kernel = Initializer::KaimingNormal { mode: FanMode::FanOut };
    Conv2d::new(filters, kernel_size).no_bias().kernel_initializer(kernel)
}

fn torch_norm() -> BatchNorm {
    BatchNorm::new().preset(Preset::Torch)
}

/// That of the weights that came from TensorFlow.
fn tensorflow_norm() -> BatchNorm {
    torch_norm().eps(1e-3).momentum(0.01)
}

//! EfficientNet (Tan & Le 2019, <https://arxiv.org/abs/1905.11946>), table 1 and its scaled forms B1 to B7.
//!
//! With torchvision's names and first values, its stochastic depth (0.2 at the last block) and its pictures: B2's are
//! 288 px, where the paper has 260. `width` and `depth` of the config multiply the preset's own. Pictures of any size.

use striate_core::{Interpolation, Preprocessing};
use striate_layers::{Activation, BatchNorm, Conv2d, Dense, Dropout, FanMode, GlobalAvgPool, Initializer, Preset};
use striate_network::{Builder, Node};

use crate::blocks::{
    InvertedResidual, SqueezeExcitation, conv_norm_activation, divisible, inverted_residual, mb_convs,
};
use crate::config::ModelConfig;
use crate::entry::{Entry, OwnOption};
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
    preprocessing: || preprocessing(256, 224),
    options: &[OwnOption::Width, OwnOption::Depth],
    ..imagenet::torchvision(
        "efficientnet_b0",
        2019,
        "Tan & Le, EfficientNet: rethinking model scaling for convolutional neural networks",
        |net, x, config| efficientnet(net, x, config, &B0),
    )
};

macro_rules! variants {
    ($($constant:ident = $name:literal, $resize:literal to $size:literal, $scaled:ident;)*) => {
        $(pub(crate) const $constant: Entry = Entry {
            name: $name,
            input: [3, $size, $size],
            preprocessing: || preprocessing($resize, $size),
            build: |net, x, config| efficientnet(net, x, config, &$scaled),
            ..EFFICIENTNET_B0
        };)*
    };
}

variants! {
    EFFICIENTNET_B1 = "efficientnet_b1", 256 to 240, B1;
    EFFICIENTNET_B2 = "efficientnet_b2", 288 to 288, B2;
    EFFICIENTNET_B3 = "efficientnet_b3", 320 to 300, B3;
    EFFICIENTNET_B4 = "efficientnet_b4", 384 to 380, B4;
    EFFICIENTNET_B5 = "efficientnet_b5", 456 to 456, B5;
    EFFICIENTNET_B6 = "efficientnet_b6", 528 to 528, B6;
    EFFICIENTNET_B7 = "efficientnet_b7", 600 to 600, B7;
}

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

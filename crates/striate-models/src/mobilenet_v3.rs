//! MobileNet v3 (Howard et al. 2019, <https://arxiv.org/abs/1905.02244>), tables 1 and 2.
//!
//! With torchvision's names and first values. `width` of the config is the width multiplier. Pictures of any size.

use striate_layers::{Activation, BatchNorm, Conv2d, Dense, Dropout, FanMode, GlobalAvgPool, Initializer, Preset};
use striate_network::{Builder, Node};

use crate::blocks::{InvertedResidual, SqueezeExcitation, conv_norm_activation, divisible, inverted_residual};
use crate::config::ModelConfig;
use crate::entry::{Entry, OwnOption};
use crate::imagenet;

/// A row of the tables: kernel, expanded channels, channels, squeeze and excitation, activation, stride.
type Row = (usize, usize, usize, bool, Activation, usize);

const RE: Activation = Activation::Relu;
const HS: Activation = Activation::HardSwish;

/// Table 1.
const LARGE: [Row; 15] = [
    (3, 16, 16, false, RE, 1),
    (3, 64, 24, false, RE, 2),
    (3, 72, 24, false, RE, 1),
    (5, 72, 40, true, RE, 2),
    (5, 120, 40, true, RE, 1),
    (5, 120, 40, true, RE, 1),
    (3, 240, 80, false, HS, 2),
    (3, 200, 80, false, HS, 1),
    (3, 184, 80, false, HS, 1),
    (3, 184, 80, false, HS, 1),
    (3, 480, 112, true, HS, 1),
    (3, 672, 112, true, HS, 1),
    (5, 672, 160, true, HS, 2),
    (5, 960, 160, true, HS, 1),
    (5, 960, 160, true, HS, 1),
];

/// Table 2.
const SMALL: [Row; 11] = [
    (3, 16, 16, true, RE, 2),
    (3, 72, 24, false, RE, 2),
    (3, 88, 24, false, RE, 1),
    (5, 96, 40, true, HS, 2),
    (5, 240, 40, true, HS, 1),
    (5, 240, 40, true, HS, 1),
    (5, 120, 48, true, HS, 1),
    (5, 144, 48, true, HS, 1),
    (5, 288, 96, true, HS, 2),
    (5, 576, 96, true, HS, 1),
    (5, 576, 96, true, HS, 1),
];

pub(crate) const MOBILENET_V3_LARGE: Entry = Entry {
    options: &[OwnOption::Width],
    ..imagenet::torchvision("mobilenet_v3_large", 2019, "Howard et al., Searching for MobileNetV3", |net, x, config| {
        mobilenet(net, x, config, &LARGE, 1280)
    })
};
pub(crate) const MOBILENET_V3_SMALL: Entry = Entry {
    name: "mobilenet_v3_small",
    build: |net, x, config| mobilenet(net, x, config, &SMALL, 1024),
    ..MOBILENET_V3_LARGE
};

fn mobilenet(net: &mut Builder, images: Node, config: &ModelConfig, rows: &[Row], units: usize) -> Vec<Node> {
    let channels = |channels: usize| divisible(channels as f64 * config.width, 8);
    let mut in_channels = channels(16);
    let stem = conv(in_channels, 3).stride(2).padding(1);
    let mut x = conv_norm_activation(net, "features.0", stem, norm(), HS, images);
    for (number, &(kernel_size, expanded, out_channels, squeezes, activation, stride)) in (1..).zip(rows) {
        let (expanded, out_channels) = (channels(expanded), channels(out_channels));
        let squeeze = squeezes.then(|| SqueezeExcitation {
            channels: expanded,
            squeezed: divisible((expanded / 4) as f64, 8),
            activation: Activation::Relu,
            gate: Activation::HardSigmoid,
        });
        let block = InvertedResidual {
            in_channels,
            expanded,
            out_channels,
            kernel_size,
            stride,
            activation,
            squeeze,
            drop: 0.0,
            norm: norm(),
        };
        x = inverted_residual(net, &format!("features.{number}"), block, x);
        in_channels = out_channels;
    }
    let last = format!("features.{}", rows.len() + 1);
    x = conv_norm_activation(net, &last, conv(6 * in_channels, 1), norm(), HS, x);
    if config.classes == 0 {
        return vec![x];
    }
    let dense = |units| Dense::new(units).kernel_initializer(Initializer::Normal { mean: 0.0, std: 0.01 });
    let x = net.add("avgpool", GlobalAvgPool::new(), x);
    let x = net.add("classifier.0", dense(channels(units)), x);
    let x = net.add("classifier.1", HS, x);
    let x = net.add("classifier.2", Dropout::new(0.2), x);
    vec![net.add("classifier.3", dense(config.classes), x)]
}

fn conv(filters: usize, kernel_size: usize) -> Conv2d {
    let kernel = Initializer::KaimingNormal { mode: FanMode::FanOut };
    Conv2d::new(filters, kernel_size).no_bias().kernel_initializer(kernel)
}

fn norm() -> BatchNorm {
    BatchNorm::new().preset(Preset::Torch).eps(1e-3).momentum(0.01)
}

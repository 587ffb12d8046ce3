//! EfficientNet B0 to B7 (Tan & Le 2019, <https://arxiv.org/abs/1905.11946>, table 1) with Keras's names.
//!
//! Takes px in `[0, 255]`. The weights that Keras publishes belong to a network that divides by the square root of
//! ImageNet's standard deviation once more, behind `normalization`; without weights Keras leaves that out, and so does
//! this one. The preprocessing makes up for it.

use striate_core::preprocessing::{IMAGENET_MEAN, IMAGENET_STD, Preprocessing};
use striate_layers::{
    Activation, BatchNorm, Conv2d, Dense, DepthwiseConv2d, Dropout, FanMode, GlobalAvgPool, Initializer, Multiply,
    Normalization, Rescaling, ScaledDistribution,
};
use striate_network::{Builder, NameStyle, Node};

use crate::blocks::{MbConv, conv_norm, divisible, mb_convs};
use crate::config::ModelConfig;
use crate::efficientnet::EFFICIENTNET_B0;
use crate::entry::Entry;
use crate::imagenet;

/// Width and depth coefficients, and the rate of the last dropout.
type Scale = (f64, f64, f64);

macro_rules! variants {
    ($($constant:ident = $name:literal, $size:literal, $scale:expr;)*) => {
        $(pub(crate) const $constant: Entry = Entry {
            name: $name,
            style: NameStyle::Keras,
            input: [3, $size, $size],
            preprocessing: || preprocessing($size),
            build: |net, x, config| keras_efficientnet(net, x, config, $scale),
            ..EFFICIENTNET_B0
        };)*
    };
}

variants! {
    KERAS_EFFICIENTNETB0 = "keras_efficientnetb0", 224, (1.0, 1.0, 0.2);
    KERAS_EFFICIENTNETB1 = "keras_efficientnetb1", 240, (1.0, 1.1, 0.2);
    KERAS_EFFICIENTNETB2 = "keras_efficientnetb2", 260, (1.1, 1.2, 0.3);
    KERAS_EFFICIENTNETB3 = "keras_efficientnetb3", 300, (1.2, 1.4, 0.3);
    KERAS_EFFICIENTNETB4 = "keras_efficientnetb4", 380, (1.4, 1.8, 0.4);
    KERAS_EFFICIENTNETB5 = "keras_efficientnetb5", 456, (1.6, 2.2, 0.4);
    KERAS_EFFICIENTNETB6 = "keras_efficientnetb6", 528, (1.8, 2.6, 0.5);
    KERAS_EFFICIENTNETB7 = "keras_efficientnetb7", 600, (2.0, 3.1, 0.5);
}

const KERNEL: Initializer = Initializer::VarianceScaling {
    scale: 2.0,
    mode: FanMode::FanOut,
    distribution: ScaledDistribution::TruncatedNormal,
};

const DENSE_KERNEL: Initializer =
    Initializer::VarianceScaling { scale: 1.0 / 3.0, mode: FanMode::FanOut, distribution: ScaledDistribution::Uniform };

/// With mean m and standard deviation s of ImageNet the published weights want `(x / 255 - m) / s`; the network itself
/// gives `(y / 255 - m) / sqrt(s)`, its variance being s. So `y` is `(x - 255 m (1 - sqrt(s))) / sqrt(s)`.
fn preprocessing(side: usize) -> Preprocessing {
    let each = |number: fn(f32, f32) -> f32| {
        IMAGENET_MEAN.into_iter().zip(IMAGENET_STD).map(|(mean, std)| number(mean, std)).collect()
    };
    Preprocessing {
        mean: each(|mean, std| 255.0 * mean * (1.0 - std.sqrt())),
        std: each(|_, std| std.sqrt()),
        ..imagenet::unscaled([side, side])
    }
}

fn keras_efficientnet(net: &mut Builder, images: Node, config: &ModelConfig, scale: Scale) -> Vec<Node> {
    let (width, depth, dropout) = (scale.0 * config.width, scale.1 * config.depth, scale.2);
    let channels = |count: usize| divisible(count as f64 * width, 8);
    let repeats = |_, count: usize| (count as f64 * depth).ceil() as usize;
    let x = net.add("rescaling", Rescaling::new(1.0 / 255.0), images);
    let statistics = |value: f64| vec![value; config.in_channels];
    let x = net.add("normalization", Normalization::new(statistics(0.0), statistics(1.0)).axis([1]), x);
    let mut x = conv_norm_swish(net, "stem_", conv(channels(32), 3).stride(2), x);
    for block in mb_convs(channels(32), channels, repeats) {
        let name = format!("block{}{}_", block.stage + 1, letters(block.place));
        x = mb_conv(net, &name, &block, x);
    }
    let x = conv_norm_swish(net, "top_", conv(channels(1280), 1), x);
    if config.classes == 0 {
        return vec![x];
    }
    let x = net.add("avg_pool", GlobalAvgPool::new(), x);
    let x = net.add("top_dropout", Dropout::new(dropout), x);
    vec![net.add("predictions", Dense::new(config.classes).kernel_initializer(DENSE_KERNEL), x)]
}

/// `a` to `z`, and on as columns of a table: `aa`, `ab`.
fn letters(place: usize) -> String {
    let letter = char::from(b'a' + (place % 26) as u8);
    match place / 26 {
        0 => letter.into(),
        more => format!("{}{letter}", letters(more - 1)),
    }
}

fn conv(filters: usize, size: usize) -> Conv2d {
    Conv2d::new(filters, size).same().no_bias().kernel_initializer(KERNEL)
}

/// A convolution, batch norm and swish, the nodes `name conv`, `name bn`, `name activation`.
fn conv_norm_swish(net: &mut Builder, name: &str, conv: Conv2d, x: Node) -> Node {
    let names = ["conv", "bn", "activation"].map(|part| format!("{name}{part}"));
    conv_norm(net, names, conv, BatchNorm::new(), Activation::Swish, x)
}

/// An inverted residual with squeeze and excitation.
fn mb_conv(net: &mut Builder, name: &str, block: &MbConv, input: Node) -> Node {
    let named = |part: &str| format!("{name}{part}");
    let x = match block.expanded == block.in_channels {
        true => input,
        false => conv_norm_swish(net, &named("expand_"), conv(block.expanded, 1), input),
    };
    let depthwise = DepthwiseConv2d::new(block.kernel_size).stride(block.stride).same().no_bias();
    let names = ["dwconv", "bn", "activation"].map(named);
    let x = conv_norm(net, names, depthwise.kernel_initializer(KERNEL), BatchNorm::new(), Activation::Swish, x);
    let one_by_one = |filters| Conv2d::new(filters, 1).kernel_initializer(KERNEL);
    let squeezed = one_by_one((block.in_channels / 4).max(1)).activation(Activation::Swish);
    let weights = net.add(named("se_squeeze"), GlobalAvgPool::new().keep_dims(), x);
    let weights = net.add(named("se_reduce"), squeezed, weights);
    let weights = net.add(named("se_expand"), one_by_one(block.expanded).activation(Activation::Sigmoid), weights);
    let x = net.add(named("se_excite"), Multiply::new(), [x, weights]);
    let names = ["project_conv", "project_bn", ""].map(named);
    let x = conv_norm(net, names, conv(block.out_channels, 1), BatchNorm::new(), Activation::Linear, x);
    block.residual(net, ["drop", "add"].map(named), x, input)
}

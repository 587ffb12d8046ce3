//! MobileNet v3 (Howard et al. 2019, <https://arxiv.org/abs/1905.02244>, tables 1 and 2) with Keras's names.
//!
//! Takes px in `[0, 255]`. The width is Keras's alpha: it leaves the first convolution as it is, and widens the last one
//! above 1 only.

use striate_layers::{
    Activation, Add, BatchNorm, Conv2d, DepthwiseConv2d, Dropout, Flatten, GlobalAvgPool, Multiply, Rescaling,
};
use striate_network::{Builder, NameStyle, Node};

use crate::blocks::{conv_norm, divisible};
use crate::config::ModelConfig;
use crate::entry::Entry;
use crate::imagenet;
use crate::mobilenet_v3::MOBILENET_V3_LARGE;

pub(crate) const KERAS_MOBILENETV3LARGE: Entry = Entry {
    name: "keras_mobilenetv3large",
    style: NameStyle::Keras,
    preprocessing: || imagenet::unscaled([224, 224]),
    build: |net, x, config| keras_mobilenet_v3(net, x, config, &LARGE, 1280),
    ..MOBILENET_V3_LARGE
};

pub(crate) const KERAS_MOBILENETV3SMALL: Entry = Entry {
    name: "keras_mobilenetv3small",
    build: |net, x, config| keras_mobilenet_v3(net, x, config, &SMALL, 1024),
    ..KERAS_MOBILENETV3LARGE
};

/// Expansion, channels, kernel size, stride, whether there is squeeze and excitation, activation.
type Row = (f64, usize, usize, usize, bool, Activation);

const RE: Activation = Activation::Relu;
const HS: Activation = Activation::HardSwish;

/// Table 1.
const LARGE: [Row; 15] = [
    (1.0, 16, 3, 1, false, RE),
    (4.0, 24, 3, 2, false, RE),
    (3.0, 24, 3, 1, false, RE),
    (3.0, 40, 5, 2, true, RE),
    (3.0, 40, 5, 1, true, RE),
    (3.0, 40, 5, 1, true, RE),
    (6.0, 80, 3, 2, false, HS),
    (2.5, 80, 3, 1, false, HS),
    (2.3, 80, 3, 1, false, HS),
    (2.3, 80, 3, 1, false, HS),
    (6.0, 112, 3, 1, true, HS),
    (6.0, 112, 3, 1, true, HS),
    (6.0, 160, 5, 2, true, HS),
    (6.0, 160, 5, 1, true, HS),
    (6.0, 160, 5, 1, true, HS),
];

/// Table 2.
const SMALL: [Row; 11] = [
    (1.0, 16, 3, 2, true, RE),
    (72.0 / 16.0, 24, 3, 2, false, RE),
    (88.0 / 24.0, 24, 3, 1, false, RE),
    (4.0, 40, 5, 2, true, HS),
    (6.0, 40, 5, 1, true, HS),
    (6.0, 40, 5, 1, true, HS),
    (3.0, 48, 5, 1, true, HS),
    (3.0, 48, 5, 1, true, HS),
    (6.0, 96, 5, 2, true, HS),
    (6.0, 96, 5, 1, true, HS),
    (6.0, 96, 5, 1, true, HS),
];

fn norm() -> BatchNorm {
    BatchNorm::new().momentum(0.999)
}

fn keras_mobilenet_v3(net: &mut Builder, images: Node, config: &ModelConfig, rows: &[Row], last: usize) -> Vec<Node> {
    let x = net.add("rescaling", Rescaling::new(1.0 / 127.5).offset(-1.0), images);
    let names = |name: &str| ["", "_bn", "_act"].map(|suffix| format!("{name}{suffix}"));
    let stem = Conv2d::new(16, 3).stride(2).same().no_bias();
    let mut x = conv_norm(net, names("conv"), stem, norm(), HS, x);
    let mut channels = 16;
    for (number, row) in rows.iter().enumerate() {
        let out_channels = divisible(row.1 as f64 * config.width, 8);
        x = block(net, number, row, [channels, out_channels], x);
        channels = out_channels;
    }
    let wide = divisible(channels as f64 * 6.0, 8);
    let x = conv_norm(net, names("conv_1"), Conv2d::new(wide, 1).no_bias(), norm(), HS, x);
    if config.classes == 0 {
        return vec![x];
    }
    let last = divisible(last as f64 * config.width.max(1.0), 8);
    let x = net.add("global_average_pooling2d", GlobalAvgPool::new().keep_dims(), x);
    let x = net.add("conv_2", Conv2d::new(last, 1).activation(HS), x);
    let x = net.add("dropout", Dropout::new(0.2), x);
    let x = net.add("logits", Conv2d::new(config.classes, 1), x);
    vec![net.add("flatten", Flatten::new(), x)]
}

/// An inverted residual; the first has no expansion, and no number.
fn block(net: &mut Builder, number: usize, row: &Row, [channels, out_channels]: [usize; 2], input: Node) -> Node {
    let &(expansion, _, kernel_size, stride, squeezes, activation) = row;
    let name = if number == 0 { "expanded_conv".into() } else { format!("expanded_conv_{number}") };
    let names = |part: &str| ["", "_bn", "_act"].map(|suffix| format!("{name}_{part}{suffix}"));
    let conv = |filters| Conv2d::new(filters, 1).no_bias();
    let expanded = divisible(channels as f64 * expansion, 8);
    let x = match number {
        0 => input,
        _ => conv_norm(net, names("expand"), conv(expanded), norm(), activation, input),
    };
    let depthwise = DepthwiseConv2d::new(kernel_size).stride(stride).same().no_bias();
    let mut x = conv_norm(net, names("depthwise"), depthwise, norm(), activation, x);
    if squeezes {
        x = squeeze_and_excite(net, &format!("{name}_squeeze_excite"), expanded, x);
    }
    let x = conv_norm(net, names("project"), conv(out_channels), norm(), Activation::Linear, x);
    match stride == 1 && channels == out_channels {
        true => net.add(format!("{name}_add"), Add::new(), [input, x]),
        false => x,
    }
}

fn squeeze_and_excite(net: &mut Builder, name: &str, channels: usize, x: Node) -> Node {
    let squeezed = Conv2d::new(divisible(channels as f64 * 0.25, 8), 1).activation(Activation::Relu);
    let gate = Conv2d::new(channels, 1).activation(Activation::HardSigmoid);
    let weights = net.add(format!("{name}_avg_pool"), GlobalAvgPool::new().keep_dims(), x);
    let weights = net.add(format!("{name}_conv"), squeezed, weights);
    let weights = net.add(format!("{name}_conv_1"), gate, weights);
    net.add(format!("{name}_mul"), Multiply::new(), [x, weights])
}

//! ResNet (He et al. 2016, <https://arxiv.org/abs/1512.03385>, table 1), wide ResNet (Zagoruyko & Komodakis 2016,
//! <https://arxiv.org/abs/1605.07146>) and ResNeXt (Xie et al. 2017, <https://arxiv.org/abs/1611.05431>, table 1).
//!
//! With torchvision's names and first values. As torchvision, and unlike the paper, a bottleneck strides in its 3x3
//! convolution; a wide ResNet's units are as wide as they are inside only. Pictures of any size.

use striate_layers::{
    Activation, Add, BatchNorm, Conv2d, Dense, FanMode, GlobalAvgPool, Initializer, MaxPool2d, Preset,
};
use striate_network::{Builder, Node};

use crate::blocks::conv_norm_activation;
use crate::config::ModelConfig;
use crate::entry::Entry;
use crate::imagenet;

/// A residual network by its numbers.
#[derive(Clone, Copy)]
pub(crate) struct ResNet {
    unit: Unit,
    /// Units in each of the four stages.
    depths: [usize; 4],
    /// Groups of a bottleneck's 3x3 convolution.
    groups: usize,
    /// Channels of each of these groups in the first stage.
    group_width: usize,
    /// Whether the last two stages spread their kernels instead of striding.
    dilated: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Unit {
    /// Two 3x3 convolutions.
    Basic,
    /// 1x1, 3x3, 1x1; four times as many channels come out.
    Bottleneck,
}

const fn resnet(unit: Unit, depths: [usize; 4], groups: usize, group_width: usize) -> ResNet {
    ResNet { unit, depths, groups, group_width, dilated: false }
}

const R18: ResNet = resnet(Unit::Basic, [2, 2, 2, 2], 1, 64);
const R34: ResNet = resnet(Unit::Basic, [3, 4, 6, 3], 1, 64);
const R50: ResNet = resnet(Unit::Bottleneck, [3, 4, 6, 3], 1, 64);
const R101: ResNet = resnet(Unit::Bottleneck, [3, 4, 23, 3], 1, 64);
const R152: ResNet = resnet(Unit::Bottleneck, [3, 8, 36, 3], 1, 64);
const WIDE50: ResNet = ResNet { group_width: 128, ..R50 };
const WIDE101: ResNet = ResNet { group_width: 128, ..R101 };
const X50_32X4D: ResNet = ResNet { groups: 32, group_width: 4, ..R50 };
const X101_32X8D: ResNet = ResNet { groups: 32, group_width: 8, ..R101 };
const X101_64X4D: ResNet = ResNet { groups: 64, group_width: 4, ..R101 };

/// The backbones of torchvision's networks for segmentation: strides of 8 px in all.
pub(crate) const DILATED50: ResNet = ResNet { dilated: true, ..R50 };
pub(crate) const DILATED101: ResNet = ResNet { dilated: true, ..R101 };

pub(crate) const RESNET18: Entry = imagenet::torchvision(
    "resnet18",
    2015,
    "He et al., Deep residual learning for image recognition",
    |net, x, config| classifier(net, x, config, R18),
);
pub(crate) const RESNET34: Entry =
    Entry { name: "resnet34", build: |net, x, config| classifier(net, x, config, R34), ..RESNET18 };
pub(crate) const RESNET50: Entry =
    Entry { name: "resnet50", build: |net, x, config| classifier(net, x, config, R50), ..RESNET18 };
pub(crate) const RESNET101: Entry =
    Entry { name: "resnet101", build: |net, x, config| classifier(net, x, config, R101), ..RESNET18 };
pub(crate) const RESNET152: Entry =
    Entry { name: "resnet152", build: |net, x, config| classifier(net, x, config, R152), ..RESNET18 };

pub(crate) const WIDE_RESNET50_2: Entry = Entry {
    name: "wide_resnet50_2",
    year: 2016,
    paper: "Zagoruyko & Komodakis, Wide residual networks",
    build: |net, x, config| classifier(net, x, config, WIDE50),
    ..RESNET18
};
pub(crate) const WIDE_RESNET101_2: Entry =
    Entry { name: "wide_resnet101_2", build: |net, x, config| classifier(net, x, config, WIDE101), ..WIDE_RESNET50_2 };

pub(crate) const RESNEXT50_32X4D: Entry = Entry {
    name: "resnext50_32x4d",
    year: 2016,
    paper: "Xie et al., Aggregated residual transformations for deep neural networks",
    build: |net, x, config| classifier(net, x, config, X50_32X4D),
    ..RESNET18
};
pub(crate) const RESNEXT101_32X8D: Entry = Entry {
    name: "resnext101_32x8d",
    build: |net, x, config| classifier(net, x, config, X101_32X8D),
    ..RESNEXT50_32X4D
};
pub(crate) const RESNEXT101_64X4D: Entry = Entry {
    name: "resnext101_64x4d",
    build: |net, x, config| classifier(net, x, config, X101_64X4D),
    ..RESNEXT50_32X4D
};

fn classifier(net: &mut Builder, images: Node, config: &ModelConfig, resnet: ResNet) -> Vec<Node> {
    let [.., x] = stages(net, "", images, resnet);
    if config.classes == 0 {
        return vec![x];
    }
    let x = net.add("avgpool", GlobalAvgPool::new(), x);
    vec![net.add("fc", Dense::new(config.classes).preset(Preset::Torch), x)]
}

/// What comes out of the four stages, whose names begin with the prefix.
pub(crate) fn stages(net: &mut Builder, prefix: &str, images: Node, resnet: ResNet) -> [Node; 4] {
    let x = net.add(format!("{prefix}conv1"), conv(64, 7).stride(2).padding(3), images);
    let x = net.add(format!("{prefix}bn1"), norm(), x);
    let x = net.add(format!("{prefix}relu"), Activation::Relu, x);
    let mut x = net.add(format!("{prefix}maxpool"), MaxPool2d::new(3).stride(2).padding(1), x);
    let (mut in_channels, mut dilation) = (64, 1);
    [0, 1, 2, 3].map(|stage| {
        let is_dilated = resnet.dilated && stage > 1;
        for place in 0..resnet.depths[stage] {
            let strides = place == 0 && stage > 0;
            let unit = Place { stage, in_channels, stride: if strides && !is_dilated { 2 } else { 1 }, dilation };
            x = residual(net, &format!("{prefix}layer{}.{place}", stage + 1), &unit, resnet, x);
            in_channels = unit.out_channels(resnet);
            // The unit in whose place a stride would be sees as far as the stage before it.
            dilation = if strides && is_dilated { 2 * dilation } else { dilation };
        }
        x
    })
}

/// Where a unit stands.
struct Place {
    stage: usize,
    in_channels: usize,
    stride: usize,
    dilation: usize,
}

impl Place {
    fn out_channels(&self, resnet: ResNet) -> usize {
        (64 << self.stage) * if resnet.unit == Unit::Bottleneck { 4 } else { 1 }
    }
}

/// The paper's figures 2 and 5.
fn residual(net: &mut Builder, name: &str, place: &Place, resnet: ResNet, input: Node) -> Node {
    let out_channels = place.out_channels(resnet);
    let width = (resnet.group_width << place.stage) * resnet.groups;
    let conv3x3 = |filters| conv(filters, 3).padding(place.dilation).dilation(place.dilation);
    let convs = match resnet.unit {
        Unit::Basic => vec![conv3x3(out_channels).stride(place.stride), conv3x3(out_channels)],
        Unit::Bottleneck => {
            vec![conv(width, 1), conv3x3(width).stride(place.stride).groups(resnet.groups), conv(out_channels, 1)]
        }
    };
    let (last, mut x) = (convs.len(), input);
    for (number, conv) in (1..).zip(convs) {
        x = net.add(format!("{name}.conv{number}"), conv, x);
        x = net.add(format!("{name}.bn{number}"), norm(), x);
        if number < last {
            x = net.add(format!("{name}.relu{number}"), Activation::Relu, x);
        }
    }
    let shortcut = if place.stride == 1 && place.in_channels == out_channels {
        input
    } else {
        let conv = conv(out_channels, 1).stride(place.stride);
        conv_norm_activation(net, &format!("{name}.downsample"), conv, norm(), Activation::Linear, input)
    };
    net.add(name, Add::new().activation(Activation::Relu), [x, shortcut])
}

fn conv(filters: usize, kernel_size: usize) -> Conv2d {
    let kernel = Initializer::KaimingNormal { mode: FanMode::FanOut };
    Conv2d::new(filters, kernel_size).no_bias().kernel_initializer(kernel)
}

fn norm() -> BatchNorm {
    BatchNorm::new().preset(Preset::Torch)
}

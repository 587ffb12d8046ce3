//! torchvision's FCN over ResNet (Long et al. 2015, <https://arxiv.org/abs/1411.4038>): maps of a ResNet whose last two
//! stages spread their kernels instead of striding, two convolutions, and bilinear enlargement by eight.
//!
//! Out come the logits `[batch, classes, height, width]`, then those of the auxiliary head over the third stage; the spec's
//! `until(&["classifier.upsampled"])` leaves it out. Pictures of any size; where the size is left open (`any_size`), sides
//! are to be multiples of 8 px, else what comes out is a few px larger than the picture. Without a head the last stage's
//! maps come out.

use striate_core::Preprocessing;
use striate_layers::{Activation, BatchNorm, Conv2d, Dropout, LayerConfig, Preset, Resizing, Upsample2d};
use striate_network::{Builder, NameStyle, Node};

use crate::blocks::conv_norm_activation;
use crate::config::ModelConfig;
use crate::entry::Entry;
use crate::imagenet;
use crate::resnet::{DILATED50, DILATED101, ResNet, stages};

/// How much smaller the maps are than the picture.
const STRIDE: usize = 8;

pub(crate) const FCN_RESNET50: Entry = Entry {
    name: "fcn_resnet50",
    year: 2015,
    paper: "Long et al., Fully convolutional networks for semantic segmentation",
    input: [3, 520, 520],
    classes: 21,
    style: NameStyle::Torch,
    preprocessing,
    class_names: None,
    options: &[],
    build: |net, x, config| fcn(net, x, config, DILATED50),
};
pub(crate) const FCN_RESNET101: Entry =
    Entry { name: "fcn_resnet101", build: |net, x, config| fcn(net, x, config, DILATED101), ..FCN_RESNET50 };

fn preprocessing() -> Preprocessing {
    Preprocessing { size: [520, 520], crop: None, ..imagenet::torch() }
}

fn fcn(net: &mut Builder, images: Node, config: &ModelConfig, resnet: ResNet) -> Vec<Node> {
    let [.., stage3, stage4] = stages(net, "backbone.", images, resnet);
    if config.classes == 0 {
        return vec![stage4];
    }
    let logits = head(net, "classifier", stage4, config, 512);
    vec![logits, head(net, "aux_classifier", stage3, config, 256)]
}

/// torchvision's `FCNHead`, and what comes out of it at the picture's size.
fn head(net: &mut Builder, name: &str, x: Node, config: &ModelConfig, channels: usize) -> Node {
    let conv3x3 = Conv2d::new(channels, 3).padding(1).no_bias().preset(Preset::Torch);
    let norm = BatchNorm::new().preset(Preset::Torch);
    let x = conv_norm_activation(net, name, conv3x3, norm, Activation::Relu, x);
    let x = net.add(format!("{name}.3"), Dropout::new(0.1), x);
    let x = net.add(format!("{name}.4"), Conv2d::new(config.classes, 1).preset(Preset::Torch), x);
    let enlarge: LayerConfig = match config.size {
        [Some(height), Some(width)] => Resizing::new(height, width).into(),
        _ => Upsample2d::new(STRIDE).bilinear().into(),
    };
    net.add(format!("{name}.upsampled"), enlarge, x)
}

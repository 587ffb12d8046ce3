//! FCN-32s, FCN-16s and FCN-8s (Long, Shelhamer & Darrell 2015, <https://arxiv.org/abs/1411.4038>, section 4, figure 3):
//! a class for each px, on any classifier.
//!
//! Names of the scores are the paper's code's; the classifier's are its own, so that its weights load. Departures: the
//! pictures get zeros at the bottom and the right up to a multiple of 32 px, instead of 100 px all around, and `fc6` keeps
//! the size of its maps; score layers don't start at 0; every upsampling is learned.

use striate_layers::{Activation, Add, Conv2d, ConvTranspose2d, Dropout, Initializer};
use striate_network::{Builder, NetworkSpec, Node};

use crate::Architecture;
use crate::blocks::{Sides, fit};
use crate::config::ModelConfig;
use crate::entry::{Entry, OwnOption};
use crate::fcn_resnet::FCN_RESNET50;
use crate::imagenet;

pub(crate) const FCN32S: Entry = Entry {
    name: "fcn32s",
    input: [3, 500, 500],
    preprocessing: || imagenet::normalized([500, 500]),
    options: &[OwnOption::Backbone],
    build: |net, images, config| fcn(net, images, config, 32),
    ..FCN_RESNET50
};

pub(crate) const FCN16S: Entry =
    Entry { name: "fcn16s", build: |net, images, config| fcn(net, images, config, 16), ..FCN32S };

pub(crate) const FCN8S: Entry =
    Entry { name: "fcn8s", build: |net, images, config| fcn(net, images, config, 8), ..FCN32S };

fn fcn(net: &mut Builder, images: Node, config: &ModelConfig, finest: usize) -> Vec<Node> {
    let backbone = config.backbone.unwrap_or(Architecture::Vgg16);
    net.style(backbone.style());
    let padded = config.size.map(|side| side.map(|side| side.checked_next_multiple_of(32).unwrap_or(side)));
    let x = fit(net, "images", images, config.size, padded);
    let mut inner = backbone.config().without_head().in_channels(config.in_channels);
    inner.size = padded;
    let mut x = (backbone.entry().build)(net, x, &inner)[0];
    if backbone.name().contains("vgg") {
        x = dense_layers(net, x);
    }
    if config.classes == 0 {
        return vec![x];
    }
    let spec = inner.spec().ok();
    let sides = |name: &str| spec.as_ref().and_then(|spec| sides_of(spec, spec.number(name).ok()?)).unwrap_or_default();
    let [pool3, pool4, pool5] = levels(backbone).unwrap_or_default();
    let mut x = net.add("score_fr", Conv2d::new(config.classes, 1), x);
    let mut at = sides(&pool5);
    for (stride, level, skip, up) in [(16, &pool4, "pool4", "upscore2"), (8, &pool3, "pool3", "upscore_pool4")] {
        let Some(maps) = net.node(level).ok().filter(|_| stride >= finest) else { break };
        x = upsampling(net, up, config.classes, 2, x);
        x = fit(net, up, x, times(at, 2), sides(level));
        at = sides(level);
        let score = net.add(format!("score_{skip}"), Conv2d::new(config.classes, 1), maps);
        x = net.add(format!("fuse_{skip}"), Add::new(), [x, score]);
    }
    let name = if finest == 32 { "upscore".into() } else { format!("upscore{finest}") };
    let x = upsampling(net, &name, config.classes, finest, x);
    vec![fit(net, "score", x, times(at, finest), config.size)]
}

/// Section 4.1: VGG's first two dense layers as convolutions.
fn dense_layers(net: &mut Builder, x: Node) -> Node {
    let conv = |size: usize| Conv2d::new(4096, size).padding(size / 2).activation(Activation::Relu);
    let x = net.add("fc6", conv(7), x);
    let x = net.add("drop6", Dropout::new(0.5), x);
    let x = net.add("fc7", conv(1), x);
    net.add("drop7", Dropout::new(0.5), x)
}

/// Bilinear upsampling that training goes on from.
fn upsampling(net: &mut Builder, name: &str, classes: usize, factor: usize, x: Node) -> Node {
    let up = ConvTranspose2d::new(classes, 2 * factor).stride(factor).same().no_bias();
    net.add(name, up.kernel_initializer(Initializer::Bilinear), x)
}

fn times(sides: Sides, factor: usize) -> Sides {
    sides.map(|side| side.map(|side| side.saturating_mul(factor)))
}

pub(crate) fn sides_of(spec: &NetworkSpec, number: usize) -> Option<Sides> {
    match spec.signature(number).shape.sides() {
        &[_, height, width] => Some([height, width]),
        _ => None,
    }
}

/// The nodes of a classifier whose maps are 8, 16 and 32 times smaller than the pictures, if it has such. All that comes
/// later passes through them: the pooling that makes maps so small, as in the paper, or else the last node at that size.
pub(crate) fn levels(backbone: Architecture) -> Option<[String; 3]> {
    let spec = backbone.spec(0).ok()?;
    let [picture, ..] = sides_of(&spec, spec.inputs().next()?)?;
    let halvings = |number: usize| {
        let [side, ..] = sides_of(&spec, number)?;
        Some((picture? as f64 / side? as f64).log2().round() as u32)
    };
    let mut levels: [Option<usize>; 3] = [None; 3];
    for number in passages(&spec) {
        let Some(level) = halvings(number).and_then(|halvings| levels.get_mut(halvings.checked_sub(3)? as usize))
        else {
            continue;
        };
        let is_pool = |number: usize| spec.layer(number).is_some_and(|layer| layer.kind().ends_with("pool2d"));
        if !level.is_some_and(is_pool) {
            *level = Some(number);
        }
    }
    let [Some(eighth), Some(sixteenth), Some(_)] = levels else { return None };
    // The coarsest maps are what the network gives.
    let last = *spec.outputs().first()?;
    (halvings(last) == Some(5)).then(|| [eighth, sixteenth, last].map(|number| spec.nodes()[number].name().into()))
}

/// The nodes that everything passes through: nothing after them takes what comes before them.
pub(crate) fn passages(spec: &NetworkSpec) -> impl Iterator<Item = usize> {
    let mut last_reader = vec![0; spec.nodes().len()];
    for (number, node) in spec.nodes().iter().enumerate() {
        node.inputs().iter().for_each(|&input| last_reader[input] = number);
    }
    let mut reach = 0;
    last_reader.into_iter().enumerate().filter_map(move |(number, reader)| {
        let passes = reach <= number;
        reach = reach.max(reader);
        passes.then_some(number)
    })
}

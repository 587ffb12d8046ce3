//! Classification with localization: what a picture shows, and where.

use serde::{Deserialize, Serialize};
use striate_core::{BoxUnit, Detection};
use striate_layers::{Activation, BatchNorm, Conv2d, Dense, Dropout, Flatten, GlobalAvgPool};
use striate_network::{Builder, NetworkSpec, Node};

use super::TaskError;
use super::backbone::Backbone;
use super::error::{check_box, check_values};
use crate::ModelConfig;
use crate::blocks::conv_norm;

/// Two heads on the features of a network of the list: class logits `[batch, classes]`, the node `class`, and a box
/// `[batch, 4]` (left, upper, right, lower, in parts of the picture's width and height), the node `box`.
///
/// Training weighs cross-entropy with 0.8 and the box's mean squared error with 0.2 ([`LOSS_WEIGHTS`](Self::LOSS_WEIGHTS)).
///
/// ```
/// use striate_models::Architecture;
/// use striate_models::tasks::{LargestThing, Localization};
///
/// let task = Localization::new(Architecture::ResNet18.config().size([96, 96]), 10).hidden([64]).dropout(0.3);
/// let spec = task.spec()?;
/// assert_eq!(spec.output_signatures()[1].shape, [4].into());
/// let target = LargestThing { classes: 10 }.encode(&[([24.0, 12.0, 72.0, 48.0], 3)], [96, 96])?;
/// assert_eq!(target, (3, [0.25, 0.125, 0.75, 0.5]));
/// # Ok::<(), striate_models::tasks::TaskError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Localization {
    backbone: ModelConfig,
    classes: usize,
    hidden: Vec<usize>,
    dropout: f64,
    box_activation: BoxActivation,
    box_channels: usize,
}

/// How a head's numbers become edges in `[0, 1]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoxActivation {
    /// By a sigmoid in the network.
    #[default]
    Sigmoid,
    /// As they are; what lies outside is cut off when they are decoded.
    Linear,
}

impl Localization {
    /// The weights of the two losses: cross-entropy of the class, mean squared error of the box.
    pub const LOSS_WEIGHTS: [f64; 2] = [0.8, 0.2];

    /// Heads for this many classes on the features of a network, which are pooled unless the config pools them otherwise.
    pub fn new(backbone: ModelConfig, classes: usize) -> Self {
        Self {
            backbone,
            classes,
            hidden: Vec::new(),
            dropout: 0.0,
            box_activation: BoxActivation::default(),
            box_channels: 0,
        }
    }

    /// Puts dense layers with ReLU of so many units before the two heads. Both take the last, unless
    /// [`box_channels`](Self::box_channels) gives the box head layers of its own.
    pub fn hidden(self, hidden: impl Into<Vec<usize>>) -> Self {
        Self { hidden: hidden.into(), ..self }
    }

    /// Drops this part of what each dense layer takes, in `[0, 1)`.
    pub fn dropout(self, dropout: f64) -> Self {
        Self { dropout, ..self }
    }

    /// Makes edges of the box head's numbers so.
    pub fn box_activation(self, box_activation: BoxActivation) -> Self {
        Self { box_activation, ..self }
    }

    /// Gives the box head a way of its own: the last maps, put together to so many by a 1x1 convolution with batch norm and
    /// ReLU, and of them all px. A map's mean, which the class head keeps, has lost where things are; and all px of all maps
    /// can be so many numbers that a dense layer's first steps are far too large at the usual learning rates.
    ///
    /// 0, the default, leaves both heads on the means.
    pub fn box_channels(self, box_channels: usize) -> Self {
        Self { box_channels, ..self }
    }

    /// The network.
    ///
    /// # Errors
    /// If the network can't be built without its head, a class count is 0 or over 2^20, a layer's setting is out of its
    /// range, or the box head wants maps of a network that gives none.
    pub fn spec(&self) -> Result<NetworkSpec, TaskError> {
        if !(1..=1 << 20).contains(&self.classes) {
            return Err(TaskError::setting("classes", self.classes, "it must be from 1 to 2^20"));
        }
        let mut base = Backbone::new("localization", &self.backbone)?;
        let maps = base.last()?;
        let gives_maps = base.gives_maps();
        let net = &mut base.net;
        let pooled = if gives_maps { net.add("pooled", GlobalAvgPool::new(), maps) } else { maps };
        let class_features = self.hidden_layers(net, "head", pooled);
        let mut box_features = class_features;
        if self.box_channels > 0 {
            if !gives_maps {
                let rule = "it needs a network that gives maps; this one gives none";
                return Err(TaskError::setting("box_channels", self.box_channels, rule));
            }
            let names = ["conv", "norm", "relu"].map(|part| format!("box_head.{part}"));
            let conv = Conv2d::new(self.box_channels, 1).no_bias();
            box_features = conv_norm(net, names, conv, BatchNorm::new(), Activation::Relu, maps);
            box_features = net.add("box_head.flatten", Flatten::new(), box_features);
            box_features = self.hidden_layers(net, "box_head", box_features);
        }
        let class = net.add("class", Dense::new(self.classes), class_features);
        let edges = match self.box_activation {
            BoxActivation::Sigmoid => Dense::new(4).activation(Activation::Sigmoid),
            BoxActivation::Linear => Dense::new(4),
        };
        let edges = net.add("box", edges, box_features);
        Ok(net.output(class).output(edges).build()?)
    }

    /// The dense layers before a head, with their dropout, under a common name.
    fn hidden_layers(&self, net: &mut Builder, name: &str, mut x: Node) -> Node {
        let dropout = |net: &mut Builder, name: String, x| match self.dropout {
            0.0 => x,
            rate => net.add(name, Dropout::new(rate), x),
        };
        for (number, &units) in (1..).zip(&self.hidden) {
            x = dropout(net, format!("{name}.dropout{number}"), x);
            x = net.add(format!("{name}.dense{number}"), Dense::new(units).activation(Activation::Relu), x);
        }
        dropout(net, format!("{name}.dropout"), x)
    }
}

/// What localization learns from boxes, and the way from what the two heads give to an answer, whatever network they stand on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LargestThing {
    /// The number of classes.
    pub classes: usize,
}

impl LargestThing {
    /// What to learn from a picture of `[height, width]` px: the class of its largest thing, and the thing's edges in parts
    /// of width and height. Boxes are edges in px with their class; what lies outside of the picture is cut off.
    ///
    /// # Errors
    /// [`TaskError::NoBox`] without one, [`TaskError::Box`] for one without area or outside, [`TaskError::Class`].
    pub fn encode(&self, boxes: &[([f32; 4], usize)], size: [usize; 2]) -> Result<(usize, [f32; 4]), TaskError> {
        let mut largest: Option<(f32, usize, [f32; 4])> = None;
        for (index, &truth) in boxes.iter().enumerate() {
            let edges = check_box(index, truth, size, self.classes)?;
            let area = (edges[2] - edges[0]) * (edges[3] - edges[1]);
            if largest.is_none_or(|(most, ..)| area > most) {
                largest = Some((area, truth.1, edges));
            }
        }
        let (_, class, edges) = largest.ok_or(TaskError::NoBox)?;
        Ok((class, BoxUnit::Relative.from_absolute(edges, size)))
    }

    /// The answer for one picture, of `[height, width]` px: from logits `[classes]` and numbers `[4]`. The score is the
    /// class's probability; of edges in the wrong order the smaller is left and above.
    ///
    /// # Errors
    /// [`TaskError::Values`] if there are more or fewer numbers.
    pub fn decode(&self, logits: &[f32], numbers: &[f32], size: [usize; 2]) -> Result<Detection, TaskError> {
        check_values("the class output", logits.len(), &[self.classes])?;
        check_values("the box output", numbers.len(), &[4])?;
        let (class, score) = best_of_softmax(logits);
        let edges: [f32; 4] =
            std::array::from_fn(|edge| if numbers[edge].is_nan() { 0.0 } else { numbers[edge].clamp(0.0, 1.0) });
        let [left, top, right, bottom] = edges;
        let edges = [left.min(right), top.min(bottom), left.max(right), top.max(bottom)];
        Ok(Detection { xyxy: BoxUnit::Relative.to_absolute(edges, size), class, score })
    }
}

/// The class with the largest logit, the first of several, and its probability.
pub(crate) fn best_of_softmax(logits: &[f32]) -> (usize, f32) {
    let mut best = (0, f32::NEG_INFINITY);
    for (class, &logit) in logits.iter().enumerate() {
        if logit > best.1 {
            best = (class, logit);
        }
    }
    let sum: f64 = logits.iter().map(|logit| f64::from(logit - best.1).exp()).sum();
    (best.0, (1.0 / sum) as f32)
}

//! What can be chosen of a network.

use serde::{Deserialize, Serialize};
use std::fmt::Display;

use striate_layers::{GlobalAvgPool, GlobalMaxPool, Shape};
use striate_network::{NetworkError, NetworkSpec};

use crate::Architecture;
use crate::entry::OwnOption;

/// A network of the list, as it is to be built.
///
/// ```
/// use striate_models::{Architecture, Pooling};
///
/// let spec = Architecture::Vgg16.config().classes(7).size([97, 130]).spec()?;
/// assert_eq!(spec.classes(), Some(7));
/// let features = Architecture::Vgg16.config().without_head().pooling(Pooling::Average).spec()?;
/// assert_eq!(features.output_signatures()[0].shape, [512].into());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ModelConfig {
    architecture: Architecture,
    pub(crate) classes: usize,
    pub(crate) in_channels: usize,
    pub(crate) size: [Option<usize>; 2],
    pooling: Option<Pooling>,
    pub(crate) width: f64,
    pub(crate) depth: f64,
    pub(crate) backbone: Option<Architecture>,
    grid: Option<usize>,
    boxes: Option<usize>,
}

/// What becomes of the features of a network without a head, as Keras's `pooling`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// The mean of each map.
    Average,
    /// The largest value of each map.
    Maximum,
}

/// Why a network can't be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// A layer doesn't fit, for example because the pictures are too small.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// An option has a value that the network doesn't allow.
    #[error("{architecture} can't have `{option}` {value}: {rule}")]
    Option {
        /// The network's name.
        architecture: Architecture,
        /// The option.
        option: &'static str,
        /// Its value.
        value: String,
        /// What is allowed.
        rule: String,
    },
}

impl ModelConfig {
    pub(crate) fn new(architecture: Architecture) -> Self {
        let [in_channels, height, width] = architecture.input();
        Self {
            architecture,
            classes: architecture.default_classes(),
            in_channels,
            size: [Some(height), Some(width)],
            pooling: None,
            width: 1.0,
            depth: 1.0,
            backbone: None,
            grid: None,
            boxes: None,
        }
    }

    /// For this many classes; 0 leaves the head out.
    pub fn classes(self, classes: usize) -> Self {
        Self { classes, ..self }
    }

    /// Without the head, as Keras's `include_top=False`: the last maps come out.
    pub fn without_head(self) -> Self {
        self.classes(0)
    }

    /// Pools the features of a network without a head.
    pub fn pooling(self, pooling: Pooling) -> Self {
        Self { pooling: Some(pooling), ..self }
    }

    /// Takes pictures with this many channels.
    pub fn in_channels(self, in_channels: usize) -> Self {
        Self { in_channels, ..self }
    }

    /// Takes pictures of this `[height, width]` in px.
    pub fn size(self, [height, width]: [usize; 2]) -> Self {
        Self { size: [Some(height), Some(width)], ..self }
    }

    /// Takes pictures of any size, where the network allows it.
    pub fn any_size(self) -> Self {
        Self { size: [None, None], ..self }
    }

    /// Multiplies the number of channels, where the paper does (MobileNet's alpha, EfficientNet's width coefficient).
    pub fn width(self, width: f64) -> Self {
        Self { width, ..self }
    }

    /// Multiplies the number of blocks of a stage, where stages have several (EfficientNet's depth coefficient).
    pub fn depth(self, depth: f64) -> Self {
        Self { depth, ..self }
    }

    /// Stands on this classifier, where the network may stand on any (FCN: by default VGG-16).
    pub fn backbone(self, backbone: Architecture) -> Self {
        Self { backbone: Some(backbone), ..self }
    }

    /// Divides pictures into this many cells on each side (YOLO v1: by default 7).
    pub fn grid(self, grid: usize) -> Self {
        Self { grid: Some(grid), ..self }
    }

    /// Predicts this many boxes in each cell (YOLO v1: by default 2).
    pub fn boxes(self, boxes: usize) -> Self {
        Self { boxes: Some(boxes), ..self }
    }

    /// Cells on each side and boxes in each.
    pub(crate) fn cells(&self) -> (usize, usize) {
        (self.grid.unwrap_or(7), self.boxes.unwrap_or(2))
    }

    /// The network: logits `[batch, classes]`, or features `[batch, channels, height, width]` without a head, or
    /// `[batch, channels]` where they are pooled.
    ///
    /// # Errors
    /// If the pictures are too small, an option has a value that isn't allowed, or the network has no use for it: the error
    /// says which networks have.
    pub fn spec(&self) -> Result<NetworkSpec, ModelError> {
        let entry = self.architecture.entry();
        if self.classes > 1 << 20 {
            return Err(self.refusal("classes", self.classes, "there may be at most 2^20"));
        }
        if let Some(pooling) = self.pooling.filter(|_| self.classes > 0) {
            return Err(self.refusal("pooling", format!("{pooling:?}"), "it is for networks without a head"));
        }
        self.check_own_options()?;
        let mut net = NetworkSpec::builder(entry.name);
        net.style(entry.style);
        let [height, width] = self.size;
        let images = net.input("images", Shape::new([Some(self.in_channels), height, width]));
        let mut outputs = (entry.build)(&mut net, images, self);
        if let Some(pooling) = self.pooling {
            outputs[0] = match pooling {
                Pooling::Average => net.add("pooled", GlobalAvgPool::new(), outputs[0]),
                Pooling::Maximum => net.add("pooled", GlobalMaxPool::new(), outputs[0]),
            };
        }
        for output in outputs {
            net.output(output);
        }
        Ok(net.build()?)
    }

    /// Checks the options that few networks have.
    fn check_own_options(&self) -> Result<(), ModelError> {
        for (own, option, factor) in [(OwnOption::Width, "width", self.width), (OwnOption::Depth, "depth", self.depth)]
        {
            if factor != 1.0 {
                self.check_has(own, option, factor)?;
            }
            if !(0.01..=100.0).contains(&factor) {
                return Err(self.refusal(option, factor, "it must be from 0.01 to 100"));
            }
        }
        for (own, option, count) in [(OwnOption::Grid, "grid", self.grid), (OwnOption::Boxes, "boxes", self.boxes)] {
            let Some(count) = count else { continue };
            self.check_has(own, option, count)?;
            if self.classes == 0 {
                return Err(self.refusal(option, count, "it is for networks with a head"));
            }
            if !(1..=64).contains(&count) {
                return Err(self.refusal(option, count, "it must be from 1 to 64"));
            }
        }
        let Some(backbone) = self.backbone else { return Ok(()) };
        self.check_has(OwnOption::Backbone, "backbone", backbone)?;
        match crate::fcn::levels(backbone) {
            Some(_) => Ok(()),
            None => {
                let rule = "it must be a classifier whose maps are 8, 16 and last 32 times smaller than pictures";
                Err(self.refusal("backbone", backbone, rule))
            }
        }
    }

    /// An error if the network has no use for an option; it says which networks have.
    fn check_has(&self, own: OwnOption, option: &'static str, value: impl Display) -> Result<(), ModelError> {
        let has = |architecture: &Architecture| architecture.entry().options.contains(&own);
        if has(&self.architecture) {
            return Ok(());
        }
        let users: Vec<_> = Architecture::ALL.iter().filter(|known| has(known)).map(|known| known.name()).collect();
        Err(self.refusal(option, value, format!("it is an option of {}", users.join(", "))))
    }

    fn refusal(&self, option: &'static str, value: impl Display, rule: impl Into<String>) -> ModelError {
        ModelError::Option { architecture: self.architecture, option, value: value.to_string(), rule: rule.into() }
    }
}

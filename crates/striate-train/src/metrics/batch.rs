//! What a metric is given: a batch's predictions and targets, on the host.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::MetricError;

/// A batch's predictions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scores<'a> {
    /// Numbers, in rows.
    Rows {
        /// The numbers.
        values: &'a [f32],
        /// The lengths of their axes, the batch first: `[batch]` or `[batch, 1, …]` for yes or no, `[batch, class, …]` for
        /// classes (of pictures, or of px in `[batch, class, height, width]`), any for values.
        shape: &'a [usize],
    },
    /// The class that was chosen for each sample or px.
    Classes(&'a [usize]),
    /// What was found in each picture.
    Boxes(&'a [Vec<Detection>]),
}

/// What the predictions of a batch are compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Targets<'a> {
    /// There is nothing to compare with.
    None,
    /// The class of each sample or px, `[batch, …]`: the scores' shape without the class axis.
    Labels(&'a [usize]),
    /// The same as bytes, as masks have it.
    Mask(&'a [u8]),
    /// Numbers of the scores' shape: values, boxes, one-hot or soft rows, yes (1) or no (0).
    Rows(&'a [f32]),
    /// What is in each picture.
    Boxes(&'a [Vec<Truth>]),
}

/// A thing that a detector found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    /// Left, upper, right and lower edge, px.
    pub xyxy: [f32; 4],
    /// Its class.
    pub class: usize,
    /// How sure the detector is; higher is surer.
    pub score: f32,
}

/// A thing that is there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// Left, upper, right and lower edge, px.
    pub xyxy: [f32; 4],
    /// Its class.
    pub class: usize,
    /// Whether it is a crowd of such things: what is found there counts neither as right nor as wrong.
    pub crowd: bool,
    /// Its area in px², by which it counts as small, medium or large; the box's if none. COCO's files have the mask's.
    pub area: Option<f32>,
}

/// What the targets of a data set are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// Nothing.
    None,
    /// A class for each sample.
    Labels,
    /// A class for each px.
    Mask,
    /// Numbers of the output's shape.
    Rows,
    /// Boxes.
    Boxes,
}

impl fmt::Display for TargetKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "no targets",
            Self::Labels => "labels",
            Self::Mask => "masks",
            Self::Rows => "rows of numbers",
            Self::Boxes => "boxes",
        })
    }
}

impl<'a> Scores<'a> {
    /// Numbers in rows, with the lengths of their axes.
    pub fn rows(values: &'a [f32], shape: &'a [usize]) -> Self {
        Self::Rows { values, shape }
    }

    /// Numbers and axes, checked to belong together.
    pub(super) fn numbers(&self, metric: &str, wanted: &'static str) -> Result<Rows<'a>, MetricError> {
        let got = match *self {
            Self::Rows { values, shape } => return Rows::new(values, shape),
            Self::Classes(_) => "of chosen classes",
            Self::Boxes(_) => "of boxes",
        };
        Err(MetricError::Output { metric: metric.into(), got: got.into(), wanted })
    }
}

impl Targets<'_> {
    /// What they are.
    pub fn kind(&self) -> TargetKind {
        match self {
            Self::None => TargetKind::None,
            Self::Labels(_) => TargetKind::Labels,
            Self::Mask(_) => TargetKind::Mask,
            Self::Rows(_) => TargetKind::Rows,
            Self::Boxes(_) => TargetKind::Boxes,
        }
    }

    /// The number of labels, and the label of a place; none if the targets are no labels.
    pub(super) fn labels(&self) -> Option<(usize, impl Fn(usize) -> usize)> {
        let (labels, mask): (&[usize], &[u8]) = match *self {
            Self::Labels(labels) => (labels, &[]),
            Self::Mask(mask) => (&[], mask),
            _ => return None,
        };
        Some((labels.len().max(mask.len()), move |place: usize| match mask.is_empty() {
            true => labels[place],
            false => mask[place].into(),
        }))
    }

    /// Numbers of the scores' shape, checked to be as many.
    pub(super) fn beside(&self, rows: &Rows<'_>, metric: &str) -> Result<&[f32], MetricError> {
        match self {
            Self::Rows(targets) => {
                check_lengths("scores", rows.values.len(), targets.len())?;
                Ok(targets)
            }
            other => {
                let wanted = "rows of numbers, as many as the output's";
                Err(MetricError::Targets { metric: metric.into(), got: other.kind(), wanted })
            }
        }
    }
}

pub(super) fn check_lengths(what: &'static str, scores: usize, targets: usize) -> Result<(), MetricError> {
    if scores == targets { Ok(()) } else { Err(MetricError::Lengths { what, scores, targets }) }
}

/// Numbers `[batch, columns, places]`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) values: &'a [f32],
    /// Samples.
    pub(super) batch: usize,
    /// The length of the second axis, 1 if there is none.
    pub(super) columns: usize,
    /// The product of the other axes: px.
    pub(super) places: usize,
}

impl<'a> Rows<'a> {
    fn new(values: &'a [f32], shape: &'a [usize]) -> Result<Self, MetricError> {
        let product = |sides: &[usize]| sides.iter().try_fold(1usize, |product, &side| product.checked_mul(side));
        let wrong = || MetricError::Shape { values: values.len(), shape: shape.to_vec() };
        if shape.is_empty() || product(shape) != Some(values.len()) {
            return Err(wrong());
        }
        let columns = shape.get(1).copied().unwrap_or(1);
        let places = product(shape.get(2..).unwrap_or_default()).ok_or_else(wrong)?;
        Ok(Self { values, batch: shape[0], columns, places })
    }

    /// Whether each score answers one question with yes or no.
    pub(super) fn yes_no(&self) -> bool {
        self.columns == 1
    }

    /// Samples times places: how many labels there are.
    pub(super) fn labels(&self) -> usize {
        self.batch * self.places
    }

    /// The scores of a label's place, one of each column; other numbers of the same shape too.
    pub(super) fn at<'b>(&self, values: &'b [f32], place: usize) -> impl Iterator<Item = f32> + Clone + 'b {
        let (sample, inner) = (place / self.places.max(1), place % self.places.max(1));
        let start = sample * self.columns * self.places + inner;
        let step = self.places.max(1);
        (0..self.columns).map(move |column| values[start + column * step])
    }
}

/// The place of the highest score, the first of equals; none if no score is a number.
pub(crate) fn argmax(scores: impl Iterator<Item = f32>) -> Option<usize> {
    let numbers = scores.enumerate().filter(|(_, score)| !score.is_nan());
    numbers.reduce(|best, now| if now.1 > best.1 { now } else { best }).map(|(place, _)| place)
}

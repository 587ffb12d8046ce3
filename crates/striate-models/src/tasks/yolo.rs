//! YOLO v1 (Redmon et al. 2016, <https://arxiv.org/abs/1506.02640>, section 2): heads, targets and boxes.

use serde::{Deserialize, Serialize};
use striate_core::{BoxFormat, BoxUnit, Detection};
use striate_layers::losses::YoloV1;
use striate_layers::{Activation, AdaptiveAvgPool2d, BatchNorm, Conv2d, Permute, Signature};
use striate_network::NetworkSpec;

use super::backbone::Backbone;
use super::error::{check_box, check_values};
use super::{Selection, TaskError};
use crate::ModelConfig;

/// The cells of YOLO v1: `grid` rows and columns, each with `boxes` boxes and one set of `classes` scores.
///
/// A network gives `[batch, grid, grid, 5 * boxes + classes]`: for each cell boxes of (x, y, w, h, confidence), then a score
/// of each class. Axis 1 is the row; x and y are from 0 to 1 within the cell, w and h parts of the picture. Targets are
/// `[batch, grid, grid, 5 + classes]` of (x, y, w, h, 1 if there is an object, else 0), then 1 for its class, as the loss
/// [`YoloV1`] takes them.
///
/// ```
/// use striate_models::tasks::{Selection, YoloCells};
///
/// let cells = YoloCells { grid: 7, boxes: 1, classes: 3 };
/// let target = cells.encode(&[([20.0, 30.0, 60.0, 50.0], 2)], [112, 112])?;
/// // What a network would give that has learned it: with one box a cell, the target itself.
/// let found = cells.decode(&target.values, [112, 112], &Selection::default())?;
/// assert_eq!((found.len(), found[0].class), (1, 2));
/// assert!((found[0].xyxy[0] - 20.0).abs() < 1e-4);
/// # Ok::<(), striate_models::tasks::TaskError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct YoloCells {
    /// Cells on each side, from 1 to 64; 7 in the paper.
    pub grid: usize,
    /// Boxes of each cell, from 1 to 64; 2 in the paper.
    pub boxes: usize,
    /// Classes, from 1; 20 in the paper.
    pub classes: usize,
}

/// What YOLO learns from one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct YoloTarget {
    /// `[grid, grid, 5 + classes]`.
    pub values: Vec<f32>,
    /// The places in the list of boxes that no cell was left for: their middle is in the cell of an earlier one.
    pub left_out: Vec<usize>,
}

impl YoloCells {
    /// The cells that a network gives for this many classes.
    ///
    /// # Errors
    /// [`TaskError::Output`] if its first output isn't `[grid, grid, 5 * boxes + classes]`.
    pub fn of(spec: &NetworkSpec, classes: usize) -> Result<Self, TaskError> {
        let output = &spec.output_signatures()[0];
        let found = match output.shape.sides() {
            &[Some(rows), Some(columns), Some(numbers)] if rows == columns => {
                let boxes = numbers.checked_sub(classes).filter(|rest| rest % 5 == 0).map(|rest| rest / 5);
                boxes.map(|boxes| Self { grid: rows, boxes, classes })
            }
            _ => None,
        };
        let fits = found.filter(|cells| *output == cells.signature() && cells.validate().is_ok());
        fits.ok_or_else(|| TaskError::Output {
            network: spec.name().into(),
            got: output.to_string(),
            expected: format!("for {classes} classes YOLO needs [grid, grid, 5 * boxes + {classes}]"),
        })
    }

    /// Checks that every number is in its range.
    ///
    /// # Errors
    /// [`TaskError::Setting`] for the first that isn't.
    pub fn validate(&self) -> Result<(), TaskError> {
        for (option, value, most) in
            [("grid", self.grid, 64), ("boxes", self.boxes, 64), ("classes", self.classes, 1 << 20)]
        {
            if !(1..=most).contains(&value) {
                return Err(TaskError::setting(option, value, format!("it must be from 1 to {most}")));
            }
        }
        Ok(())
    }

    /// The loss of these cells, with the paper's factors.
    pub fn loss(&self) -> YoloV1 {
        YoloV1::new().grid(self.grid).boxes(self.boxes).classes(self.classes)
    }

    /// What a network gives for one picture.
    pub fn signature(&self) -> Signature {
        Signature::float([self.grid, self.grid, self.numbers()])
    }

    /// Numbers of a cell that a network gives.
    fn numbers(&self) -> usize {
        5 * self.boxes + self.classes
    }

    /// What to learn from a picture of `[height, width]` px: each box, edges in px with its class, in the cell where its
    /// middle is. What lies outside of the picture is cut off first. A cell takes one box, the first of the list.
    ///
    /// # Errors
    /// [`TaskError::Box`] for one without area or outside, [`TaskError::Class`], or those of [`validate`](Self::validate).
    pub fn encode(&self, boxes: &[([f32; 4], usize)], size: [usize; 2]) -> Result<YoloTarget, TaskError> {
        self.validate()?;
        let Self { grid, classes, .. } = *self;
        let length = 5 + classes;
        let mut values = vec![0.0; grid * grid * length];
        let mut left_out = Vec::new();
        for (index, &truth) in boxes.iter().enumerate() {
            let edges = check_box(index, truth, size, classes)?;
            let [x, y, width, height] = BoxUnit::Relative.from_absolute(BoxFormat::Cxcywh.from_xyxy(edges), size);
            let [column, row] = [x, y].map(|middle| ((middle * grid as f32) as usize).min(grid - 1));
            let cell = &mut values[(row * grid + column) * length..][..length];
            if cell[4] == 1.0 {
                left_out.push(index);
                continue;
            }
            let [x, y] = [(x, column), (y, row)].map(|(middle, cell)| middle * grid as f32 - cell as f32);
            cell[..5].copy_from_slice(&[x, y, width, height, 1.0]);
            cell[5 + truth.1] = 1.0;
        }
        Ok(YoloTarget { values, left_out })
    }

    /// The boxes in what a network gives for one picture, `[grid, grid, 5 * boxes + classes]`, of `[height, width]` px: for
    /// each box and class, its score is the product of confidence and class score (the paper's equation 1). Boxes without
    /// area are passed over; what lies outside of the picture is cut off.
    ///
    /// # Errors
    /// [`TaskError::Values`] if there are more or fewer numbers, or those of [`validate`](Self::validate) and
    /// [`Selection::validate`].
    pub fn decode(&self, output: &[f32], size: [usize; 2], keep: &Selection) -> Result<Vec<Detection>, TaskError> {
        self.validate()?;
        keep.validate()?;
        let Self { grid, boxes, .. } = *self;
        check_values("the output", output.len(), &[grid, grid, self.numbers()])?;
        let mut found = Vec::new();
        for (place, cell) in output.chunks_exact(self.numbers()).enumerate() {
            let (row, column) = (place / grid, place % grid);
            let (predicted, scores) = cell.split_at(5 * boxes);
            for &[x, y, width, height, confidence] in predicted.as_chunks::<5>().0 {
                let middle = [(x, column), (y, row)].map(|(within, cell)| (cell as f32 + within) / grid as f32);
                let relative = BoxFormat::Cxcywh.to_xyxy([middle[0], middle[1], width, height]);
                let thing = Detection { xyxy: BoxUnit::Relative.to_absolute(relative, size), class: 0, score: 0.0 };
                // Two negative sides would make a box again.
                let Some(thing) = thing.within(size).filter(|_| width > 0.0 && height > 0.0) else { continue };
                let scored = scores.iter().enumerate().map(|(class, score)| (class, confidence * score));
                let sure = scored.filter(|(_, score)| keep.may_keep(*score));
                found.extend(sure.map(|(class, score)| Detection { class, score, ..thing }));
            }
        }
        Ok(keep.select(found))
    }
}

/// YOLO v1's cells on the maps of any network of the list: a convolution with batch norm, one vote for each cell, no dense
/// layer.
///
/// The head takes the last maps that have at least as many px as there are cells, averages them to the grid if they have
/// more, and its last layer is linear: `[batch, grid, grid, 5 * boxes + classes]`, the node `cells`.
/// [`Architecture::YoloV1Small`](crate::Architecture::YoloV1Small) is a whole network for small pictures.
///
/// ```
/// use striate_models::Architecture;
/// use striate_models::tasks::{YoloCells, YoloHead};
///
/// let cells = YoloCells { grid: 7, boxes: 2, classes: 10 };
/// let spec = YoloHead::new(Architecture::MobileNetV2.config().size([112, 112]), cells).spec()?;
/// assert_eq!(YoloCells::of(&spec, 10)?, cells);
/// # Ok::<(), striate_models::tasks::TaskError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct YoloHead {
    backbone: ModelConfig,
    cells: YoloCells,
    hidden: usize,
}

impl YoloHead {
    /// A head for these cells.
    pub fn new(backbone: ModelConfig, cells: YoloCells) -> Self {
        Self { backbone, cells, hidden: 256 }
    }

    /// Has this many channels between the features and the cells, by default 256.
    pub fn hidden(self, hidden: usize) -> Self {
        Self { hidden, ..self }
    }

    /// The network.
    ///
    /// # Errors
    /// If the network can't be built without its head, has no maps as large as the grid, or a setting is out of its range.
    pub fn spec(&self) -> Result<NetworkSpec, TaskError> {
        let Self { cells, hidden, .. } = *self;
        cells.validate()?;
        let mut base = Backbone::new("yolo", &self.backbone)?;
        let Some((maps, sides)) = base.finest(cells.grid)? else {
            let rule = "no maps of the network have as many px on each side; take larger pictures, of a known size";
            return Err(TaskError::setting("grid", cells.grid, rule));
        };
        let net = &mut base.net;
        let x = net.add("head.conv", Conv2d::new(hidden, 3).same().no_bias(), maps);
        let x = net.add("head.norm", BatchNorm::new(), x);
        let mut x = net.add("head.relu", Activation::LeakyRelu { negative_slope: 0.1 }, x);
        if sides != [cells.grid; 2] {
            x = net.add("head.pool", AdaptiveAvgPool2d::new(cells.grid), x);
        }
        let x = net.add("head.votes", Conv2d::new(cells.numbers(), 1), x);
        let x = net.add("cells", Permute::new([2, 3, 1]), x);
        Ok(net.output(x).build()?)
    }
}

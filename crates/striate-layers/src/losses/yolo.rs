//! YOLO v1's loss (Redmon et al. 2016, <https://arxiv.org/abs/1506.02640>, equation 3).

use burn::Tensor;
use burn::tensor::{Bool, Int};
use serde::{Deserialize, Serialize};

use super::{LossSpec, Reduction, check};
use crate::{Kind, LayerError, Signature, Value};

/// The loss of boxes, confidences and classes in the cells of a grid.
///
/// Predictions are `[batch, grid, grid, 5 * boxes + classes]`: boxes of (x, y, w, h, confidence), then a score of each
/// class. Targets are `[batch, grid, grid, 5 + classes]`: (x, y, w, h, 1 if there is an object, else 0), then 1 for its
/// class. Axis 1 is the row; x and y are from 0 to 1 within the cell, w and h fractions of the picture.
///
/// The box with the highest IoU, the first of several, is responsible for a cell's object; the IoU is its confidence's
/// target, and a constant for the gradient. The paper takes the square root of w and h, which a network may predict to be
/// negative: below 0 the root is minus that of the size, and within 1e-6 of 0 a line, so that its slope is finite and
/// always leads back to the target. For the IoU a negative side is 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct YoloV1 {
    /// Cells on each side, from 1; 7 in the paper.
    pub grid: usize,
    /// Boxes of each cell, from 1; 2 in the paper.
    pub boxes: usize,
    /// Classes, from 1; 20 in the paper.
    pub classes: usize,
    /// Factor of the boxes' places and sides, at least 0; 5 in the paper.
    pub lambda_coord: f64,
    /// Factor of the confidences of boxes that aren't responsible, at least 0; 0.5 in the paper.
    pub lambda_noobj: f64,
    /// From the losses of pictures to one number; the mean, over the batch, by default.
    pub reduction: Reduction,
}

impl Default for YoloV1 {
    fn default() -> Self {
        Self { grid: 7, boxes: 2, classes: 20, lambda_coord: 5.0, lambda_noobj: 0.5, reduction: Reduction::BatchMean }
    }
}

/// The parts of the loss before they are multiplied, each the sum over a batch divided by its pictures, `[1]`.
#[derive(Debug, Clone)]
pub struct YoloV1Components {
    /// Squares of the responsible boxes' places and roots of sides.
    pub coord: Tensor<1>,
    /// Squares of the responsible boxes' confidences less their IoU.
    pub object: Tensor<1>,
    /// Squares of the other boxes' confidences.
    pub no_object: Tensor<1>,
    /// Squares of class scores less their targets, where there is an object.
    pub class: Tensor<1>,
}

impl YoloV1 {
    /// The loss with the paper's grid, boxes, classes and factors.
    pub fn new() -> Self {
        Self::default()
    }

    /// Has so many cells on each side.
    pub fn grid(self, grid: usize) -> Self {
        Self { grid, ..self }
    }

    /// Has so many boxes in each cell.
    pub fn boxes(self, boxes: usize) -> Self {
        Self { boxes, ..self }
    }

    /// Has so many classes.
    pub fn classes(self, classes: usize) -> Self {
        Self { classes, ..self }
    }

    /// Multiplies the part of places and sides by this.
    pub fn lambda_coord(self, lambda_coord: f64) -> Self {
        Self { lambda_coord, ..self }
    }

    /// Multiplies the part of the boxes that aren't responsible by this.
    pub fn lambda_noobj(self, lambda_noobj: f64) -> Self {
        Self { lambda_noobj, ..self }
    }

    /// Reduces so.
    pub fn reduction(self, reduction: Reduction) -> Self {
        Self { reduction, ..self }
    }

    /// The loss of a batch, `[1]`.
    ///
    /// # Panics
    /// If the shapes don't fit.
    pub fn forward(&self, input: Tensor<4>, target: Tensor<4>) -> Tensor<1> {
        self.forward_weighted(input, target, None)
    }

    /// As [`forward`](Self::forward), with a weight for each picture, `[batch]`.
    ///
    /// # Panics
    /// If the shapes don't fit.
    pub fn forward_weighted(&self, input: Tensor<4>, target: Tensor<4>, sample_weight: Option<Tensor<1>>) -> Tensor<1> {
        let batch = input.dims()[0];
        self.reduction.apply(self.each(input, target), sample_weight, batch)
    }

    /// The loss of each picture, `[batch]`.
    ///
    /// # Panics
    /// If the shapes don't fit.
    pub fn each(&self, input: Tensor<4>, target: Tensor<4>) -> Tensor<1> {
        let [coord, object, no_object, class] = self.parts(input, target);
        coord * self.lambda_coord + object + no_object * self.lambda_noobj + class
    }

    /// The parts of the loss.
    ///
    /// # Panics
    /// If the shapes don't fit.
    pub fn components(&self, input: Tensor<4>, target: Tensor<4>) -> YoloV1Components {
        let batch = input.dims()[0];
        let parts = self.parts(input, target);
        let [coord, object, no_object, class] = parts.map(|part| Reduction::BatchMean.apply(part, None, batch));
        YoloV1Components { coord, object, no_object, class }
    }

    /// The parts of each picture, `[batch]`: coord, object, no object, class.
    fn parts(&self, input: Tensor<4>, target: Tensor<4>) -> [Tensor<1>; 4] {
        let Self { grid, boxes, classes, .. } = *self;
        let batch = input.dims()[0];
        assert_eq!(input.dims(), [batch, grid, grid, 5 * boxes + classes], "predictions of the loss's cells");
        assert_eq!(target.dims(), [batch, grid, grid, 5 + classes], "targets of the loss's cells");

        let sides = [batch, grid, grid, boxes, 5];
        let predicted = input.clone().narrow(3, 0, 5 * boxes).reshape(sides);
        let object = target.clone().narrow(3, 4, 1);
        let truth: Tensor<5> = target.clone().narrow(3, 0, 5).unsqueeze_dim::<5>(3).expand(sides);
        let [centers, true_centers] = [&predicted, &truth].map(|boxes| boxes.clone().narrow(4, 0, 2));
        let [sizes, true_sizes] = [&predicted, &truth].map(|boxes| boxes.clone().narrow(4, 2, 2));
        let confidence = predicted.narrow(4, 4, 1);

        let iou = overlap(
            (centers.clone().detach() / grid as f64, sizes.clone().detach()),
            (true_centers.clone() / grid as f64, true_sizes.clone()),
        );
        let responsible = first_highest(iou.clone()).float().cast(confidence.dtype());
        let responsible = responsible * object.clone().unsqueeze_dim(4);

        let offsets = (centers - true_centers).square() + (root(sizes) - root(true_sizes)).square();
        let scores = input.narrow(3, 5 * boxes, classes) - target.narrow(3, 5, classes);
        [
            of_each_picture(offsets * responsible.clone()),
            of_each_picture((confidence.clone() - iou).square() * responsible.clone()),
            of_each_picture(confidence.square() * (responsible * -1.0 + 1.0)),
            of_each_picture(scores.square() * object),
        ]
    }
}

/// The sum over a picture, `[batch]`.
fn of_each_picture<const D: usize>(x: Tensor<D>) -> Tensor<1> {
    let sides = x.dims();
    x.reshape([sides[0], sides[1..].iter().product()]).sum_dim(1).squeeze_dim(1)
}

/// The square root with its sign, a line near 0.
fn root<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let size = x.clone().abs().clamp_min(1e-6);
    x / size.sqrt()
}

/// IoU of boxes as (centers, sizes), both `[.., 2]`; `[.., 1]`. Boxes without an area have none.
fn overlap(a: (Tensor<5>, Tensor<5>), b: (Tensor<5>, Tensor<5>)) -> Tensor<5> {
    let product = |pair: Tensor<5>| pair.clone().narrow(4, 0, 1) * pair.narrow(4, 1, 1);
    let [(a_low, a_high, a_area), (b_low, b_high, b_area)] = [a, b].map(|(center, size)| {
        let size = size.clamp_min(0.0);
        let half = size.clone() * 0.5;
        (center.clone() - half.clone(), center + half, product(size))
    });
    let both = product((a_high.min_pair(b_high) - a_low.max_pair(b_low)).clamp_min(0.0));
    let either = a_area + b_area - both.clone();
    let nothing = either.clone().lower_equal_scalar(0.0);
    both / either.mask_fill(nothing, 1.0)
}

/// Which box of axis 3 has the highest value; the first of several.
fn first_highest(values: Tensor<5>) -> Tensor<5, Bool> {
    let sides = values.dims();
    let lower = values.clone().lower(values.clone().max_dim(3).expand(sides));
    let count = sides[3] as i64;
    let order: Tensor<1, Int> = Tensor::arange(0..count, &values.device());
    let order: Tensor<5, Int> = order.reshape([1, 1, 1, sides[3], 1]).expand(sides);
    let first = order.clone().mask_fill(lower, count).min_dim(3);
    order.equal(first.expand(sides))
}

impl LossSpec for YoloV1 {
    const KIND: &'static str = "yolo_v1";

    fn validate(&self) -> Result<(), LayerError> {
        let counts = [("grid", self.grid), ("boxes", self.boxes), ("classes", self.classes)];
        for (field, count) in counts {
            check::require((1..=1 << 16).contains(&count), Self::KIND, field, count, "it must be from 1 to 65,536")?;
        }
        for (field, factor) in [("lambda_coord", self.lambda_coord), ("lambda_noobj", self.lambda_noobj)] {
            check::require(check::at_least_0(factor), Self::KIND, field, factor, "it must be at least 0")?;
        }
        Ok(())
    }

    fn check(&self, input: &Signature, target: &Signature) -> Result<(), LayerError> {
        let Self { grid, boxes, classes, .. } = *self;
        let sides = |last| [grid, grid, last].map(Some);
        let (wanted, truth) = (sides(5 * boxes + classes), sides(5 + classes));
        let fits = |signature: &Signature, sides: &[Option<usize>; 3]| {
            signature.kind == Kind::Float && check::alike(signature.shape.sides().iter(), sides.iter())
        };
        if fits(input, &wanted) && fits(target, &truth) {
            return Ok(());
        }
        let shown = |sides| Signature::float(sides);
        Err(check::refuse(
            Self::KIND,
            format!("predictions {} and targets {}", shown(wanted), shown(truth)),
            input,
            target,
        ))
    }

    fn call(&self, input: Value, target: Value, sample_weight: Option<Tensor<1>>) -> Tensor<1> {
        let input = input.float();
        let target = check::beside(target, &input);
        self.forward_weighted(input, target, sample_weight)
    }
}

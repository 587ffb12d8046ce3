//! Which configs, predictions and targets fit.

use std::fmt::Debug;

use burn::Tensor;

use crate::axis::resolve_axis;
use crate::value::{of_rank, with_rank};
use crate::{Kind, LayerError, Signature, Value};

/// The most axes that predictions may have, with the batch axis.
const MAX_RANK: usize = 6;

/// Refuses a field's value unless it fits.
pub(super) fn require(
    fits: bool,
    kind: &'static str,
    field: &'static str,
    value: impl Debug,
    rule: &'static str,
) -> Result<(), LayerError> {
    if fits { Ok(()) } else { Err(LayerError::value(kind, field, value, rule)) }
}

/// Whether a factor is a number from 0 up.
pub(super) fn at_least_0(value: f64) -> bool {
    value >= 0.0 && value.is_finite()
}

/// Checks a share of label smoothing.
pub(super) fn label_smoothing(kind: &'static str, value: f64) -> Result<(), LayerError> {
    require((0.0..=1.0).contains(&value), kind, "label_smoothing", value, "it must be from 0 to 1")
}

/// Checks an axis that counts the batch axis; it may count from the end.
pub(super) fn axis(kind: &'static str, field: &'static str, axis: i64) -> Result<(), LayerError> {
    let rank = MAX_RANK as i64;
    require((-rank..rank).contains(&axis), kind, field, axis, "it must be from -6 to 5; the batch is axis 0")
}

/// Checks the axis of the classes.
pub(super) fn class_axis(kind: &'static str, axis: i64) -> Result<(), LayerError> {
    self::axis(kind, "class_axis", axis)?;
    require(axis != 0, kind, "class_axis", axis, "axis 0 is the batch")
}

/// Checks the weights of classes.
pub(super) fn class_weight(kind: &'static str, weights: Option<&[f64]>) -> Result<(), LayerError> {
    let Some(weights) = weights else { return Ok(()) };
    let fits = weights.iter().all(|weight| at_least_0(*weight)) && weights.iter().any(|weight| *weight > 0.0);
    require(fits, kind, "class_weight", weights, "each must be at least 0, and one above it")
}

/// An axis counted from the start, if a tensor of this rank has it.
pub(super) fn find_axis(axis: i64, rank: usize) -> Option<usize> {
    resolve_axis(isize::try_from(axis).ok()?, rank)
}

/// As [`find_axis`], for a tensor that has it.
///
/// # Panics
/// If it hasn't.
pub(super) fn axis_of<const D: usize>(axis: i64) -> usize {
    find_axis(axis, D).unwrap_or_else(|| panic!("axis {axis} isn't one of {D}"))
}

/// Checks that the predictions, with the batch axis, have an axis.
pub(super) fn has_axis(
    kind: &'static str,
    field: &'static str,
    axis: i64,
    input: &Signature,
    target: &Signature,
) -> Result<usize, LayerError> {
    let rank = input.shape.rank() + 1;
    find_axis(axis, rank).ok_or_else(|| {
        let last = rank - 1;
        refuse(kind, format!("predictions with an axis {axis}, the batch being axis 0"), input, target)
            .with_fix(format!("set `{field}` to one of -{rank} to {last}"))
    })
}

/// As [`has_axis`] for the axis of the classes, which isn't the batch's.
pub(super) fn has_class_axis(
    kind: &'static str,
    axis: i64,
    input: &Signature,
    target: &Signature,
) -> Result<usize, LayerError> {
    match has_axis(kind, "class_axis", axis, input, target)? {
        0 => Err(refuse(kind, "predictions whose classes aren't the batch", input, target)
            .with_fix("set `class_axis` to another than the batch's, 0")),
        axis => Ok(axis),
    }
}

pub(super) fn refuse(
    kind: &'static str,
    expected: impl Into<String>,
    input: &Signature,
    target: &Signature,
) -> LayerError {
    LayerError::input(kind, expected, &[input.clone(), target.clone()])
}

/// Whether two shapes may be the same.
pub(super) fn alike<'a>(
    a: impl ExactSizeIterator<Item = &'a Option<usize>>,
    b: impl ExactSizeIterator<Item = &'a Option<usize>>,
) -> bool {
    a.len() == b.len() && a.zip(b).all(|(a, b)| a.is_none() || b.is_none() || a == b)
}

/// Whether predictions are real numbers of a rank that is served.
pub(super) fn is_prediction(input: &Signature) -> bool {
    input.kind == Kind::Float && input.shape.rank() < MAX_RANK
}

/// Checks that targets have the shape of the predictions; they may be whole numbers.
pub(super) fn same_shape(kind: &'static str, input: &Signature, target: &Signature) -> Result<(), LayerError> {
    let (sides, wanted) = (input.shape.sides(), target.shape.sides());
    if is_prediction(input) && alike(sides.iter(), wanted.iter()) {
        return Ok(());
    }
    Err(refuse(kind, "predictions and targets of one shape, with up to 6 axes", input, target))
}

/// As [`same_shape`]; a target for each sample also fits predictions whose last side is 1.
pub(super) fn same_shape_or_column(
    kind: &'static str,
    input: &Signature,
    target: &Signature,
) -> Result<(), LayerError> {
    if let [before @ .., Some(1)] = input.shape.sides()
        && is_prediction(input)
        && alike(before.iter(), target.shape.sides().iter())
    {
        return Ok(());
    }
    same_shape(kind, input, target)
}

/// Targets beside predictions: real numbers of their type and shape.
///
/// # Panics
/// If the ranks don't fit.
pub(super) fn beside<const D: usize>(target: Value, input: &Tensor<D>) -> Tensor<D> {
    let target = real(target);
    let rank = target.dims().len();
    let target: Tensor<D> = if rank + 1 == D && input.dims()[D - 1] == 1 {
        with_rank!(target, y => y.reshape::<D, _>(input.dims())).float()
    } else {
        target.float()
    };
    target.cast(input.dtype())
}

/// Whole numbers as real ones.
fn real(value: Value) -> Value {
    match value.signature().kind {
        Kind::Float => value,
        Kind::Int => of_rank!(value.dims().len(), D => value.int::<D>().float().into()),
    }
}

/// # Panics
/// If the shapes differ: broadcasting would hide the mistake.
#[track_caller]
pub(super) fn assert_same<const D: usize>(input: &Tensor<D>, target: &Tensor<D>) {
    assert_eq!(input.dims(), target.dims(), "predictions and targets have one shape");
}

//! Indices as numbers that a dense layer takes.

use burn::Tensor;
use burn::tensor::{DType, IndexingUpdateOp, Int, IntDType};
use striate_core::features::OutputMode;

use crate::value::of_rank;
use crate::{LayerError, Shape, Signature, Value};

/// The shape rule of indices that become what the mode says.
pub(crate) fn encoded(
    mode: OutputMode,
    kind: &'static str,
    depth: usize,
    inputs: &[Signature],
) -> Result<Signature, LayerError> {
    let sides = inputs[0].shape.sides();
    let with_depth = |sides: &[Option<usize>]| sides.iter().copied().chain([Some(depth)]).collect::<Vec<_>>();
    let sides = match (mode, sides) {
        (OutputMode::Int, _) => return Ok(Signature::int(inputs[0].shape.clone())),
        (OutputMode::OneHot, [.., None]) => {
            return Err(LayerError::input(kind, "one input whose last side is known", inputs)
                .with_fix("a last side of 1 is replaced, any other stays"));
        }
        (_, []) => with_depth(&[]),
        (OutputMode::OneHot, [before @ .., Some(1)]) => with_depth(before),
        (OutputMode::OneHot, sides) => with_depth(sides),
        (OutputMode::MultiHot | OutputMode::Count | OutputMode::TfIdf, [before @ .., _]) => with_depth(before),
    };
    if sides.len() > 5 {
        return Err(LayerError::input(kind, "one input that stays within six axes with the batch", inputs));
    }
    Ok(Signature::float(Shape::new(sides)))
}

/// Encodes indices that were laid out in one row, from a batch with these sides. An index that isn't below the
/// depth counts nowhere. Without weights each index counts 1. `dtype` is the result's; none: the device's.
pub(crate) fn encode(
    mode: OutputMode,
    indices: Tensor<1, Int>,
    dims: &[usize],
    depth: usize,
    weights: Option<Tensor<1>>,
    dtype: Option<DType>,
) -> Value {
    if mode == OutputMode::Int {
        return Value::from(indices).reshape(dims);
    }
    let (batch, rest) = (&dims[..1], &dims[1..]);
    // How many indices share a row of places, and the sides of all rows.
    let (row, rest) = match (mode, rest) {
        (OutputMode::OneHot, [before @ .., 1]) => (1, before),
        (OutputMode::OneHot, rest) => (1, rest),
        (_, [before @ .., row]) => (*row, before),
        (_, []) => (1, rest),
    };
    let rows = batch.iter().chain(rest).product();
    let outside = indices.clone().lower_elem(0).bool_or(indices.clone().greater_equal_elem(depth as i64));
    let weights = weights.unwrap_or_else(|| {
        let ones = Tensor::ones(indices.dims(), &indices.device());
        dtype.map_or(ones.clone(), |dtype| ones.cast(dtype))
    });
    let counts = Tensor::<2>::zeros([rows, depth], (&indices.device(), weights.dtype())).scatter(
        1,
        indices.mask_fill(outside.clone(), 0).reshape([rows, row]),
        weights.mask_fill(outside, 0.0).reshape([rows, row]),
        IndexingUpdateOp::Add,
    );
    let hot = if mode == OutputMode::MultiHot { counts.clamp_max(1.0) } else { counts };
    Value::from(hot).reshape(&[batch, rest, &[depth]].concat())
}

/// Checks that a mode isn't the one of inverse document frequencies, which only lookups have.
pub(crate) fn check_counted(kind: &'static str, mode: OutputMode) -> Result<(), LayerError> {
    match mode {
        OutputMode::TfIdf => Err(LayerError::value(kind, "output_mode", mode, "only lookups have tf_idf")),
        _ => Ok(()),
    }
}

/// A value's whole numbers in one row, of 32 or 64 bits with a sign, and its sides.
///
/// # Panics
/// If its numbers are real ones.
pub(crate) fn int_row(value: Value) -> (Tensor<1, Int>, Vec<usize>) {
    let dims = value.dims();
    let count = [dims.iter().product::<usize>()];
    let row = of_rank!(dims.len(), D => value.int::<D>().reshape(count));
    let row = match row.dtype() {
        DType::I64 | DType::I32 => row,
        _ => row.cast(IntDType::I32),
    };
    (row, dims)
}

/// A value's real numbers in one row, and its sides.
///
/// # Panics
/// If its numbers are whole ones.
pub(crate) fn float_row(value: Value) -> (Tensor<1>, Vec<usize>) {
    let dims = value.dims();
    let count = [dims.iter().product::<usize>()];
    (of_rank!(dims.len(), D => value.float::<D>().reshape(count)), dims)
}

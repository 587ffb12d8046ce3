//! Changes of shape and size.

mod amounts;
mod cropping;
mod flatten;
mod permute;
mod repeat_vector;
mod target;
mod upsample;
mod zero_padding;

pub use self::amounts::Amounts;
pub use self::cropping::{Cropping, Cropping1d, Cropping2d, Cropping3d};
pub use self::flatten::Flatten;
pub use self::permute::Permute;
pub use self::repeat_vector::RepeatVector;
pub use self::target::Reshape;
pub use self::upsample::{Upsample, Upsample1d, Upsample2d, Upsample3d, UpsampleMode};
pub use self::zero_padding::{ZeroPadding, ZeroPadding1d, ZeroPadding2d, ZeroPadding3d};

use crate::layer::only_float_input;
use crate::{DataFormat, LayerError, Shape, Signature};

/// The most axes of a sample; one more is the batch's.
pub(crate) const MAX_RANK: usize = 5;

/// The most elements of a sample that a layer makes of a smaller one; more is a mistake, and would be allocated.
const MAX_ELEMENTS: usize = 1 << 31;

/// An output of real numbers, if it isn't absurdly large.
///
/// # Errors
/// If the sides that are known make more than 2³¹ elements.
pub(crate) fn bounded(kind: &'static str, output: Shape, inputs: &[Signature]) -> Result<Signature, LayerError> {
    let elements = output.sides().iter().flatten().try_fold(1usize, |product, side| product.checked_mul(*side));
    match elements {
        Some(elements) if elements <= MAX_ELEMENTS => Ok(Signature::float(output)),
        _ => Err(LayerError::input(
            kind,
            format!("an input that makes at most 2^31 elements, {output} being more"),
            inputs,
        )),
    }
}

/// The output of a layer that changes each side of a picture of `D` directions by itself; `change` gives the new side
/// of a direction, if the old one fits.
///
/// # Errors
/// If the input is no such picture, or a side doesn't fit.
fn changed_sides<const D: usize>(
    kind: &'static str,
    data_format: DataFormat,
    inputs: &[Signature],
    fits: &str,
    change: impl Fn(usize, usize) -> Option<usize>,
) -> Result<Signature, LayerError> {
    let expected = format!("one picture {}{fits}", data_format.axes(D));
    let input = only_float_input(kind, &expected, inputs)?;
    let wrong = || LayerError::input(kind, expected.as_str(), inputs);
    let (channels, sides) = data_format.split::<D>(input.shape.sides()).ok_or_else(wrong)?;
    let mut output = [None; D];
    for d in 0..D {
        if let Some(side) = sides[d] {
            output[d] = Some(change(d, side).ok_or_else(wrong)?);
        }
    }
    bounded(kind, Shape::new(data_format.join(channels, &output)), inputs)
}

//! Preprocessing within a model: on the device, and saved with it.

mod category_encoding;
mod center_crop;
mod discretization;
mod encoding;
mod integer_lookup;
mod normalization;
mod numbers;
mod resample;
mod rescaling;
mod resizing;

pub use category_encoding::CategoryEncodingLayer;
pub use center_crop::CenterCrop;
pub use discretization::Discretization;
pub use integer_lookup::{IntegerLookup, IntegerLookupLayer};
pub use normalization::{Normalization, NormalizationLayer};
pub use numbers::Numbers;
pub use resample::Interpolation;
pub use rescaling::Rescaling;
pub use resizing::Resizing;
pub use striate_core::features::{CategoryEncoding, OutputMode};

pub(crate) use center_crop::cut_and_resize;
pub(crate) use resample::{Resampling, resample};

use crate::layer::only_float_input;
use crate::window::MAX_SPAN;
use crate::{DataFormat, LayerError, Signature};

/// The most px of a side that is resized, also after padding; more is a mistake, and would be allocated.
const MAX_SIDE: usize = 1 << 16;

/// The most weights of a side that is resized.
const MAX_WEIGHTS: usize = 1 << 26;

/// The channels, height and width of the only input, a picture.
pub(crate) fn picture(
    kind: &'static str,
    format: DataFormat,
    inputs: &[Signature],
) -> Result<(Option<usize>, [Option<usize>; 2]), LayerError> {
    let expected = format!("one picture {}", format.axes(2));
    let input = only_float_input(kind, &expected, inputs)?;
    let fits = |side: &Option<usize>| side.is_none_or(|side| (1..=MAX_SIDE).contains(&side));
    let picture = format.split::<2>(input.shape.sides());
    let picture = picture.filter(|(channels, sides)| *channels != Some(0) && sides.iter().all(fits));
    picture.ok_or_else(|| {
        LayerError::input(kind, expected, inputs)
            .with_fix("give it three axes, with at least one channel and sides from 1 to 65,536 px")
    })
}

/// Checks that the weights of a resize may be allocated.
pub(crate) fn check_resize(
    kind: &'static str,
    inputs: &[Signature],
    from: [Option<usize>; 2],
    to: [usize; 2],
) -> Result<(), LayerError> {
    let weights = |(from, to): (Option<usize>, usize)| from.unwrap_or(0).saturating_mul(to);
    match from.into_iter().zip(to).all(|pair| weights(pair) <= MAX_WEIGHTS) {
        true => Ok(()),
        false => Err(LayerError::input(kind, "a picture whose sides times those to come are at most 2^26", inputs)
            .with_fix("give it smaller pictures")),
    }
}

/// Height and width of a batch of pictures.
pub(crate) fn sides(format: DataFormat, dims: [usize; 4]) -> [usize; 2] {
    let first = format.first_side();
    [dims[first], dims[first + 1]]
}

/// Checks the height and width that a layer is to give.
pub(crate) fn check_target(kind: &'static str, height: usize, width: usize) -> Result<(), LayerError> {
    for (field, side) in [("height", height), ("width", width)] {
        if !(1..=MAX_SPAN).contains(&side) {
            return Err(LayerError::value(kind, field, side, "it must be from 1 to 8,192 px"));
        }
    }
    Ok(())
}

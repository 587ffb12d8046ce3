//! Checks of settings.

use std::fmt::Display;

use crate::{DataError, Fill};

use super::Targets;

/// The longest side that a transform may ask for, in px.
const MAX_SIDE: usize = 1 << 16;

fn wrong(field: &'static str, value: impl Display, rule: &'static str) -> Result<(), DataError> {
    Err(DataError::Setting { field, value: value.to_string(), rule })
}

/// A probability.
pub(super) fn probability(value: f32) -> Result<(), DataError> {
    if (0.0..=1.0).contains(&value) { Ok(()) } else { wrong("probability", value, "it must be in [0, 1]") }
}

/// A range from the smaller number to the larger, both of which `fits`.
pub(super) fn range(
    field: &'static str,
    [least, most]: [f64; 2],
    fits: impl Fn(f64) -> bool,
    rule: &'static str,
) -> Result<(), DataError> {
    if least.is_finite() && most.is_finite() && least <= most && fits(least) && fits(most) {
        Ok(())
    } else {
        wrong(field, format!("[{least}, {most}]"), rule)
    }
}

/// A range of factors, from 0 on.
pub(super) fn factors(field: &'static str, bounds: [f64; 2]) -> Result<(), DataError> {
    range(field, bounds, |factor| factor >= 0.0, "it must be [least, most] with factors from 0 on")
}

/// A range of factors above 0.
pub(super) fn positive(field: &'static str, bounds: [f64; 2]) -> Result<(), DataError> {
    range(field, bounds, |factor| factor > 0.0 && factor <= 1000.0, "it must be [least, most], above 0 and up to 1000")
}

/// A range of degrees.
pub(super) fn degrees(field: &'static str, bounds: [f64; 2], most: f64) -> Result<(), DataError> {
    range(field, bounds, |degrees| degrees.abs() <= most, "it must be [least, most] in degrees; shears stay below 90")
}

/// A range of parts of a whole, of either sign.
pub(super) fn parts(field: &'static str, bounds: [f64; 2]) -> Result<(), DataError> {
    range(field, bounds, |part| part.abs() <= 1.0, "it must be [least, most] in [-1, 1]")
}

/// `[height, width]` in px.
pub(super) fn size(field: &'static str, [height, width]: [usize; 2]) -> Result<(), DataError> {
    let side = |side| (1..=MAX_SIDE).contains(&side);
    let fits = side(height) && side(width);
    if fits { Ok(()) } else { wrong(field, format!("{height}x{width}"), "each side must be 1 to 65536 px") }
}

/// Widths in px that may be 0.
pub(super) fn lengths(field: &'static str, lengths: &[usize]) -> Result<(), DataError> {
    match lengths.iter().find(|length| **length > MAX_SIDE) {
        Some(length) => wrong(field, length, "it must be at most 65536 px"),
        None => Ok(()),
    }
}

/// A single number that has to fit.
pub(super) fn number(field: &'static str, value: f64, fits: bool, rule: &'static str) -> Result<(), DataError> {
    if fits { Ok(()) } else { wrong(field, value, rule) }
}

/// What pixels from outside get.
pub(super) fn fill(value: Option<Fill>) -> Result<(), DataError> {
    match value {
        Some(value) if !value.is_valid() => wrong("fill", format!("{value:?}"), "its values must be in [0, 255]"),
        _ => Ok(()),
    }
}

pub(super) fn targets(Targets { image, mask }: Targets) -> Result<(), DataError> {
    fill(image.fill)?;
    fill(mask.fill)
}

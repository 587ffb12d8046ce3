//! Indices as numbers that a dense layer takes.

use striate_core::features::{FeatureError, OutputMode};

use super::{Array, Encoded};

/// The most values that are given at once; more is a mistake, and would be allocated.
pub(super) const MAX_VALUES: usize = 1 << 28;

/// Checks that so many rows of so many places may be allocated.
pub(super) fn check_size(kind: &'static str, rows: usize, depth: usize) -> Result<(), FeatureError> {
    match rows.checked_mul(depth).is_some_and(|values| values <= MAX_VALUES) {
        true => Ok(()),
        false => Err(FeatureError::TooLarge { kind, rows, depth }),
    }
}

/// Counts an index at its place.
pub(super) fn count(mode: OutputMode, place: &mut f32, weight: impl FnOnce() -> f32) {
    match mode {
        OutputMode::Count | OutputMode::TfIdf => *place += weight(),
        _ => *place = 1.0,
    }
}

/// Encodes indices. An index that isn't below the depth counts nowhere; `weight` says what each one counts, by its
/// position and its value.
///
/// One-hot replaces a last axis of 1 unless it is the only axis; counts and multi-hot rows are those of the last axis.
pub(super) fn encode(
    kind: &'static str,
    indices: Array<i64>,
    mode: OutputMode,
    depth: usize,
    weight: impl Fn(usize, usize) -> f32,
) -> Result<Encoded, FeatureError> {
    let shape = indices.shape();
    let (before, row) = match (mode, shape) {
        (OutputMode::Int, _) => return Ok(Encoded::Int(indices)),
        (OutputMode::OneHot, []) => (&[1][..], 1),
        (OutputMode::OneHot, [before @ .., 1]) if !before.is_empty() => (before, 1),
        (OutputMode::OneHot, shape) => (shape, 1),
        (_, []) => (&[][..], 1),
        (_, [before @ .., row]) => (before, *row),
    };
    let shape = before.iter().copied().chain([depth]).collect::<Vec<_>>();
    let rows = before.iter().product();
    check_size(kind, rows, depth)?;
    let mut out = vec![0.0; rows * depth];
    for (position, &index) in indices.values().iter().enumerate() {
        let Some(index) = usize::try_from(index).ok().filter(|index| *index < depth) else { continue };
        count(mode, &mut out[position / row * depth + index], || weight(position, index));
    }
    Array::new(shape, out).map(Encoded::Float)
}

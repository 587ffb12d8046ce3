//! Checks of what many configs have.

use crate::weight::NamedWeight;
use crate::{Activation, LayerError, Regularizer, Size};

/// Checks sizes that must be at least 1.
pub(crate) fn check_sizes<const D: usize>(
    kind: &'static str,
    sizes: &[(&'static str, Size<D>)],
) -> Result<(), LayerError> {
    match sizes.iter().find(|(_, size)| size.0.contains(&0)) {
        Some((field, size)) => Err(LayerError::value(kind, field, size.0, "every side must be at least 1")),
        None => Ok(()),
    }
}

/// Checks a number that must be at least 1.
pub(crate) fn check_count(kind: &'static str, field: &'static str, count: usize) -> Result<(), LayerError> {
    if count == 0 { Err(LayerError::value(kind, field, count, "it must be at least 1")) } else { Ok(()) }
}

/// Checks what most layers have beside their sizes.
pub(crate) fn check_rest(
    kind: &'static str,
    activation: Activation,
    activity_regularizer: Option<&Regularizer>,
    weights: &[NamedWeight<'_>],
) -> Result<(), LayerError> {
    activation.check(kind)?;
    Regularizer::validate(activity_regularizer, kind, "activity_regularizer")?;
    weights.iter().try_for_each(|(name, weight)| weight.validate(kind, name))
}

/// Checks a probability of dropping.
pub(crate) fn check_rate(kind: &'static str, field: &'static str, rate: f64) -> Result<(), LayerError> {
    match (0.0..1.0).contains(&rate) {
        true => Ok(()),
        false => Err(LayerError::value(kind, field, rate, "it must be at least 0 and less than 1")),
    }
}

/// Checks that a number is one.
pub(crate) fn check_finite(kind: &'static str, field: &str, value: f64) -> Result<(), LayerError> {
    match value.is_finite() {
        true => Ok(()),
        false => Err(LayerError::value(kind, field, value, "it must be finite")),
    }
}

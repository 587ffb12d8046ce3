//! Maps of many samples by their features.

mod pca;
mod tsne;

pub use pca::Pca;
pub use tsne::TSne;

use crate::ExplainError;

/// Checks that there are rows of `width` finite numbers each.
fn check_rows(rows: &[f32], width: usize) -> Result<usize, ExplainError> {
    if width == 0 || rows.is_empty() || !rows.len().is_multiple_of(width) {
        let rule = "there must be rows of as many numbers each, at least one";
        return Err(ExplainError::option("rows", format!("{} numbers for a width of {width}", rows.len()), rule));
    }
    match rows.iter().position(|value| !value.is_finite()) {
        Some(place) => {
            let rule = "all numbers must be finite";
            Err(ExplainError::option("rows", format!("{} in row {}", rows[place], place / width), rule))
        }
        None => Ok(rows.len() / width),
    }
}

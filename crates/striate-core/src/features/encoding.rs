//! Indices as numbers that a dense layer takes.

use serde::{Deserialize, Serialize};

use super::FeatureError;

/// The most places of an encoding; more is a mistake, and would be allocated.
pub const MAX_DEPTH: usize = 1 << 24;

/// What becomes of indices below a count, the depth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputMode {
    /// They stay whole numbers: `[batch, …]` to the same shape.
    #[default]
    Int,
    /// Each becomes 1 at its place among zeros: `[batch, …]` to `[batch, …, depth]`; a last axis of 1 is replaced.
    OneHot,
    /// 1 at every place whose index is in a row: `[batch, …, row]` to `[batch, …, depth]`.
    MultiHot,
    /// How often each index is in a row: `[batch, …, row]` to `[batch, …, depth]`.
    Count,
    /// How often each index is in a row, times the inverse document frequency of its token: as `Count`. For lookups and
    /// text.
    TfIdf,
}

impl OutputMode {
    /// How many values come of one value or row, given the depth: 1 for `Int`.
    pub fn width(self, depth: usize) -> usize {
        if self == Self::Int { 1 } else { depth }
    }

    /// Refuses inverse document frequencies where there are no tokens.
    pub(super) fn without_frequencies(self, kind: &'static str) -> Result<(), FeatureError> {
        match self {
            Self::TfIdf => Err(FeatureError::setting(kind, "output_mode", self, "only lookups and text have tf_idf")),
            _ => Ok(()),
        }
    }
}

/// Checks a number of places, from `least` to [`MAX_DEPTH`].
pub(super) fn check_depth(
    kind: &'static str,
    field: &'static str,
    depth: usize,
    least: usize,
    rule: &'static str,
) -> Result<(), FeatureError> {
    match (least..=MAX_DEPTH).contains(&depth) {
        true => Ok(()),
        false => Err(FeatureError::setting(kind, field, depth, rule)),
    }
}

/// Encodes indices from 0 to `num_tokens - 1` by the [`OutputMode`], whose depth is `num_tokens`: Keras's `CategoryEncoding`. An
/// index outside the range counts nowhere; Keras fails on one when it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryEncoding {
    /// How many categories there are, from 1 to 2^24.
    pub num_tokens: usize,
    /// One-hot, multi-hot or counts.
    #[serde(default = "multi_hot")]
    pub output_mode: OutputMode,
}

fn multi_hot() -> OutputMode {
    OutputMode::MultiHot
}

impl CategoryEncoding {
    pub(super) const KIND: &str = "category encoding";

    /// Rows of indices below this, multi-hot.
    pub fn new(num_tokens: usize) -> Self {
        Self { num_tokens, output_mode: multi_hot() }
    }

    /// Gives this.
    pub fn output_mode(self, output_mode: OutputMode) -> Self {
        Self { output_mode, ..self }
    }

    /// Says whether it can be used.
    ///
    /// # Errors
    /// [`FeatureError::Setting`].
    pub fn validate(&self) -> Result<(), FeatureError> {
        self.output_mode.without_frequencies(Self::KIND)?;
        if self.output_mode == OutputMode::Int {
            let rule = "it must be one_hot, multi_hot or count";
            return Err(FeatureError::setting(Self::KIND, "output_mode", self.output_mode, rule));
        }
        check_depth(Self::KIND, "num_tokens", self.num_tokens, 1, "it must be from 1 to 2^24")
    }
}

/// Labels as rows with 1 at the place of their class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneHot {
    /// How many classes there are, from 1 to 2^24.
    pub num_classes: usize,
}

impl OneHot {
    /// Says whether it can be used.
    ///
    /// # Errors
    /// [`FeatureError::Setting`].
    pub fn validate(&self) -> Result<(), FeatureError> {
        check_depth("one-hot", "num_classes", self.num_classes, 1, "it must be from 1 to 2^24")
    }
}

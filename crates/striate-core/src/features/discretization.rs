//! Real numbers into bins.

use serde::{Deserialize, Serialize};

use super::encoding::check_depth;
use super::{FeatureError, OutputMode};

/// The bin of each value: bin `i` holds `boundary[i - 1] <= x < boundary[i]`, so n boundaries make n + 1 bins: Keras's
/// `Discretization`. What isn't a number falls into the last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Discretization {
    /// Where bins meet, in ascending order: given, or learned.
    #[serde(default)]
    pub bin_boundaries: Option<Vec<f32>>,
    /// How many bins to learn, from 2 to 2^24; each gets about the same share of the data.
    #[serde(default)]
    pub num_bins: Option<usize>,
    /// How far a learned boundary may be off, as a part of all values, from 1e-6 to 1.
    #[serde(default = "one_percent")]
    pub epsilon: f64,
    /// What becomes of the bins' indices; not `tf_idf`.
    #[serde(default)]
    pub output_mode: OutputMode,
}

fn one_percent() -> f64 {
    0.01
}

impl Discretization {
    pub(super) const KIND: &str = "discretization";

    /// Bins that meet at these values.
    pub fn new(bin_boundaries: impl Into<Vec<f32>>) -> Self {
        Self {
            bin_boundaries: Some(bin_boundaries.into()),
            num_bins: None,
            epsilon: one_percent(),
            output_mode: OutputMode::Int,
        }
    }

    /// This many bins to be learned.
    pub fn adaptive(num_bins: usize) -> Self {
        Self { bin_boundaries: None, num_bins: Some(num_bins), ..Self::new([]) }
    }

    /// Says whether its settings, and what it learned if it did, can be used.
    ///
    /// # Errors
    /// [`FeatureError::Setting`].
    pub fn validate(&self) -> Result<(), FeatureError> {
        self.output_mode.without_frequencies(Self::KIND)?;
        if !(1e-6..=1.0).contains(&self.epsilon) {
            return Err(FeatureError::setting(Self::KIND, "epsilon", self.epsilon, "it must be from 1e-6 to 1"));
        }
        if let Some(num_bins) = self.num_bins {
            check_depth(Self::KIND, "num_bins", num_bins, 2, "it must be from 2 to 2^24")?;
        }
        let Some(boundaries) = &self.bin_boundaries else {
            return match self.num_bins {
                Some(_) => Ok(()),
                None => Err(FeatureError::setting(
                    Self::KIND,
                    "bin_boundaries",
                    &self.bin_boundaries,
                    "give them, or `num_bins` to learn them",
                )),
            };
        };
        let rule = match &boundaries[..] {
            // A constant column is learned as one bin.
            [] if self.num_bins.is_none() => "there must be at least one",
            some if some.len() >= super::MAX_DEPTH => "there must be fewer than 2^24",
            some if !some.iter().all(|boundary| boundary.is_finite()) => "all must be finite",
            some if some.windows(2).any(|pair| pair[0] > pair[1]) => "they must be in ascending order",
            _ => return Ok(()),
        };
        Err(FeatureError::setting(Self::KIND, "bin_boundaries", boundaries, rule))
    }
}

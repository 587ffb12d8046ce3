//! Categories into bins by a hash.

use serde::{Deserialize, Serialize};

use super::encoding::check_depth;
use super::{Cell, FeatureError, OutputMode};

/// The key of a hash: one number stands for both halves. In JSON a number or two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "a whole number of at least 0, or two of them")]
pub enum Salt {
    /// Both halves.
    One(u64),
    /// The halves.
    Two([u64; 2]),
}

impl Salt {
    /// The two halves.
    pub fn key(self) -> [u64; 2] {
        match self {
            Self::One(half) => [half; 2],
            Self::Two(key) => key,
        }
    }
}

/// Categories into bins by a hash: Keras's `Hashing`.
///
/// Without a salt the hash is FarmHash's Fingerprint64 (<https://github.com/google/farmhash>), with one SipHash-2-4
/// (Aumasson & Bernstein 2012, <https://www.aumasson.jp/siphash/siphash.pdf>); the bin is its remainder. Whole numbers
/// are hashed as their decimal digits, real ones without their fraction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hashing {
    /// How many bins there are, from 1 to 2^31; the mask's counts.
    pub num_bins: usize,
    /// What stands for nothing: it gets bin 0, and nothing else does. With one bin it has no effect. Text or a whole
    /// number, as the values.
    #[serde(default)]
    pub mask_value: Option<Cell>,
    /// The key of the hash.
    #[serde(default)]
    pub salt: Option<Salt>,
    /// What becomes of the bins' indices; not `tf_idf`. All but `int` need at most 2^24 bins.
    #[serde(default)]
    pub output_mode: OutputMode,
}

impl Hashing {
    pub(super) const KIND: &str = "hashing";

    /// This many bins, without mask and salt.
    pub fn new(num_bins: usize) -> Self {
        Self { num_bins, mask_value: None, salt: None, output_mode: OutputMode::Int }
    }

    /// Says whether it can be used.
    ///
    /// # Errors
    /// [`FeatureError::Setting`].
    pub fn validate(&self) -> Result<(), FeatureError> {
        self.output_mode.without_frequencies(Self::KIND)?;
        if let Some(mask @ (Cell::Missing | Cell::Number(_))) = &self.mask_value {
            return Err(FeatureError::setting(Self::KIND, "mask_value", mask, "it must be text or a whole number"));
        }
        if self.output_mode != OutputMode::Int {
            return check_depth(Self::KIND, "num_bins", self.num_bins, 1, "encoded it must be from 1 to 2^24");
        }
        match (1..=1 << 31).contains(&self.num_bins) {
            true => Ok(()),
            false => Err(FeatureError::setting(Self::KIND, "num_bins", self.num_bins, "it must be from 1 to 2^31")),
        }
    }
}

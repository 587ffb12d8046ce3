//! Hashes that are the same everywhere and always.

use std::hash::Hasher as _;

use siphasher::sip::SipHasher24;
use striate_core::features::{Cell, FeatureError, Hashing, Salt};

use super::encode::encode;
use super::{Array, Encoded};

/// FarmHash's Fingerprint64 (<https://github.com/google/farmhash>).
pub fn fingerprint64(bytes: &[u8]) -> u64 {
    farmhash::fingerprint64(bytes)
}

/// SipHash-2-4 with this key (Aumasson & Bernstein 2012, <https://www.aumasson.jp/siphash/siphash.pdf>).
pub fn siphash24(bytes: &[u8], key: [u64; 2]) -> u64 {
    let mut hasher = SipHasher24::new_with_keys(key[0], key[1]);
    hasher.write(bytes);
    hasher.finish()
}

/// The remainder of a text's hash: SipHash with a salt, FarmHash without.
pub(super) fn bucket(text: &str, salt: Option<Salt>, count: usize) -> i64 {
    let hash = match salt {
        Some(salt) => siphash24(text.as_bytes(), salt.key()),
        None => fingerprint64(text.as_bytes()),
    };
    (hash % count as u64) as i64
}

/// Sorts categories into bins as a [`Hashing`] says.
#[derive(Debug, Clone)]
pub struct Hasher {
    settings: Hashing,
    /// Bins that the hash chooses from; those before are the mask's.
    bins: usize,
}

impl Hasher {
    /// From its settings.
    ///
    /// # Errors
    /// [`FeatureError::Setting`].
    pub fn new(settings: &Hashing) -> Result<Self, FeatureError> {
        settings.validate()?;
        let masked = settings.mask_value.is_some() && settings.num_bins > 1;
        Ok(Self { bins: settings.num_bins - usize::from(masked), settings: settings.clone() })
    }

    /// The bins of text `[batch, …]`, as the output mode says.
    ///
    /// # Errors
    /// [`FeatureError::Setting`] if the mask is a number, [`FeatureError::TooLarge`].
    pub fn apply_text(&self, values: &Array<String>) -> Result<Encoded, FeatureError> {
        let mask = match &self.settings.mask_value {
            Some(Cell::Text(mask)) => Some(mask),
            None => None,
            Some(other) => return Err(self.wrong_mask(other)),
        };
        self.encode(values.map(|value| self.bin(value, Some(value) == mask)))
    }

    /// The bins of whole numbers `[batch, …]`, as the output mode says.
    ///
    /// # Errors
    /// [`FeatureError::Setting`] if the mask is text, [`FeatureError::TooLarge`].
    pub fn apply_integers(&self, values: &Array<i64>) -> Result<Encoded, FeatureError> {
        let mask = match &self.settings.mask_value {
            Some(Cell::Integer(mask)) => Some(mask),
            None => None,
            Some(other) => return Err(self.wrong_mask(other)),
        };
        self.encode(values.map(|value| self.bin(&value.to_string(), Some(value) == mask)))
    }

    /// The bins of real numbers `[batch, …]`, whose fraction doesn't count.
    ///
    /// # Errors
    /// Those of [`apply_integers`](Self::apply_integers).
    pub fn apply_numbers(&self, values: &Array<f32>) -> Result<Encoded, FeatureError> {
        // The mask is compared before the fraction goes.
        match self.settings.mask_value {
            Some(Cell::Integer(mask)) => {
                self.encode(values.map(|value| self.bin(&(*value as i64).to_string(), *value == mask as f32)))
            }
            _ => self.apply_integers(&values.map(|value| *value as i64)),
        }
    }

    fn bin(&self, text: &str, is_mask: bool) -> i64 {
        let reserved = self.settings.num_bins - self.bins;
        match is_mask && reserved > 0 {
            true => 0,
            false => bucket(text, self.settings.salt, self.bins) + reserved as i64,
        }
    }

    fn encode(&self, bins: Array<i64>) -> Result<Encoded, FeatureError> {
        encode("hashing", bins, self.settings.output_mode, self.settings.num_bins, |_, _| 1.0)
    }

    fn wrong_mask(&self, mask: &Cell) -> FeatureError {
        FeatureError::setting("hashing", "mask_value", mask, "it must be of the values' kind: text, or a whole number")
    }
}

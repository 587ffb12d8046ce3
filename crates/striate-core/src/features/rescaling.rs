//! `x * scale + offset`.

use serde::{Deserialize, Serialize};

use super::FeatureError;

/// Multiplies every value by `scale` and adds `offset`: Keras's `Rescaling`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rescaling {
    /// The factor.
    pub scale: f64,
    /// What is added after it.
    #[serde(default)]
    pub offset: f64,
}

impl Rescaling {
    /// Says whether it can be used.
    ///
    /// # Errors
    /// [`FeatureError::Setting`].
    pub fn validate(&self) -> Result<(), FeatureError> {
        for (field, value) in [("scale", self.scale), ("offset", self.offset)] {
            if !value.is_finite() {
                return Err(FeatureError::setting("rescaling", field, value, "it must be finite"));
            }
        }
        Ok(())
    }
}

//! The learning rate of each step.

use serde::{Deserialize, Serialize};

use crate::TrainError;

/// How the learning rate changes over a run.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Schedule {
    /// It doesn't.
    #[default]
    Constant,
    /// Half a cosine from the learning rate down to `end` times it over the whole run (Loshchilov & Hutter 2017), as Keras's
    /// `CosineDecay` with `alpha = end`.
    Cosine {
        /// The last rate as a fraction of the first, in `[0, 1]`.
        #[serde(default)]
        end: f64,
    },
}

impl Schedule {
    /// Checks that every option is in its range.
    ///
    /// # Errors
    /// Names the first that isn't.
    pub fn validate(self) -> Result<(), TrainError> {
        match self {
            Self::Cosine { end } if !(0.0..=1.0).contains(&end) => {
                Err(TrainError::Option { option: "end", value: end.to_string(), rule: "it must be in [0, 1]" })
            }
            Self::Constant | Self::Cosine { .. } => Ok(()),
        }
    }

    /// The rate of a step, counted from 0, of a run with `steps`.
    pub fn rate(self, learning_rate: f64, step: u64, steps: u64) -> f64 {
        match self {
            Self::Constant => learning_rate,
            Self::Cosine { end } => {
                let done = (step as f64 / steps.max(1) as f64).min(1.0);
                let cosine = 0.5 * (1.0 + (std::f64::consts::PI * done).cos());
                learning_rate * ((1.0 - end) * cosine + end)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosine_begins_at_the_rate_and_ends_at_its_fraction() {
        let cosine = Schedule::Cosine { end: 0.1 };
        assert_eq!(cosine.rate(2.0, 0, 100), 2.0);
        assert!((cosine.rate(2.0, 50, 100) - 1.1).abs() < 1e-12);
        assert!((cosine.rate(2.0, 100, 100) - 0.2).abs() < 1e-12);
        assert!((cosine.rate(2.0, 900, 100) - 0.2).abs() < 1e-12);
        assert_eq!(Schedule::Constant.rate(2.0, 50, 100), 2.0);
    }

    #[test]
    fn fraction_out_of_range_is_rejected() {
        for end in [-0.1, 1.1, f64::NAN] {
            assert!(Schedule::Cosine { end }.validate().is_err());
        }
    }
}

//! The learning rate of each step.

use serde::{Deserialize, Serialize};

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

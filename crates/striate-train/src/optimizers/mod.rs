//! Update rules.
//!
//! They are our own, since burn's differ from both Keras's and PyTorch's formulas; each is checked against recorded steps
//! of both libraries.

mod adam;
mod apply;

pub use adam::Adam;
pub use apply::{Slots, Updates};
pub use striate_layers::Preset;

use burn::Tensor;
use serde::{Deserialize, Serialize};

use crate::TrainError;

/// How a parameter changes by its gradient.
pub trait UpdateRule {
    /// The names of what the rule remembers of each parameter, such as its gradient's mean.
    fn slots(&self) -> &'static [&'static str];

    /// The parameter after a step. All tensors are flat and of one length; `slots` begin as 0.
    ///
    /// `rate` is the learning rate of this step, `step` its number from 1.
    fn update(
        &self,
        parameter: Tensor<1>,
        gradient: Tensor<1>,
        slots: &mut [Tensor<1>],
        rate: f64,
        step: u64,
    ) -> Tensor<1>;
}

/// An update rule by name, with its options.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Optimizer {
    /// Adam, with or without decoupled weight decay.
    Adam(Adam),
}

impl Optimizer {
    /// The names of all rules.
    pub const NAMES: [&'static str; 1] = ["adam"];

    /// The rule's learning rate before any schedule.
    pub fn learning_rate(&self) -> f64 {
        match self {
            Self::Adam(adam) => adam.learning_rate,
        }
    }

    /// Checks that every option is in its range.
    ///
    /// # Errors
    /// Names the first that isn't.
    pub fn validate(&self) -> Result<(), TrainError> {
        match self {
            Self::Adam(adam) => adam.validate(),
        }
    }

    /// The rule.
    pub fn rule(&self) -> &dyn UpdateRule {
        match self {
            Self::Adam(adam) => adam,
        }
    }
}

impl Default for Optimizer {
    fn default() -> Self {
        Self::Adam(Adam::keras())
    }
}

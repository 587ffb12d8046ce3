//! Update rules.
//!
//! They are our own, since burn's differ from both Keras's and PyTorch's formulas; each is checked against recorded steps
//! of both libraries.

mod adam;
mod apply;
mod sgd;

pub use adam::Adam;
pub use apply::{Slots, Updates};
pub use sgd::Sgd;
pub use striate_layers::Preset;

use burn::Tensor;
use serde::{Deserialize, Serialize};
use striate_backend::ops::Formulas;

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
    /// Gradient descent, with or without momentum.
    Sgd(Sgd),
}

impl Optimizer {
    /// The names of all rules.
    pub const NAMES: [&'static str; 2] = ["adam", "sgd"];

    /// The rule's learning rate before any schedule.
    pub fn learning_rate(&self) -> f64 {
        match self {
            Self::Adam(adam) => adam.learning_rate,
            Self::Sgd(sgd) => sgd.learning_rate,
        }
    }

    /// Checks that every option is in its range.
    ///
    /// # Errors
    /// Names the first that isn't.
    pub fn validate(&self) -> Result<(), TrainError> {
        match self {
            Self::Adam(adam) => adam.validate(),
            Self::Sgd(sgd) => sgd.validate(),
        }
    }

    /// The rule.
    pub fn rule(&self) -> &dyn UpdateRule {
        match self {
            Self::Adam(adam) => adam,
            Self::Sgd(sgd) => sgd,
        }
    }
}

fn formulas(preset: Preset) -> Formulas {
    match preset {
        Preset::Keras => Formulas::Keras,
        Preset::Torch => Formulas::Torch,
    }
}

/// Takes a slot's tensor out, so that a step may write to its memory; something has to be put back.
fn take(slot: &mut Tensor<1>) -> Tensor<1> {
    let nothing = Tensor::empty([0], &slot.device());
    std::mem::replace(slot, nothing)
}

/// An error for the first option whose value is no finite number or breaks its rule: name, value, whether the rule holds, the
/// rule.
fn check_options(options: &[(&'static str, f64, bool, &'static str)]) -> Result<(), TrainError> {
    match options.iter().find(|(_, value, holds, _)| !(*holds && value.is_finite())) {
        Some(&(option, value, _, rule)) => Err(TrainError::Option { option, value: value.to_string(), rule }),
        None => Ok(()),
    }
}

impl Default for Optimizer {
    fn default() -> Self {
        Self::Adam(Adam::keras())
    }
}

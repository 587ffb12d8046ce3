//! Update rules.
//!
//! They are our own, since burn's differ from both Keras's and PyTorch's formulas; each is checked against recorded steps
//! of both libraries.
//!
//! - [`Optimizer`]: a rule by name, with its options.
//! - [`Updates`]: a rule over a whole network, with [`ParameterGroups`] and [`Clip`].
//! - [`Accumulator`]: the mean gradient of several batches; [`EmaWeights`]: running averages of weights; [`LossScale`]: for
//!   gradients in half precision.

mod accumulator;
mod adagrad;
mod adam;
mod apply;
mod clip;
mod ema;
mod gradients;
mod groups;
mod loss_scale;
mod options;
mod rmsprop;
mod sgd;

pub use accumulator::{Accumulated, Accumulator};
pub use adagrad::Adagrad;
pub use adam::Adam;
pub use apply::{Slots, Updates};
pub use clip::Clip;
pub use ema::{Ema, EmaProgress, EmaWeights, Statistics};
pub use gradients::NamedGradients;
pub use groups::{GroupRule, ParameterGroups};
pub use loss_scale::{LossScale, LossScaleState};
pub use rmsprop::RmsProp;
pub use sgd::Sgd;
pub use striate_layers::Preset;

pub(crate) use options::{AT_LEAST_0, check_options, options_by_preset};

use burn::Tensor;
use serde::{Deserialize, Serialize};
use striate_backend::ops::Formulas;
use striate_core::nearest::suggestion;

use crate::TrainError;

/// How a parameter changes by its gradient.
pub trait UpdateRule {
    /// The names of what the rule remembers of each parameter, such as its gradient's mean.
    fn slots(&self) -> &'static [&'static str];

    /// What every value of the slots begins as.
    fn slot_start(&self) -> f64 {
        0.0
    }

    /// The parameter after a step. All tensors are flat and of one length; `slots` begin as
    /// [`slot_start`](Self::slot_start).
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

/// An update rule by name, with its options; those that are left out have the preset's defaults.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Optimizer {
    /// Adagrad.
    Adagrad(Adagrad),
    /// Adam. Keras's weight decay is decoupled, PyTorch's isn't.
    Adam(Adam),
    /// Adam with decoupled weight decay, and some of it by default.
    #[serde(rename = "adamw", deserialize_with = "adam::read_adamw")]
    AdamW(Adam),
    /// Gradient descent without momentum.
    GradientDescent(Sgd),
    /// RMSprop.
    #[serde(rename = "rmsprop")]
    RmsProp(RmsProp),
    /// Gradient descent, with or without momentum.
    Sgd(Sgd),
}

impl Optimizer {
    /// The names of all rules.
    pub const NAMES: [&'static str; 6] = ["adagrad", "adam", "adamw", "gradient_descent", "rmsprop", "sgd"];

    /// The rule of this name with the preset's defaults.
    ///
    /// # Errors
    /// If there is none: those that there are.
    pub fn named(name: &str, preset: Preset) -> Result<Self, TrainError> {
        Ok(match name {
            "adagrad" => Self::Adagrad(Adagrad::of(preset)),
            "adam" => Self::Adam(Adam::of(preset)),
            "adamw" => Self::AdamW(Adam::adamw(preset)),
            "gradient_descent" => Self::GradientDescent(Sgd::of(preset)),
            "rmsprop" => Self::RmsProp(RmsProp::of(preset)),
            "sgd" => Self::Sgd(Sgd::of(preset)),
            _ => return Err(TrainError::UnknownOptimizer { name: name.into(), known: suggestion(name, &Self::NAMES) }),
        })
    }

    /// The rule's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Adagrad(_) => "adagrad",
            Self::Adam(_) => "adam",
            Self::AdamW(_) => "adamw",
            Self::GradientDescent(_) => "gradient_descent",
            Self::RmsProp(_) => "rmsprop",
            Self::Sgd(_) => "sgd",
        }
    }

    /// Whose formulas the rule follows.
    pub fn preset(&self) -> Preset {
        match self {
            Self::Adagrad(adagrad) => adagrad.preset,
            Self::Adam(adam) | Self::AdamW(adam) => adam.preset,
            Self::RmsProp(rmsprop) => rmsprop.preset,
            Self::GradientDescent(sgd) | Self::Sgd(sgd) => sgd.preset,
        }
    }

    /// The rule's learning rate before any schedule.
    pub fn learning_rate(&self) -> f64 {
        match self {
            Self::Adagrad(adagrad) => adagrad.learning_rate,
            Self::Adam(adam) | Self::AdamW(adam) => adam.learning_rate,
            Self::RmsProp(rmsprop) => rmsprop.learning_rate,
            Self::GradientDescent(sgd) | Self::Sgd(sgd) => sgd.learning_rate,
        }
    }

    /// The rule with another learning rate.
    pub fn with_learning_rate(mut self, rate: f64) -> Self {
        match &mut self {
            Self::Adagrad(adagrad) => adagrad.learning_rate = rate,
            Self::Adam(adam) | Self::AdamW(adam) => adam.learning_rate = rate,
            Self::RmsProp(rmsprop) => rmsprop.learning_rate = rate,
            Self::GradientDescent(sgd) | Self::Sgd(sgd) => sgd.learning_rate = rate,
        }
        self
    }

    /// The rule with another weight decay.
    pub fn with_weight_decay(mut self, decay: f64) -> Self {
        match &mut self {
            Self::Adagrad(adagrad) => adagrad.weight_decay = decay,
            Self::Adam(adam) | Self::AdamW(adam) => adam.weight_decay = decay,
            Self::RmsProp(rmsprop) => rmsprop.weight_decay = decay,
            Self::GradientDescent(sgd) | Self::Sgd(sgd) => sgd.weight_decay = decay,
        }
        self
    }

    /// The rule with another momentum, as schedules that cycle it ask for: Adam's is `beta_1`, as in PyTorch. Adagrad and plain
    /// gradient descent have none and stay as they are.
    pub fn with_momentum(mut self, momentum: f64) -> Self {
        match &mut self {
            Self::Adagrad(_) | Self::GradientDescent(_) => {}
            Self::Adam(adam) | Self::AdamW(adam) => adam.beta_1 = momentum,
            Self::RmsProp(rmsprop) => rmsprop.momentum = momentum,
            Self::Sgd(sgd) => sgd.momentum = momentum,
        }
        self
    }

    /// Checks that every option is in its range.
    ///
    /// # Errors
    /// Names the first that isn't.
    pub fn validate(&self) -> Result<(), TrainError> {
        match self {
            Self::Adagrad(adagrad) => adagrad.validate(),
            Self::Adam(adam) => adam.validate(),
            Self::AdamW(adam) => {
                let rule = "AdamW's decay is decoupled; `adam` has it otherwise";
                match adam.decoupled {
                    true => adam.validate(),
                    false => Err(TrainError::Option { option: "decoupled", value: "false".into(), rule }),
                }
            }
            Self::GradientDescent(sgd) => {
                let rule = "plain gradient descent has none; `sgd` has";
                check_options(&[("momentum", sgd.momentum, sgd.momentum == 0.0, rule)])?;
                sgd.validate()
            }
            Self::RmsProp(rmsprop) => rmsprop.validate(),
            Self::Sgd(sgd) => sgd.validate(),
        }
    }

    /// The rule.
    pub fn rule(&self) -> &dyn UpdateRule {
        match self {
            Self::Adagrad(adagrad) => adagrad,
            Self::Adam(adam) | Self::AdamW(adam) => adam,
            Self::RmsProp(rmsprop) => rmsprop,
            Self::GradientDescent(sgd) | Self::Sgd(sgd) => sgd,
        }
    }
}

impl Default for Optimizer {
    fn default() -> Self {
        Self::Adam(Adam::keras())
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

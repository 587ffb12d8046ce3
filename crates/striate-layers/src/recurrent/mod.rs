//! Recurrent layers.
//!
//! All three have the parameters `weight_ih` `[gates * units, features]` for the input, `weight_hh` `[gates * units,
//! units]` for the state, and their biases `bias_ih` and `bias_hh` `[gates * units]`, in torch's layout. Initial values
//! are Keras's: Glorot uniform, orthogonal, 0.

mod gru;
mod lstm;
mod module;
mod settings;
mod simple_rnn;

use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_core::Scope;

pub use self::gru::{Gru, GruGates};
pub use self::lstm::Lstm;
pub use self::module::{RecurrentLayer, State};
pub(crate) use self::settings::Settings;
pub use self::simple_rnn::SimpleRnn;

use crate::{Activation, Initializer, Weight};

/// The config of any recurrent layer; in JSON its fields beside `"kind"`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Recurrent {
    /// Elman's.
    SimpleRnn(SimpleRnn),
    /// Long short-term memory.
    Lstm(Lstm),
    /// Gated recurrent unit.
    Gru(Gru),
}

impl Recurrent {
    /// What all recurrent layers have.
    pub(crate) fn settings(&self) -> Settings<'_> {
        match self {
            Self::SimpleRnn(config) => config.settings(),
            Self::Lstm(config) => config.settings(),
            Self::Gru(config) => config.settings(),
        }
    }

    /// The same layer, reading from the end.
    pub(crate) fn backwards(self) -> Self {
        match self {
            Self::SimpleRnn(config) => config.go_backwards().into(),
            Self::Lstm(config) => config.go_backwards().into(),
            Self::Gru(config) => config.go_backwards().into(),
        }
    }

    /// Initialises the module for sequences with this many features a step.
    pub fn init(&self, features: usize, scope: &Scope, device: &Device) -> RecurrentLayer {
        RecurrentLayer::new(self.clone(), features, scope, device)
    }
}

/// What follows from a config's settings: its place among the recurrent layers, and the rules.
macro_rules! recurrent {
    ($name:ident, $kind:literal) => {
        impl From<$name> for $crate::Recurrent {
            fn from(config: $name) -> Self {
                Self::$name(config)
            }
        }

        impl $crate::layer::LayerSpec for $name {
            type Module = $crate::RecurrentLayer;
            const KIND: &'static str = $kind;

            fn validate(&self) -> Result<(), $crate::LayerError> {
                self.settings().validate()
            }

            fn output(&self, inputs: &[$crate::Signature]) -> Result<$crate::Signature, $crate::LayerError> {
                self.settings().output(inputs)
            }

            fn cost(&self, inputs: &[$crate::Signature]) -> $crate::Cost {
                self.settings().cost(inputs)
            }

            fn weights(&self) -> Vec<$crate::NamedWeight<'_>> {
                self.settings().weights()
            }

            fn build(
                &self,
                inputs: &[$crate::Signature],
                scope: &striate_core::Scope,
                device: &striate_backend::Device,
            ) -> $crate::RecurrentLayer {
                self.init($crate::recurrent::features(inputs), scope, device)
            }
        }

        impl $name {
            /// Initialises the module for sequences with this many features a step.
            pub fn init(
                &self,
                features: usize,
                scope: &striate_core::Scope,
                device: &striate_backend::Device,
            ) -> $crate::RecurrentLayer {
                $crate::Recurrent::from(self.clone()).init(features, scope, device)
            }

            $crate::weight::activation_builders!();
            $crate::weight::kernel_and_bias_builders!();

            /// Gives the state after every step, not after the last one only.
            pub fn return_sequences(self) -> Self {
                Self { return_sequences: true, ..self }
            }

            /// Reads the sequence from its end; a sequence of states begins with that of the last step.
            pub fn go_backwards(self) -> Self {
                Self { go_backwards: true, ..self }
            }

            /// Drops this fraction of the features in training, the same ones at each step.
            pub fn dropout(self, dropout: f64) -> Self {
                Self { dropout, ..self }
            }

            /// Drops this fraction of the state on its way into the gates in training, the same units at each step.
            pub fn recurrent_dropout(self, recurrent_dropout: f64) -> Self {
                Self { recurrent_dropout, ..self }
            }

            $crate::builders::seed_builder!();

            $crate::weight::weight_builders!(
                recurrent,
                recurrent_initializer,
                recurrent_regularizer,
                recurrent_constraint,
                "recurrent weight"
            );

            /// Draws the first values of all weights, and of the biases if there are any, as PyTorch does: evenly from
            /// ±1 / sqrt(units).
            fn torch_initializers(self) -> Self {
                let limit = (self.units.max(1) as f32).sqrt().recip();
                self.initializers([$crate::Initializer::Uniform { low: -limit, high: limit }; 3])
            }

            /// Draws the first values of all weights, and of the biases if there are any, as Keras does.
            fn keras_initializers(self) -> Self {
                use $crate::Initializer::{GlorotUniform, Orthogonal, Zeros};
                self.initializers([GlorotUniform, Orthogonal { gain: 1.0 }, Zeros])
            }

            fn initializers(self, [kernel, recurrent, bias]: [$crate::Initializer; 3]) -> Self {
                self.kernel_initializer(kernel).recurrent_initializer(recurrent).bias_initializer(bias)
            }
        }
    };
}
use recurrent;

/// The features of a step; 0 if they aren't known.
pub(crate) fn features(inputs: &[crate::Signature]) -> usize {
    inputs[0].shape.sides().last().copied().flatten().unwrap_or(0)
}

/// Keras's first values of a recurrent weight.
fn orthogonal() -> Weight {
    Initializer::Orthogonal { gain: 1.0 }.into()
}

fn tanh() -> Activation {
    Activation::Tanh
}

fn sigmoid() -> Activation {
    Activation::Sigmoid
}

fn yes() -> bool {
    true
}

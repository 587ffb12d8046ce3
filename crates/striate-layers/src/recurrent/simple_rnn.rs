//! Elman's recurrent layer (Elman 1990, <https://doi.org/10.1207/s15516709cog1402_1>): Keras's `SimpleRNN`, PyTorch's `RNN`.

use serde::{Deserialize, Serialize};

use super::module::{State, StatePart, Step};
use super::{Settings, orthogonal, recurrent, tanh};
use crate::layer::LayerSpec;
use crate::{Activation, Preset, Regularizer, Weight};

/// Config of a recurrent layer whose state is `activation(W x + U h + b)`.
///
/// `[batch, time, features]` to `[batch, time, units]` or, of the last step, `[batch, units]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimpleRnn {
    /// Numbers in the state, from 1 to 65,536.
    pub units: usize,
    /// Applied to each state.
    #[serde(default = "tanh")]
    pub activation: Activation,
    /// Whether the states of all steps are given, or the last one only.
    #[serde(default)]
    pub return_sequences: bool,
    /// Whether the sequence is read from its end; a sequence of states then begins with that of the last step.
    #[serde(default)]
    pub go_backwards: bool,
    /// Fraction of the features that training drops, the same ones at each step; at least 0, below 1.
    #[serde(default)]
    pub dropout: f64,
    /// Fraction of the previous state that training drops, the same units at each step; at least 0, below 1.
    #[serde(default)]
    pub recurrent_dropout: f64,
    /// Seed of what is dropped; none: the run's.
    #[serde(default)]
    pub seed: Option<u64>,
    /// What is added to the loss for the output.
    #[serde(default)]
    pub activity_regularizer: Option<Regularizer>,
    /// The input's weight, `[units, features]`.
    #[serde(default = "Weight::glorot")]
    pub kernel: Weight,
    /// The state's weight, `[units, units]`.
    #[serde(default = "orthogonal")]
    pub recurrent: Weight,
    /// The bias, `[units]`; none: nothing is added.
    #[serde(default = "Weight::with_bias")]
    pub bias: Option<Weight>,
    /// Whether there is a second bias like the first, as in PyTorch; they are added.
    #[serde(default)]
    pub recurrent_bias: bool,
}

recurrent!(SimpleRnn, "simple_rnn");

impl SimpleRnn {
    /// A state of this many numbers; tanh, one bias, the last state only.
    pub fn new(units: usize) -> Self {
        Self {
            units,
            activation: tanh(),
            return_sequences: false,
            go_backwards: false,
            dropout: 0.0,
            recurrent_dropout: 0.0,
            seed: None,
            activity_regularizer: None,
            kernel: Weight::glorot(),
            recurrent: orthogonal(),
            bias: Weight::with_bias(),
            recurrent_bias: false,
        }
    }

    /// First values and biases as this library has them: Keras one bias, Glorot uniform, orthogonal and 0; PyTorch two
    /// biases, all evenly from ±1 / sqrt(units).
    pub fn preset(self, preset: Preset) -> Self {
        match preset {
            Preset::Keras => self.keras_initializers().recurrent_bias(false),
            Preset::Torch => self.torch_initializers().recurrent_bias(true),
        }
    }

    /// Says whether there is a second bias, as in PyTorch.
    pub fn recurrent_bias(self, recurrent_bias: bool) -> Self {
        Self { recurrent_bias, ..self }
    }

    pub(super) fn settings(&self) -> Settings<'_> {
        Settings {
            kind: Self::KIND,
            gates: 1,
            units: self.units,
            products: 0,
            activations: [&self.activation; 2],
            return_sequences: self.return_sequences,
            go_backwards: self.go_backwards,
            dropout: self.dropout,
            recurrent_dropout: self.recurrent_dropout,
            seed: self.seed,
            kernel: &self.kernel,
            recurrent: &self.recurrent,
            bias: self.bias.as_ref(),
            recurrent_bias: self.recurrent_bias,
            activity_regularizer: self.activity_regularizer.as_ref(),
        }
    }

    pub(super) fn step(&self, part: StatePart) -> Step<'_> {
        Box::new(move |input, state| {
            let hidden = self.activation.forward(input + part.project(&state.hidden));
            State { hidden, cell: None }
        })
    }
}

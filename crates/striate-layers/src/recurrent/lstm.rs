//! Long short-term memory (Hochreiter and Schmidhuber 1997, <https://doi.org/10.1162/neco.1997.9.8.1735>; with forget gates,
//! Gers et al. 2000): Keras's and PyTorch's `LSTM`.

use std::ops::Range;

use burn::Tensor;
use serde::{Deserialize, Serialize};

use super::module::{State, StatePart, Step, blocks};
use super::{Settings, orthogonal, recurrent, sigmoid, tanh, yes};
use crate::layer::LayerSpec;
use crate::{Activation, Preset, Regularizer, Weight};

/// Config of an LSTM.
///
/// `[batch, time, features]` to `[batch, time, units]` or, of the last step, `[batch, units]`. Weights hold the blocks
/// input, forget, cell, output: the order of both Keras and PyTorch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lstm {
    /// Numbers in the state, from 1 to 65,536.
    pub units: usize,
    /// Applied to what may enter the memory, and to the memory on its way out.
    #[serde(default = "tanh")]
    pub activation: Activation,
    /// Applied to the gates.
    #[serde(default = "sigmoid")]
    pub recurrent_activation: Activation,
    /// Whether the states of all steps are given, or the last one only.
    #[serde(default)]
    pub return_sequences: bool,
    /// Whether the sequence is read from its end; a sequence of states then begins with that of the last step.
    #[serde(default)]
    pub go_backwards: bool,
    /// Whether the forget gates' first biases are 1, so that the memory is kept (Jozefowicz et al. 2015,
    /// <https://proceedings.mlr.press/v37/jozefowicz15.html>).
    #[serde(default = "yes")]
    pub unit_forget_bias: bool,
    /// Fraction of the features that training drops, the same ones at each step and for each gate; at least 0, below 1.
    #[serde(default)]
    pub dropout: f64,
    /// Fraction of the previous state that training drops on its way to the gates, the same units at each step and for
    /// each gate; at least 0, below 1.
    #[serde(default)]
    pub recurrent_dropout: f64,
    /// Seed of what is dropped; none: the run's.
    #[serde(default)]
    pub seed: Option<u64>,
    /// What is added to the loss for the output.
    #[serde(default)]
    pub activity_regularizer: Option<Regularizer>,
    /// The input's weight, `[4 units, features]`.
    #[serde(default = "Weight::glorot")]
    pub kernel: Weight,
    /// The state's weight, `[4 units, units]`.
    #[serde(default = "orthogonal")]
    pub recurrent: Weight,
    /// The bias, `[4 units]`; none: nothing is added.
    #[serde(default = "Weight::with_bias")]
    pub bias: Option<Weight>,
    /// Whether there is a second bias like the first, as in PyTorch; they are added.
    #[serde(default)]
    pub recurrent_bias: bool,
}

recurrent!(Lstm, "lstm");

impl Lstm {
    /// A state of this many numbers; tanh and sigmoid, one bias, the last state only.
    pub fn new(units: usize) -> Self {
        Self {
            units,
            activation: tanh(),
            recurrent_activation: sigmoid(),
            return_sequences: false,
            go_backwards: false,
            unit_forget_bias: true,
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

    /// First values and biases as this library has them: Keras one bias, Glorot uniform, orthogonal and 0 but 1 for the
    /// forget gates; PyTorch two biases, all evenly from ±1 / sqrt(units).
    pub fn preset(self, preset: Preset) -> Self {
        match preset {
            Preset::Keras => self.keras_initializers().recurrent_bias(false).unit_forget_bias(true),
            Preset::Torch => self.torch_initializers().recurrent_bias(true).unit_forget_bias(false),
        }
    }

    /// Applies this to the gates.
    pub fn recurrent_activation(self, recurrent_activation: Activation) -> Self {
        Self { recurrent_activation, ..self }
    }

    /// Says whether the forget gates' first biases are 1.
    pub fn unit_forget_bias(self, unit_forget_bias: bool) -> Self {
        Self { unit_forget_bias, ..self }
    }

    /// Says whether there is a second bias, as in PyTorch.
    pub fn recurrent_bias(self, recurrent_bias: bool) -> Self {
        Self { recurrent_bias, ..self }
    }

    /// Where the bias begins with 1.
    pub(super) fn forget_block(&self) -> Range<usize> {
        if self.unit_forget_bias { self.units..2 * self.units } else { 0..0 }
    }

    pub(super) fn settings(&self) -> Settings<'_> {
        Settings {
            kind: Self::KIND,
            gates: 4,
            units: self.units,
            products: 3,
            activations: [&self.activation, &self.recurrent_activation],
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
            let [enter, keep, new, leave] = blocks(input + part.project(&state.hidden));
            let gate = |x: Tensor<2>| self.recurrent_activation.forward(x);
            let entering = gate(enter) * self.activation.forward(new);
            let cell = match state.cell {
                Some(cell) => gate(keep) * cell + entering,
                None => entering,
            };
            State { hidden: gate(leave) * self.activation.forward(cell.clone()), cell: Some(cell) }
        })
    }
}

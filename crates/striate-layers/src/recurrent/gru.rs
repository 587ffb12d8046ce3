//! Gated recurrent unit (Cho et al. 2014, <https://arxiv.org/abs/1406.1078>): Keras's and PyTorch's `GRU`.

use burn::Tensor;
use burn::tensor::module::linear;
use serde::{Deserialize, Serialize};

use super::module::{State, StatePart, Step, blocks};
use super::{Settings, orthogonal, recurrent, sigmoid, tanh, yes};
use crate::layer::LayerSpec;
use crate::{Activation, Preset, Regularizer, Weight};

/// The order of the blocks in a GRU's weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GruGates {
    /// Reset, update, new: PyTorch's.
    #[default]
    Rzn,
    /// Update, reset, new: Keras's.
    Zrh,
}

/// Config of a GRU.
///
/// `[batch, time, features]` to `[batch, time, units]` or, of the last step, `[batch, units]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gru {
    /// Numbers in the state, from 1 to 65,536.
    pub units: usize,
    /// Applied to the new state before it is mixed with the previous one.
    #[serde(default = "tanh")]
    pub activation: Activation,
    /// Applied to the gates.
    #[serde(default = "sigmoid")]
    pub recurrent_activation: Activation,
    /// Whether the reset gate multiplies the state's part of the new state, `r * (U h + b)` (PyTorch, Keras), or the state
    /// itself, `U (r * h)` (Cho et al.). With the first the state has a bias of its own, `bias_hh`.
    #[serde(default = "yes")]
    pub reset_after: bool,
    /// The order of the blocks in the weights.
    #[serde(default)]
    pub gate_order: GruGates,
    /// Whether the states of all steps are given, or the last one only.
    #[serde(default)]
    pub return_sequences: bool,
    /// Whether the sequence is read from its end; a sequence of states then begins with that of the last step.
    #[serde(default)]
    pub go_backwards: bool,
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
    /// The input's weight, `[3 units, features]`.
    #[serde(default = "Weight::glorot")]
    pub kernel: Weight,
    /// The state's weight, `[3 units, units]`.
    #[serde(default = "orthogonal")]
    pub recurrent: Weight,
    /// The bias, `[3 units]`, and the state's if it has one; none: nothing is added.
    #[serde(default = "Weight::with_bias")]
    pub bias: Option<Weight>,
}

recurrent!(Gru, "gru");

impl Gru {
    /// A state of this many numbers; tanh and sigmoid, reset after the product, the last state only.
    pub fn new(units: usize) -> Self {
        Self {
            units,
            activation: tanh(),
            recurrent_activation: sigmoid(),
            reset_after: true,
            gate_order: GruGates::Rzn,
            return_sequences: false,
            go_backwards: false,
            dropout: 0.0,
            recurrent_dropout: 0.0,
            seed: None,
            activity_regularizer: None,
            kernel: Weight::glorot(),
            recurrent: orthogonal(),
            bias: Weight::with_bias(),
        }
    }

    /// First values as this library has them: Keras Glorot uniform, orthogonal and 0; PyTorch all evenly from
    /// ±1 / sqrt(units). In both the reset gate comes after the product.
    pub fn preset(self, preset: Preset) -> Self {
        let this = self.reset_after(true);
        match preset {
            Preset::Keras => this.keras_initializers(),
            Preset::Torch => this.torch_initializers(),
        }
    }

    /// Applies this to the gates.
    pub fn recurrent_activation(self, recurrent_activation: Activation) -> Self {
        Self { recurrent_activation, ..self }
    }

    /// Says where the reset gate is: after the product with the state's weight, or before.
    pub fn reset_after(self, reset_after: bool) -> Self {
        Self { reset_after, ..self }
    }

    /// Holds the blocks of the weights in this order.
    pub fn gate_order(self, gate_order: GruGates) -> Self {
        Self { gate_order, ..self }
    }

    pub(super) fn settings(&self) -> Settings<'_> {
        Settings {
            kind: Self::KIND,
            gates: 3,
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
            recurrent_bias: self.reset_after,
            activity_regularizer: self.activity_regularizer.as_ref(),
        }
    }

    /// Reset and update gate from the blocks of both.
    fn gates(&self, [first, second]: [Tensor<2>; 2]) -> (Tensor<2>, Tensor<2>) {
        let [first, second] = [first, second].map(|gate| self.recurrent_activation.forward(gate));
        match self.gate_order {
            GruGates::Rzn => (first, second),
            GruGates::Zrh => (second, first),
        }
    }

    pub(super) fn step(&self, part: StatePart) -> Step<'_> {
        let mixed = |update: Tensor<2>, new: Tensor<2>, hidden: Tensor<2>| State {
            hidden: (hidden - new.clone()) * update + new,
            cell: None,
        };
        if self.reset_after {
            return Box::new(move |input, state| {
                let [x_first, x_second, x_new] = blocks(input);
                let [h_first, h_second, h_new] = blocks(part.project(&state.hidden));
                let (reset, update) = self.gates([x_first + h_first, x_second + h_second]);
                let new = self.activation.forward(x_new + reset * h_new);
                mixed(update, new, state.hidden)
            });
        }
        let gate_part = part.weight.clone().narrow(1, 0, 2 * self.units);
        let new_part = part.weight.clone().narrow(1, 2 * self.units, self.units);
        Box::new(move |input, state| {
            let seen = part.seen(&state.hidden);
            let [x_first, x_second, x_new] = blocks(input);
            let [h_first, h_second] = blocks(linear(seen.clone(), gate_part.clone(), None));
            let (reset, update) = self.gates([x_first + h_first, x_second + h_second]);
            let new = self.activation.forward(x_new + linear(reset * seen, new_part.clone(), None));
            mixed(update, new, state.hidden)
        })
    }
}

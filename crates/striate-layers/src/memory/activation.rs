//! Activations, many of which are several operations.

use super::{Chain, Operation};
use crate::Activation;

/// What an activation needs beside its result, in quarters of that: a mask is one quarter.
struct Needs {
    /// Whether its gradient needs the input.
    input: bool,
    /// What its gradient needs beside the input.
    kept: u64,
    /// What it needs while it runs.
    running: u64,
    /// What its gradient needs while it is made, beside the gradient of the output, which it is written over.
    gradient: u64,
}

impl Chain {
    /// An activation of values of this size.
    pub(super) fn activate(&mut self, activation: Activation, size: u64) {
        let needs = match activation {
            Activation::Linear => return,
            Activation::Relu
            | Activation::Relu6
            | Activation::Sigmoid
            | Activation::HardSigmoid
            | Activation::Tanh
            | Activation::ScaledTanh { .. } => {
                let operation = Operation::in_place(self.last(), size);
                return self.push(Operation { keeps_output: true, ..operation });
            }
            _ => needs(activation),
        };
        self.apply(&needs, size, 0);
    }

    /// A ReLU with slopes that are learned.
    pub(super) fn learned_slope(&mut self, size: u64, weights: u64) {
        self.apply(&Needs { input: true, kept: 1, running: 5, gradient: 12 }, size, weights);
    }

    fn apply(&mut self, needs: &Needs, size: u64, weights: u64) {
        let quarters = |count: u64| (size / 4).saturating_mul(count);
        let (keeps, running) = match self.is_training() {
            true => (quarters(needs.kept), quarters(needs.running.saturating_sub(needs.kept))),
            false => (0, quarters(needs.running)),
        };
        let operation = Operation::in_place(self.last(), size);
        self.push(Operation {
            keeps_operands: needs.input,
            keeps,
            workspace: running,
            gradient_workspace: quarters(needs.gradient),
            weights,
            ..operation
        });
    }
}

fn needs(activation: Activation) -> Needs {
    let (input, kept, running, gradient) = match activation {
        Activation::Linear
        | Activation::Relu
        | Activation::Relu6
        | Activation::Sigmoid
        | Activation::HardSigmoid
        | Activation::Swish
        | Activation::HardSwish
        | Activation::Tanh
        | Activation::ScaledTanh { .. }
        | Activation::Softplus => (true, 0, 0, 0),
        Activation::LeakyRelu { .. } => (false, 1, 5, 12),
        Activation::Elu { .. } | Activation::Selu => (false, 6, 5, 12),
        Activation::Softsign | Activation::Mish => (true, 8, 4, 4),
        Activation::Gelu { approximate: false } => (true, 8, 4, 0),
        Activation::Gelu { approximate: true } => (true, 18, 8, 0),
        Activation::Softmax { axis: -1 } => (false, 8, 4, 4),
        // The axis is brought to the end first.
        Activation::Softmax { .. } => (false, 8, 8, 4),
        Activation::LogSoftmax { .. } => (false, 4, 5, 4),
        Activation::Heaviside { .. } => (false, 3, 3, 0),
    };
    Needs { input, kept, running, gradient }
}

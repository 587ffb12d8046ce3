//! What layers keep in memory while they run: one rule for each family of layers.
//!
//! A layer is a few [`Operation`]s on whole tensors. A walk over a network's operations that counts who holds which tensor
//! gives the memory of a forward pass and of a training step. The numbers here are those of burn-flex 0.22.1 with burn's
//! automatic differentiation: which tensors its gradients need, where it works in place, what its kernels copy. On other
//! devices they are an estimate. Whoever changes a kernel measures again: the test `memory` of striate-network compares the
//! walk with what is really allocated.

mod activation;
mod convolution;
mod families;

use crate::{LayerConfig, Mode, Signature};

/// Bytes of a real number.
const FLOAT: u64 = 4;

/// What an operation reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operand {
    /// An input of the layer, by its position.
    Input(usize),
    /// What an operation before it has made, by its position.
    Result(usize),
}

/// Where a result goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Into memory of its own.
    New,
    /// Into an operand that nobody else holds; else into memory of its own.
    InPlace,
    /// It is the first operand seen in another way.
    View,
}

/// An operation on whole tensors, as far as memory goes; all amounts are bytes for the whole batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// What it reads.
    pub operands: Vec<Operand>,
    /// The size of the result.
    pub output: u64,
    /// Where the result goes.
    pub place: Place,
    /// What it needs beside the result while it runs.
    pub workspace: u64,
    /// Whether its gradient needs the operands.
    pub keeps_operands: bool,
    /// Whether its gradient needs the result.
    pub keeps_output: bool,
    /// What its gradient needs beside them, such as places of maxima.
    pub keeps: u64,
    /// Where the gradients of the operands go; the operand is the gradient of the result then.
    pub gradient: Place,
    /// What the gradients of the operands take beyond the operands' size.
    pub gradient_excess: u64,
    /// What the gradients of the operands need while they are made.
    pub gradient_workspace: u64,
    /// What the gradients of the weights need while they are made, after those of the operands.
    pub weights_workspace: u64,
    /// The size of the weights' gradients.
    pub weights: u64,
}

impl Operation {
    /// One that makes a new tensor from operands that its gradient needs.
    fn new(operands: Vec<Operand>, output: u64) -> Self {
        Self {
            operands,
            output,
            place: Place::New,
            workspace: 0,
            keeps_operands: true,
            keeps_output: false,
            keeps: 0,
            gradient: Place::New,
            gradient_excess: 0,
            gradient_workspace: 0,
            weights_workspace: 0,
            weights: 0,
        }
    }

    /// One that its gradient needs nothing of.
    fn forgetful(operands: Vec<Operand>, output: u64) -> Self {
        Self { keeps_operands: false, ..Self::new(operands, output) }
    }

    /// One that works in place, both ways, and whose gradient needs nothing.
    fn in_place(operands: Vec<Operand>, output: u64) -> Self {
        Self { place: Place::InPlace, gradient: Place::InPlace, ..Self::forgetful(operands, output) }
    }

    /// One that moves nothing.
    fn view(operands: Vec<Operand>, output: u64) -> Self {
        Self { place: Place::View, gradient: Place::View, ..Self::forgetful(operands, output) }
    }
}

impl LayerConfig {
    /// What the layer does with memory for a batch of so many samples; the last operation makes the layer's output.
    ///
    /// The inputs fit the layer and all their sides are known. A frozen layer has no gradients for its weights.
    pub fn operations(&self, inputs: &[Signature], batch: u64, mode: Mode, frozen: bool) -> Vec<Operation> {
        // As in the layer itself, a frozen batch norm doesn't look at the batch.
        let mode = if frozen && matches!(self, Self::BatchNorm(_)) { Mode::Evaluation } else { mode };
        let mut chain = Chain { operations: Vec::new(), inputs: inputs.len(), batch, mode };
        families::add(&mut chain, self, inputs);
        if frozen {
            for operation in &mut chain.operations {
                (operation.weights, operation.weights_workspace) = (0, 0);
            }
        }
        chain.operations
    }
}

/// The operations of a layer so far.
struct Chain {
    operations: Vec<Operation>,
    inputs: usize,
    batch: u64,
    mode: Mode,
}

impl Chain {
    fn push(&mut self, operation: Operation) {
        self.operations.push(operation);
    }

    /// What the next operation takes: the last result, or at first all inputs.
    fn last(&self) -> Vec<Operand> {
        match self.operations.len() {
            0 => (0..self.inputs).map(Operand::Input).collect(),
            length => vec![Operand::Result(length - 1)],
        }
    }

    /// The bytes of so many real numbers a sample.
    fn bytes(&self, elements: u64) -> u64 {
        elements.saturating_mul(FLOAT).saturating_mul(self.batch)
    }

    /// The bytes of an input or output.
    fn size(&self, signature: &Signature) -> u64 {
        self.bytes(signature.shape.elements().unwrap_or(0) as u64)
    }

    fn is_training(&self) -> bool {
        self.mode == Mode::Training
    }
}

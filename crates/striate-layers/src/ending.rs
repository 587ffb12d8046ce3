//! What comes after a layer, and may run in one pass with it.

use crate::value::with_rank;
use crate::{Activation, Value};

/// What is done with a layer's output: something is added, then a function applied.
#[derive(Debug, Clone, Default)]
pub struct Ending {
    /// What is added to the output, of its shape or one that stretches to it.
    pub more: Option<Value>,
    /// What is applied to the sum.
    pub activation: Activation,
}

impl Ending {
    /// Applied to a layer's output, one step after the other.
    pub fn after(self, output: Value) -> Value {
        let Self { more, activation } = self;
        with_rank!(output, x => {
            let sum = match more {
                Some(more) => x + more.float(),
                None => x,
            };
            activation.forward(sum)
        })
    }
}

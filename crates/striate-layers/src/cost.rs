//! What a layer costs.

use std::ops::Add;

use serde::{Deserialize, Serialize};

use crate::{LayerError, Signature};

/// What a layer or a network costs for one sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cost {
    /// Numbers that training learns.
    pub parameters: u64,
    /// Numbers that the layer keeps but no gradient changes, such as running statistics.
    #[serde(default)]
    pub non_trainable: u64,
    /// Multiplications of two numbers, each with the addition that follows it counted once.
    pub multiplications: u64,
    /// Elements of the output.
    pub activations: u64,
}

impl Cost {
    /// That of a layer with this output that learns nothing and multiplies nothing.
    pub(crate) fn of_output(output: Result<Signature, LayerError>) -> Self {
        Self { activations: elements(output), ..Self::default() }
    }
}

/// The elements of an output; 0 if there is none or a side isn't known.
pub(crate) fn elements(output: Result<Signature, LayerError>) -> u64 {
    output.ok().and_then(|output| output.shape.elements()).unwrap_or(0) as u64
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            parameters: self.parameters.saturating_add(other.parameters),
            non_trainable: self.non_trainable.saturating_add(other.non_trainable),
            multiplications: self.multiplications.saturating_add(other.multiplications),
            activations: self.activations.saturating_add(other.activations),
        }
    }
}

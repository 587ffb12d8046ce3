//! What a layer costs.

use std::ops::Add;

use serde::{Deserialize, Serialize};

/// What a layer or a network costs for one sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cost {
    /// Numbers that training learns.
    pub parameters: u64,
    /// Multiplications of two numbers, each with the addition that follows it counted once.
    pub multiplications: u64,
    /// Elements of the output.
    pub activations: u64,
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            parameters: self.parameters.saturating_add(other.parameters),
            multiplications: self.multiplications.saturating_add(other.multiplications),
            activations: self.activations.saturating_add(other.activations),
        }
    }
}

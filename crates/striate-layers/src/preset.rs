//! Whose defaults and formulas count.

use serde::{Deserialize, Serialize};

use crate::Initializer;

/// The library whose defaults and formulas count where the two differ: first values, epsilons, momenta, update rules. `new`
/// is `Keras` unless a layer says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// Keras 3.
    #[default]
    Keras,
    /// PyTorch 2.
    Torch,
}

impl Preset {
    /// First values of a weight and its bias.
    pub(crate) fn kernel_and_bias(self) -> (Initializer, Initializer) {
        match self {
            Self::Keras => (Initializer::GlorotUniform, Initializer::Zeros),
            Self::Torch => (Initializer::TorchDefault, Initializer::TorchDefault),
        }
    }
}

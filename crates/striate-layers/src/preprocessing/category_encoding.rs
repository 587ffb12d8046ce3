//! Categories as numbers that a dense layer takes: Keras's `CategoryEncoding`.

use serde::{Deserialize, Serialize};
use striate_core::features::MAX_DEPTH;

use super::OutputMode;
use super::encoding::{check_counted, encode, encoded, float_row, int_row};
use crate::layer::{LayerModule, LayerSpec, own_module, weightless};
use crate::{Context, Kind, LayerError, Signature, Value};

/// Encodes indices from 0 to `num_tokens - 1` by the [`OutputMode`], whose depth is `num_tokens`. For counts, a second
/// input of the same shape may hold a weight for each index.
///
/// An index outside the range counts nowhere; Keras fails on one when it runs. For inputs of more than two axes, counts
/// and multi-hot rows are those of the last axis, as Keras documents it (its sum runs over axis 1).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryEncoding {
    /// How many categories there are, from 1 to 2^24.
    pub num_tokens: usize,
    /// One-hot, multi-hot or counts.
    #[serde(default = "multi_hot")]
    pub output_mode: OutputMode,
}

fn multi_hot() -> OutputMode {
    OutputMode::MultiHot
}

impl CategoryEncoding {
    /// Rows of indices below this, multi-hot.
    pub fn new(num_tokens: usize) -> Self {
        Self { num_tokens, output_mode: multi_hot() }
    }

    /// Gives this.
    pub fn output_mode(self, output_mode: OutputMode) -> Self {
        Self { output_mode, ..self }
    }
}

impl LayerSpec for CategoryEncoding {
    const KIND: &'static str = "category_encoding";

    fn validate(&self) -> Result<(), LayerError> {
        let bad = |field, value: &dyn std::fmt::Debug, rule| Err(LayerError::value(Self::KIND, field, value, rule));
        if !(1..=MAX_DEPTH).contains(&self.num_tokens) {
            return bad("num_tokens", &self.num_tokens, "it must be from 1 to 2^24");
        }
        match self.output_mode {
            OutputMode::Int => bad("output_mode", &self.output_mode, "it must be one-hot, multi-hot or count"),
            mode => check_counted(Self::KIND, mode),
        }
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        match inputs {
            [indices] if indices.kind == Kind::Int => {}
            [indices, weights]
                if self.output_mode == OutputMode::Count
                    && (indices.kind, weights.kind) == (Kind::Int, Kind::Float)
                    && indices.shape == weights.shape => {}
            _ => {
                let expected = match self.output_mode {
                    OutputMode::Count => "one input of whole numbers, and weights of the same shape or none",
                    _ => "one input of whole numbers",
                };
                return Err(LayerError::input(Self::KIND, expected, inputs));
            }
        }
        encoded(self.output_mode, Self::KIND, self.num_tokens, inputs)
    }

    own_module!();
}

impl LayerModule for CategoryEncoding {
    fn call(&self, inputs: Vec<Value>, _context: &mut Context) -> Value {
        let mut inputs = inputs.into_iter();
        let (indices, dims) = int_row(inputs.next().expect("there are indices"));
        let weights = inputs.next().map(|weights| float_row(weights).0);
        encode(self.output_mode, indices, &dims, self.num_tokens, weights, None)
    }
}

weightless!(CategoryEncoding);

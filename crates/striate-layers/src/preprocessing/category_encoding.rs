//! Categories as numbers that a dense layer takes: Keras's `CategoryEncoding`.
//!
//! For counts, a second input of the same shape may hold a weight for each index. For inputs of more than two axes, counts and
//! multi-hot rows are those of the last axis, as Keras documents it (its sum runs over axis 1).

use striate_backend::Device;
use striate_core::Scope;
use striate_core::features::{CategoryEncoding, FeatureError, OutputMode};

use super::encoding::{encode, encoded, float_row, int_row};
use crate::layer::{LayerModule, LayerSpec, weightless};
use crate::{Context, Cost, Kind, LayerError, Signature, Value};

impl LayerSpec for CategoryEncoding {
    type Module = CategoryEncodingLayer;
    const KIND: &'static str = "category_encoding";

    fn validate(&self) -> Result<(), LayerError> {
        match CategoryEncoding::validate(self) {
            Err(FeatureError::Setting { field, value, rule, .. }) => {
                Err(LayerError::Value { kind: Self::KIND, field: field.into(), value, rule })
            }
            Err(_) => Err(LayerError::value(Self::KIND, "settings", self, "they can't be used")),
            Ok(()) => Ok(()),
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

    fn cost(&self, inputs: &[Signature]) -> Cost {
        Cost::of_output(self.output(inputs))
    }

    fn build(&self, _inputs: &[Signature], _scope: &Scope, _device: &Device) -> CategoryEncodingLayer {
        CategoryEncodingLayer(self.clone())
    }
}

/// An encoding of categories, ready to run.
#[derive(Debug, Clone)]
pub struct CategoryEncodingLayer(CategoryEncoding);

impl LayerModule for CategoryEncodingLayer {
    fn call(&self, inputs: Vec<Value>, _context: &mut Context) -> Value {
        let CategoryEncoding { num_tokens, output_mode } = self.0;
        let mut inputs = inputs.into_iter();
        let (indices, dims) = int_row(inputs.next().expect("there are indices"));
        let weights = inputs.next().map(|weights| float_row(weights).0);
        encode(output_mode, indices, &dims, num_tokens, weights, None)
    }
}

weightless!(CategoryEncodingLayer);

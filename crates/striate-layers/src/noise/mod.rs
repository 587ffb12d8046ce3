//! Noise in training: Keras's regularization layers.
//!
//! The numbers are drawn on the host, from the context's stream of the layer, so that they are the same on every device.

mod dropout;
mod gaussian;

pub use self::dropout::{Dropout, SpatialDropout};
pub use self::gaussian::{GaussianDropout, GaussianNoise};

use burn::Tensor;
use burn::tensor::TensorData;

use crate::LayerError;

/// Numbers of this shape, with the type of `like` and where it is.
fn draw<const D: usize>(like: &Tensor<D>, shape: [usize; D], next: impl FnMut() -> f32) -> Tensor<D> {
    let numbers: Vec<f32> = std::iter::repeat_with(next).take(shape.iter().product()).collect();
    Tensor::from_data(TensorData::new(numbers, shape), (&like.device(), like.dtype()))
}

fn check_rate(kind: &'static str, rate: f64) -> Result<(), LayerError> {
    match (0.0..1.0).contains(&rate) {
        true => Ok(()),
        false => Err(LayerError::value(kind, "rate", rate, "it must be at least 0 and less than 1")),
    }
}

/// The rules of a noise layer that takes any input, which comes out unchanged in shape.
macro_rules! noise_layer {
    ($layer:ident, $kind:literal, $validate:expr, $check:expr) => {
        impl $crate::LayerSpec for $layer {
            type Module = Self;
            const KIND: &'static str = $kind;

            fn validate(&self) -> Result<(), $crate::LayerError> {
                $validate(self)
            }

            fn output(&self, inputs: &[$crate::Signature]) -> Result<$crate::Signature, $crate::LayerError> {
                let input = $crate::layer::only_float_input($kind, "one input of real numbers", inputs)?;
                $check(self, input)?;
                Ok(input.clone())
            }

            fn cost(&self, inputs: &[$crate::Signature]) -> $crate::Cost {
                let activations = inputs[0].shape.elements().unwrap_or(0) as u64;
                $crate::Cost { activations, ..$crate::Cost::default() }
            }

            fn build(&self, _: &[$crate::Signature], _: &striate_core::Scope, _: &striate_backend::Device) -> Self {
                self.clone()
            }
        }

        impl $crate::LayerModule for $layer {
            fn call(&self, mut inputs: Vec<$crate::Value>, context: &mut $crate::Context) -> $crate::Value {
                $crate::value::with_rank!(inputs.remove(0), x => self.forward(x, context))
            }
        }

        $crate::layer::weightless!($layer);
    };
}
use noise_layer;

//! Noise in training: Keras's regularization layers.
//!
//! The numbers are drawn on the host, from the context's stream of the layer, so that they are the same on every device.

mod dropout;
mod gaussian;

pub use self::dropout::{Dropout, SpatialDropout};
pub use self::gaussian::{GaussianDropout, GaussianNoise};

use burn::Tensor;
use burn::tensor::TensorData;
use striate_core::Stream;

/// Numbers of this shape, with the type of `like` and where it is.
fn draw<const D: usize, const L: usize>(like: &Tensor<L>, shape: [usize; D], next: impl FnMut() -> f32) -> Tensor<D> {
    let numbers: Vec<f32> = std::iter::repeat_with(next).take(shape.iter().product()).collect();
    Tensor::from_data(TensorData::new(numbers, shape), (&like.device(), like.dtype()))
}

/// What dropout multiplies by: 0 with probability `rate`, else `1 / (1 - rate)`; none if nothing is dropped.
pub(crate) fn mask<const D: usize, const L: usize>(
    like: &Tensor<L>,
    shape: [usize; D],
    rate: f64,
    stream: Option<Stream>,
) -> Option<Tensor<D>> {
    let mut stream = stream.filter(|_| rate > 0.0)?;
    let kept = (1.0 / (1.0 - rate)) as f32;
    Some(draw(like, shape, || if stream.chance(rate as f32) { 0.0 } else { kept }))
}

/// The rules of a noise layer that takes any input, which comes out unchanged in shape.
macro_rules! noise_layer {
    ($layer:ident, $kind:literal, $validate:expr, $check:expr) => {
        impl $crate::LayerSpec for $layer {
            const KIND: &'static str = $kind;

            fn validate(&self) -> Result<(), $crate::LayerError> {
                $validate(self)
            }

            fn output(&self, inputs: &[$crate::Signature]) -> Result<$crate::Signature, $crate::LayerError> {
                let input = $crate::layer::only_float_input($kind, "one input of real numbers", inputs)?;
                $check(self, input)?;
                Ok(input.clone())
            }

            $crate::layer::own_module!();
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

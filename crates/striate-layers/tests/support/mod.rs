//! What several test binaries share.

use burn::Tensor;
use burn::tensor::{Device, Int, TensorData};
use striate_core::Stream;
use striate_layers::{Kind, Signature, Value};

/// Runs an expression for a rank that is known when running only.
macro_rules! by_rank {
    ($rank:expr, $number:ident => $call:expr) => {
        $crate::support::by_rank!(@ $rank, $number => $call; 1 2 3 4 5 6)
    };
    (@ $rank:expr, $number:ident => $call:expr; $($literal:literal)*) => {
        match $rank {
            $($literal => {
                const $number: usize = $literal;
                $call
            })*
            rank => panic!("rank {rank}"),
        }
    };
}
pub(crate) use by_rank;

/// A batch of two samples: numbers in `[-1, 1)`, or zeros of whole numbers.
pub(crate) fn random(signature: &Signature, stream: &mut Stream, device: &Device) -> Value {
    let mut sides = vec![2];
    sides.extend(signature.shape.sides().iter().map(|side| side.expect("the strategies know every side")));
    let count = sides.iter().product();
    by_rank!(sides.len(), D => match signature.kind {
        Kind::Int => Tensor::<D, Int>::zeros(sides, device).into(),
        Kind::Float => tensor::<D>(draw(stream, count), sides, device).into(),
    })
}

/// This many numbers in `[-1, 1)`.
pub(crate) fn draw(stream: &mut Stream, count: usize) -> Vec<f64> {
    (0..count).map(|_| f64::from(stream.uniform_in(-1.0..1.0))).collect()
}

/// A tensor of these values.
pub(crate) fn tensor<const D: usize>(values: Vec<f64>, sides: Vec<usize>, device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, sides), device)
}

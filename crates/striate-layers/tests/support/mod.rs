//! What several test binaries share.

use std::ops::Range;

use burn::Tensor;
use burn::tensor::{Device, Int, TensorData};
use striate_core::Stream;
use striate_layers::{Kind, LayerConfig, Signature, Value};

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

/// A batch of two samples for each input of a layer: numbers in `[-1, 1)`, or whole ones that it takes.
pub(crate) fn random(
    layer: &LayerConfig,
    signatures: &[Signature],
    stream: &mut Stream,
    device: &Device,
) -> Vec<Value> {
    let whole = whole_numbers(layer);
    let value = |signature: &Signature| {
        let mut sides = vec![2];
        sides.extend(signature.shape.sides().iter().map(|side| side.expect("the strategies know every side")));
        let count = sides.iter().product();
        by_rank!(sides.len(), D => match signature.kind {
            Kind::Int => {
                let numbers: Vec<i64> = (0..count).map(|_| whole.start + stream.below(whole.clone().count()) as i64).collect();
                Tensor::<D, Int>::from_data(TensorData::new(numbers, sides), device).into()
            }
            Kind::Float => tensor::<D>(draw(stream, count), sides, device).into(),
        })
    };
    signatures.iter().map(value).collect()
}

/// The whole numbers to draw from for a layer. A lookup and an encoding take any; most of these have a place there.
fn whole_numbers(layer: &LayerConfig) -> Range<i64> {
    match layer {
        LayerConfig::Embedding(embedding) => 0..embedding.num_embeddings as i64,
        _ => -2..6,
    }
}

/// This many numbers in `[-1, 1)`.
pub(crate) fn draw(stream: &mut Stream, count: usize) -> Vec<f64> {
    (0..count).map(|_| f64::from(stream.uniform_in(-1.0..1.0))).collect()
}

/// A tensor of these values.
pub(crate) fn tensor<const D: usize>(values: Vec<f64>, sides: Vec<usize>, device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, sides), device)
}

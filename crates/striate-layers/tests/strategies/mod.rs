//! Random configs of every layer with inputs that often fit, for the tests of shapes and gradients.

mod activation;
pub(crate) mod augmentation;
mod conv;
mod core;
pub(crate) mod losses;
mod merge;
mod norm;
mod pool;
mod preprocessing;
mod recurrent;
mod reshape;

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use striate_layers::{DataFormat, LayerConfig, Padding, Signature, Size};

/// A layer and what flows into it.
pub(crate) type Fed = (LayerConfig, Vec<Signature>);

/// Any layer.
pub(crate) fn any_layer() -> BoxedStrategy<Fed> {
    prop_oneof![
        conv::layers(),
        core::layers(),
        recurrent::layers(),
        preprocessing::layers(),
        augmentation::layers(),
        activation::layers(),
        norm::layers(),
        merge::layers(),
        pool::layers(),
        reshape::layers()
    ]
    .boxed()
}

/// Calls `with` for this many configs of every kind of layer that fit their inputs, with a number for each: the same ones
/// each time. Returns how many there were of each kind.
#[allow(dead_code)] // Not every test binary samples.
pub(crate) fn sample(
    per_kind: usize,
    mut with: impl FnMut(&LayerConfig, &[Signature], u64),
) -> BTreeMap<&'static str, usize> {
    let mut runner =
        TestRunner::new_with_rng(ProptestConfig::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]));
    let layers = any_layer();
    let mut counts: BTreeMap<&str, usize> = LayerConfig::KINDS.iter().map(|kind| (*kind, 0)).collect();
    for number in 0..20_000 {
        let (layer, inputs) = layers.new_tree(&mut runner).expect("a strategy gives configs").current();
        let count = counts.get_mut(layer.kind()).expect("every kind is listed");
        let fits = layer.output(&inputs).is_ok_and(|output| output.shape.elements().is_none_or(|count| count <= 2000));
        if *count < per_kind && fits {
            with(&layer, &inputs, number);
            *count += 1;
        }
    }
    counts
}

/// From 1 to `most` in each direction.
pub(crate) fn size<const D: usize>(most: usize) -> impl Strategy<Value = Size<D>> {
    proptest::array::uniform(1..=most).prop_map(Size)
}

/// Any padding of up to 2 px.
pub(crate) fn padding<const D: usize>() -> impl Strategy<Value = Padding<D>> {
    prop_oneof![
        Just(Padding::Valid),
        Just(Padding::Same),
        proptest::array::uniform::<_, D>([0usize..3, 0..3]).prop_map(Padding::Explicit),
    ]
}

/// A picture of `D` directions with 1 to 4 channels and sides of 1 to 7 px.
pub(crate) fn picture<const D: usize>() -> impl Strategy<Value = Signature> {
    (1usize..5, proptest::array::uniform::<_, D>(1usize..8)).prop_map(|(channels, sides)| {
        Signature::float(striate_layers::Shape::new([channels].into_iter().chain(sides).map(Some)))
    })
}

/// Either place of the channels.
pub(crate) fn data_format() -> impl Strategy<Value = DataFormat> {
    prop_oneof![Just(DataFormat::ChannelsFirst), Just(DataFormat::ChannelsLast)]
}

/// A sample with so many sides of 1 to 4.
pub(crate) fn shape(rank: std::ops::Range<usize>) -> impl Strategy<Value = Signature> {
    let sides = proptest::collection::vec(1usize..5, rank);
    sides.prop_map(|sides| Signature::float(striate_layers::Shape::new(sides.into_iter().map(Some))))
}

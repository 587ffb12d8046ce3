//! Random configs of every layer with inputs that often fit, for the tests of shapes and gradients.

mod conv;
mod core;
pub(crate) mod losses;

use proptest::prelude::*;
use striate_layers::{LayerConfig, Padding, Signature, Size};

/// A layer and what flows into it.
pub(crate) type Fed = (LayerConfig, Vec<Signature>);

/// Any layer.
pub(crate) fn any_layer() -> BoxedStrategy<Fed> {
    prop_oneof![conv::layers(), core::layers()].boxed()
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

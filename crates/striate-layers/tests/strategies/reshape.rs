//! Changes of shape and size.

use proptest::prelude::*;
use striate_layers::{
    Amounts, Cropping, Flatten, LayerConfig, Permute, RepeatVector, Reshape, Signature, Upsample, UpsampleMode,
    ZeroPadding,
};

use super::{Fed, data_format, picture, shape, size};

pub(crate) fn layers() -> BoxedStrategy<Fed> {
    prop_oneof![
        resized::<1, 3>(),
        resized::<2, 4>(),
        resized::<3, 5>(),
        reshape(),
        permute(),
        (1usize..5, shape(1..2)).prop_map(|(times, input)| (RepeatVector::new(times).into(), vec![input])),
        shape(0..6).prop_map(|input| (Flatten::new().into(), vec![input])),
    ]
    .boxed()
}

fn resized<const D: usize, const R: usize>() -> BoxedStrategy<Fed>
where
    Upsample<D, R>: Into<LayerConfig>,
    ZeroPadding<D, R>: Into<LayerConfig>,
    Cropping<D, R>: Into<LayerConfig>,
{
    let mode = prop_oneof![
        Just((UpsampleMode::Nearest, false)),
        Just((UpsampleMode::Bilinear, false)),
        Just((UpsampleMode::Bilinear, true)),
    ];
    let upsample = (size::<D>(3), mode, data_format()).prop_map(|(scale, (mode, align_corners), data_format)| {
        Upsample { mode, align_corners, ..Upsample::new(scale).data_format(data_format) }.into()
    });
    let amounts = || proptest::array::uniform::<_, D>([0usize..3, 0..3]).prop_map(Amounts);
    let padding = (amounts(), data_format())
        .prop_map(|(amount, data_format)| ZeroPadding::new(amount).data_format(data_format).into());
    let cropping = (amounts(), data_format())
        .prop_map(|(amount, data_format)| Cropping::new(amount).data_format(data_format).into());
    let layer = prop_oneof![upsample, padding, cropping];
    (layer, picture::<D>()).prop_map(|(layer, input): (LayerConfig, _)| (layer, vec![input])).boxed()
}

/// To the input's sides in another order, one of them perhaps left open, or to any sides.
fn reshape() -> BoxedStrategy<Fed> {
    let fitting = (shape(1..6), any::<prop::sample::Index>(), any::<bool>()).prop_map(|(input, open, leave)| {
        let mut target: Vec<i64> = input.shape.sides().iter().rev().flatten().map(|side| *side as i64).collect();
        if leave {
            let at = open.index(target.len());
            target[at] = -1;
        }
        (Reshape::new(target).into(), vec![input])
    });
    let any = (prop::collection::vec(prop_oneof![Just(-1i64), 1i64..5], 0..6), shape(0..6))
        .prop_map(|(target, input)| (Reshape::new(target).into(), vec![input]));
    prop_oneof![fitting, any].boxed()
}

fn permute() -> BoxedStrategy<Fed> {
    let input = shape(1..6).prop_flat_map(|input: Signature| {
        let axes: Vec<usize> = (1..=input.shape.rank()).collect();
        (Just(axes).prop_shuffle(), Just(input))
    });
    input.prop_map(|(dims, input)| (Permute::new(dims).into(), vec![input])).boxed()
}

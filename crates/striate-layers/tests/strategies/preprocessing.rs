//! Preprocessing.

use proptest::prelude::*;
use striate_layers::{
    CategoryEncoding, CenterCrop, Discretization, IntegerLookup, Interpolation, LayerConfig, Normalization, OutputMode,
    Rescaling, Resizing, Shape, Signature,
};

use super::{Fed, data_format, picture};

pub(crate) fn layers() -> BoxedStrategy<Fed> {
    let pictures = (prop_oneof![resizing(), rescaling(), center_crop()], picture::<2>());
    prop_oneof![
        pictures.prop_map(|(layer, input)| (layer, vec![input])),
        normalization(),
        (discretization(), some_shape()).prop_map(|(layer, shape)| (layer, vec![Signature::float(shape)])),
        category_encoding(),
        (integer_lookup(), some_shape()).prop_map(|(layer, shape)| (layer, vec![Signature::int(shape)])),
    ]
    .boxed()
}

pub(super) fn interpolation() -> impl Strategy<Value = Interpolation> {
    prop_oneof![
        Just(Interpolation::Nearest),
        Just(Interpolation::Bilinear),
        Just(Interpolation::Bicubic),
        Just(Interpolation::Lanczos3),
        Just(Interpolation::Lanczos5),
        Just(Interpolation::Area),
    ]
}

/// From 0 to 3 axes.
fn some_shape() -> impl Strategy<Value = Shape> {
    proptest::collection::vec((1usize..4).prop_map(Some), 0..4).prop_map(Shape::new)
}

fn output_mode() -> impl Strategy<Value = OutputMode> {
    prop_oneof![Just(OutputMode::Int), Just(OutputMode::OneHot), Just(OutputMode::MultiHot), Just(OutputMode::Count)]
}

fn numbers(count: usize) -> impl Strategy<Value = Vec<f64>> {
    proptest::collection::vec(-2.0..2.0, count)
}

fn resizing() -> BoxedStrategy<LayerConfig> {
    let options = (1usize..9, 1usize..9, interpolation(), any::<bool>(), 0..3, -1.0..1.0, data_format());
    let layer = options.prop_map(|(height, width, interpolation, antialias, aspect, fill, format)| {
        let layer = Resizing::new(height, width).interpolation(interpolation).antialias(antialias).data_format(format);
        match aspect {
            0 => layer,
            1 => layer.crop_to_aspect_ratio(),
            _ => layer.pad_to_aspect_ratio(fill),
        }
    });
    layer.prop_map(Into::into).boxed()
}

fn rescaling() -> BoxedStrategy<LayerConfig> {
    let options = (1usize..4, 1usize..4).prop_flat_map(|(scales, offsets)| (numbers(scales), numbers(offsets)));
    (options, data_format())
        .prop_map(|((scale, offset), format)| Rescaling::new(scale).offset(offset).data_format(format).into())
        .boxed()
}

fn center_crop() -> BoxedStrategy<LayerConfig> {
    (1usize..9, 1usize..9, data_format())
        .prop_map(|(height, width, format)| CenterCrop::new(height, width).data_format(format).into())
        .boxed()
}

fn normalization() -> BoxedStrategy<Fed> {
    let axes = prop_oneof![
        Just(vec![]),
        Just(vec![1]),
        Just(vec![-1]),
        Just(vec![2, 3]),
        Just(vec![-1, 1]),
        Just(vec![1, 2, 3])
    ];
    let fed = (picture::<2>(), axes, any::<[bool; 2]>()).prop_flat_map(|(input, axes, [single, invert])| {
        let sides = input.shape.sides();
        let side = |axis: &isize| sides[if *axis < 0 { 2 } else { *axis as usize - 1 }].unwrap();
        let count = if single { 1 } else { axes.iter().map(side).product() };
        let variance = proptest::collection::vec(0.1..2.0, count);
        let layer = (numbers(count), variance)
            .prop_map(move |(mean, variance)| Normalization::new(mean, variance).axis(axes.clone()).invert(invert));
        layer.prop_map(move |layer| (layer.into(), vec![input.clone()]))
    });
    fed.boxed()
}

fn discretization() -> BoxedStrategy<LayerConfig> {
    let layer = (proptest::collection::vec(-2.0..2.0, 1..5), output_mode()).prop_map(|(mut boundaries, mode)| {
        boundaries.sort_by(f64::total_cmp);
        Discretization::new(boundaries).output_mode(mode)
    });
    layer.prop_map(Into::into).boxed()
}

fn category_encoding() -> BoxedStrategy<Fed> {
    let options = (1usize..5, output_mode(), any::<bool>(), some_shape());
    let fed = options.prop_filter_map("it encodes", |(tokens, mode, weighted, shape)| {
        let weights = weighted.then(|| Signature::float(shape.clone()));
        let inputs = std::iter::once(Signature::int(shape)).chain(weights).collect();
        let layer = CategoryEncoding::new(tokens).output_mode(mode);
        (mode != OutputMode::Int).then_some((layer.into(), inputs))
    });
    fed.boxed()
}

fn integer_lookup() -> BoxedStrategy<LayerConfig> {
    let vocabulary = proptest::sample::subsequence(vec![-7, 0, 3, 12, 1 << 40], 1..=5).prop_shuffle();
    let options = (vocabulary, 0usize..4, proptest::option::of(Just(5)), output_mode(), any::<[bool; 2]>());
    let layer = options.prop_map(|(vocabulary, unknown, mask, mode, [invert, weighted])| {
        let count = vocabulary.len();
        let layer = IntegerLookup { mask_token: mask, ..IntegerLookup::new(vocabulary).num_oov_indices(unknown) };
        match mode {
            OutputMode::Int if invert => layer.inverse().oov_token(-2),
            OutputMode::Count if weighted => layer.tf_idf(vec![0.5; count]),
            mode => layer.output_mode(mode),
        }
    });
    layer.prop_map(Into::into).boxed()
}

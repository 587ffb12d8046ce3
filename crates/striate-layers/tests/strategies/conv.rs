//! Convolutions, and layers that look at a picture as they do.

use proptest::prelude::*;
use striate_layers::{
    Activation, Constraint, Conv, ConvTranspose, DataFormat, Dense, DepthwiseConv, Distance, Initializer, LayerConfig,
    LocallyConnected2d, Preset, Regularizer, SeparableConv, Shape, Signature, Size, Subsampling2d, Weight, WeightNorm,
    WeightNormalizable,
};

use super::{Fed, data_format, padding, picture, size};

pub(crate) fn layers() -> BoxedStrategy<Fed> {
    prop_oneof![
        of_rank::<1, 3>(),
        of_rank::<2, 4>(),
        of_rank::<3, 5>(),
        locally_connected(),
        subsampling(),
        distance(),
        weight_norm_dense(),
    ]
    .boxed()
}

fn of_rank<const D: usize, const R: usize>() -> BoxedStrategy<Fed>
where
    Conv<D, R>: Into<LayerConfig>,
    SeparableConv<D, R>: Into<LayerConfig>,
    DepthwiseConv<D, R>: Into<LayerConfig>,
    ConvTranspose<D, R>: Into<LayerConfig>,
    WeightNorm<Conv<D, R>, R>: Into<LayerConfig>,
{
    let connected = connected::<D, R>().prop_map(|(conv, input)| (conv.into(), vec![input]));
    prop_oneof![
        (conv::<D, R>(), picture::<D>()).prop_map(fed),
        connected,
        (separable::<D, R>(), picture::<D>()).prop_map(fed),
        (depthwise::<D, R>(), picture::<D>()).prop_map(fed),
        (transpose::<D, R>(), picture::<D>()).prop_map(fed),
        (weight_norm(conv::<D, R>()), picture::<D>()).prop_map(fed),
    ]
    .boxed()
}

fn fed<L: Into<LayerConfig>>((layer, input): (L, Signature)) -> Fed {
    (layer.into(), vec![input])
}

fn activation() -> impl Strategy<Value = Activation> {
    prop_oneof![Just(Activation::Linear), Just(Activation::Tanh), Just(Activation::Sigmoid)]
}

fn regularizer() -> impl Strategy<Value = Option<Regularizer>> {
    prop_oneof![Just(None), Just(Some(Regularizer::l2(0.1)))]
}

fn weight() -> impl Strategy<Value = Weight> {
    let initializer = prop_oneof![
        Just(Initializer::GlorotUniform),
        Just(Initializer::TorchDefault),
        Just(Initializer::Normal { mean: 0.1, std: 0.5 }),
    ];
    let constraint = prop_oneof![Just(None), Just(Some(Constraint::MaxNorm { max_value: 1.5 }))];
    (initializer, regularizer(), constraint).prop_map(|(initializer, regularizer, constraint)| Weight {
        initializer,
        regularizer,
        constraint,
    })
}

/// What most of these layers have: activation, activity regularizer, kernel, bias and data format.
fn rest() -> impl Strategy<Value = (Activation, Option<Regularizer>, Weight, Option<Weight>, DataFormat)> {
    (activation(), regularizer(), weight(), proptest::option::of(weight()), data_format())
}

fn conv<const D: usize, const R: usize>() -> BoxedStrategy<Conv<D, R>> {
    let options = (1usize..5, size::<D>(3), size::<D>(3), padding::<D>(), size::<D>(2), 1usize..4, rest());
    let conv = options.prop_map(|(filters, kernel_size, stride, padding, dilation, groups, rest)| {
        let (activation, activity_regularizer, kernel, bias, data_format) = rest;
        Conv {
            stride,
            padding,
            dilation,
            groups,
            activation,
            activity_regularizer,
            kernel,
            bias,
            data_format,
            ..Conv::new(filters, kernel_size)
        }
    });
    conv.boxed()
}

/// Convolutions with a connection table; most pictures have the channels.
fn connected<const D: usize, const R: usize>() -> BoxedStrategy<(Conv<D, R>, Signature)> {
    let row = proptest::sample::subsequence(vec![0usize, 1, 2, 3], 1..4);
    let table = proptest::collection::vec(row, 1..5);
    let options = (conv::<D, R>(), table, picture::<D>(), 3usize..6);
    let layer = options.prop_map(|(conv, connections, input, channels)| {
        let conv = Conv {
            filters: connections.len(),
            groups: 1,
            data_format: DataFormat::ChannelsFirst,
            connections: Some(connections),
            ..conv
        };
        let sides = std::iter::once(Some(channels)).chain(input.shape.sides()[1..].iter().copied());
        (conv, Signature::float(Shape::new(sides)))
    });
    layer.boxed()
}

fn separable<const D: usize, const R: usize>() -> BoxedStrategy<SeparableConv<D, R>> {
    let options = (
        1usize..5,
        size::<D>(3),
        1usize..4,
        size::<D>(3),
        padding::<D>(),
        size::<D>(2),
        rest(),
        weight(),
        any::<bool>(),
    );
    let conv =
        options.prop_map(|(filters, kernel_size, multiplier, stride, padding, dilation, rest, pointwise, torch)| {
            let (activation, activity_regularizer, depthwise, bias, data_format) = rest;
            let conv = SeparableConv {
                depth_multiplier: multiplier,
                stride,
                padding,
                dilation,
                activation,
                activity_regularizer,
                depthwise,
                pointwise,
                bias,
                data_format,
                ..SeparableConv::new(filters, kernel_size)
            };
            if torch { conv.preset(Preset::Torch) } else { conv }
        });
    conv.boxed()
}

fn depthwise<const D: usize, const R: usize>() -> BoxedStrategy<DepthwiseConv<D, R>> {
    let options = (size::<D>(3), 1usize..4, size::<D>(3), padding::<D>(), size::<D>(2), rest());
    let conv = options.prop_map(|(kernel_size, depth_multiplier, stride, padding, dilation, rest)| {
        let (activation, activity_regularizer, kernel, bias, data_format) = rest;
        DepthwiseConv {
            depth_multiplier,
            stride,
            padding,
            dilation,
            activation,
            activity_regularizer,
            kernel,
            bias,
            data_format,
            ..DepthwiseConv::new(kernel_size)
        }
    });
    conv.boxed()
}

fn transpose<const D: usize, const R: usize>() -> BoxedStrategy<ConvTranspose<D, R>> {
    let more = proptest::option::of(proptest::array::uniform::<_, D>(0usize..2).prop_map(Size));
    let options = (1usize..5, size::<D>(4), size::<D>(3), padding::<D>(), more, size::<D>(2), 1usize..4, rest());
    let conv = options.prop_map(|(filters, kernel_size, stride, padding, output_padding, dilation, groups, rest)| {
        let (activation, activity_regularizer, kernel, bias, data_format) = rest;
        ConvTranspose {
            stride,
            padding,
            output_padding,
            dilation,
            groups,
            activation,
            activity_regularizer,
            kernel,
            bias,
            data_format,
            ..ConvTranspose::new(filters, kernel_size)
        }
    });
    conv.boxed()
}

fn weight_norm<L: WeightNormalizable<R>, const R: usize>(
    layer: BoxedStrategy<L>,
) -> impl Strategy<Value = WeightNorm<L, R>> {
    (layer, proptest::option::of(0..R)).prop_map(|(layer, norm_dim)| WeightNorm::new(layer).norm_dim(norm_dim))
}

fn weight_norm_dense() -> BoxedStrategy<Fed> {
    let dense = (1usize..5, rest()).prop_map(|(units, (activation, activity_regularizer, kernel, bias, _))| Dense {
        units,
        activation,
        activity_regularizer,
        kernel,
        bias,
    });
    (weight_norm::<_, 2>(dense.boxed()), picture::<1>()).prop_map(fed).boxed()
}

fn locally_connected() -> BoxedStrategy<Fed> {
    let layer = (1usize..5, size::<2>(3), size::<2>(3), padding::<2>(), rest()).prop_map(
        |(filters, kernel_size, stride, padding, (activation, activity_regularizer, kernel, bias, data_format))| {
            LocallyConnected2d {
                filters,
                kernel_size,
                stride,
                padding,
                data_format,
                activation,
                activity_regularizer,
                kernel,
                bias,
            }
        },
    );
    (layer, picture::<2>()).prop_map(fed).boxed()
}

fn subsampling() -> BoxedStrategy<Fed> {
    let options = (size::<2>(3), proptest::option::of(size::<2>(3)), rest(), weight());
    let layer = options.prop_map(|(pool_size, stride, rest, bias)| {
        let (activation, activity_regularizer, coefficient, _, data_format) = rest;
        Subsampling2d { pool_size, stride, data_format, activation, activity_regularizer, coefficient, bias }
    });
    (layer, picture::<2>()).prop_map(fed).boxed()
}

fn distance() -> BoxedStrategy<Fed> {
    let layer = (1usize..5, weight(), any::<bool>()).prop_map(|(units, kernel, trainable)| Distance {
        units,
        kernel,
        trainable,
    });
    let input = prop_oneof![picture::<0>(), picture::<1>(), picture::<2>()];
    (layer, input).prop_map(fed).boxed()
}

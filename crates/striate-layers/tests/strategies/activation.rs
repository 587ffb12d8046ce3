//! Activations of all kinds, and embeddings.

use proptest::prelude::*;
use striate_layers::{Activation, Embedding, Prelu, Preset, Shape, Signature};

use super::{Fed, data_format, picture};

pub(crate) fn layers() -> BoxedStrategy<Fed> {
    let picture = || prop_oneof![picture::<1>(), picture::<2>(), picture::<3>()];
    let activation = (activation(), picture()).prop_map(|(function, input)| (function.into(), vec![input]));
    let prelu = (1usize..4, any::<bool>(), data_format(), picture()).prop_map(|(count, torch, data_format, input)| {
        let preset = if torch { Preset::Torch } else { Preset::Keras };
        (Prelu::new(count).preset(preset).data_format(data_format).into(), vec![input])
    });
    prop_oneof![3 => activation, 1 => prelu, 1 => embedding()].boxed()
}

/// Any activation.
pub(crate) fn activation() -> impl Strategy<Value = Activation> {
    let plain = prop::sample::select(vec![
        Activation::Linear,
        Activation::Relu,
        Activation::Relu6,
        Activation::Selu,
        Activation::Sigmoid,
        Activation::HardSigmoid,
        Activation::Tanh,
        Activation::Softplus,
        Activation::Softsign,
        Activation::Swish,
        Activation::HardSwish,
        Activation::Mish,
    ]);
    prop_oneof![
        4 => plain,
        1 => (-1.0..1.0).prop_map(|negative_slope| Activation::LeakyRelu { negative_slope }),
        1 => (-1.0..2.0).prop_map(|alpha| Activation::Elu { alpha }),
        1 => (0.5..2.0, 0.5..2.0).prop_map(|(amplitude, slope)| Activation::ScaledTanh { amplitude, slope }),
        1 => any::<bool>().prop_map(|approximate| Activation::Gelu { approximate }),
        1 => (-4isize..4).prop_map(|axis| Activation::Softmax { axis }),
        1 => (-4isize..4).prop_map(|axis| Activation::LogSoftmax { axis }),
        1 => (-1.0..1.0).prop_map(|value_at_zero| Activation::Heaviside { value_at_zero }),
    ]
}

fn embedding() -> impl Strategy<Value = Fed> {
    let input = prop::collection::vec(1usize..4, 0..5);
    (1usize..6, 1usize..4, prop::option::of(0usize..6), input).prop_map(|(count, dim, padding, sides)| {
        let embedding = Embedding { padding_idx: padding, ..Embedding::new(count, dim) };
        (embedding.into(), vec![Signature::int(Shape::new(sides.into_iter().map(Some)))])
    })
}

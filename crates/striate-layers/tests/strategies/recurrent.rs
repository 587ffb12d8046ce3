//! Recurrent layers and wrappers.

use proptest::prelude::*;
use striate_layers::{
    Activation, Bidirectional, BidirectionalMerge, Gru, GruGates, Initializer, LayerConfig, Lstm, Preset, Recurrent,
    Regularizer, Shape, Signature, SimpleRnn, TimeDistributed,
};

use super::{Fed, conv, core};

pub(crate) fn layers() -> BoxedStrategy<Fed> {
    prop_oneof![2 => sequence_layers(), 1 => time_distributed()].boxed()
}

fn sequence_layers() -> BoxedStrategy<Fed> {
    let layer = prop_oneof![2 => recurrent().prop_map(on_its_own), 1 => bidirectional()];
    let sequence = (1usize..6, 1usize..4).prop_map(|(time, features)| Signature::float([time, features]));
    (layer, sequence).prop_map(|(layer, sequence)| (layer, vec![sequence])).boxed()
}

fn on_its_own(layer: Recurrent) -> LayerConfig {
    match layer {
        Recurrent::SimpleRnn(layer) => layer.into(),
        Recurrent::Lstm(layer) => layer.into(),
        Recurrent::Gru(layer) => layer.into(),
        other => panic!("{other:?} is no layer of its own"),
    }
}

fn activation() -> impl Strategy<Value = Activation> {
    prop_oneof![Just(Activation::Tanh), Just(Activation::Sigmoid), Just(Activation::Linear)]
}

fn recurrent() -> BoxedStrategy<Recurrent> {
    let numbers = (1usize..4, activation(), 0.0f64..0.9, 0.0f64..0.9, any_seed());
    (0usize..3, numbers, any::<[bool; 7]>()).prop_map(build).boxed()
}

fn any_seed() -> impl Strategy<Value = Option<u64>> {
    proptest::option::of(any::<u64>())
}

type Numbers = (usize, Activation, f64, f64, Option<u64>);

fn build((kind, numbers, flags): (usize, Numbers, [bool; 7])) -> Recurrent {
    let (units, activation, dropout, recurrent_dropout, seed) = numbers;
    let [sequences, backwards, bias, torch, penalty, first, second] = flags;
    let preset = if torch { Preset::Torch } else { Preset::Keras };
    macro_rules! options {
        ($layer:expr) => {{
            let mut layer = $layer.activation(activation).dropout(dropout).recurrent_dropout(recurrent_dropout);
            (layer.return_sequences, layer.go_backwards, layer.seed) = (sequences, backwards, seed);
            if penalty {
                layer = layer
                    .activity_regularizer(Regularizer::l2(0.1))
                    .recurrent_regularizer(Regularizer::l1(0.1))
                    .kernel_initializer(Initializer::GlorotNormal);
            }
            if bias { layer.into() } else { layer.no_bias().into() }
        }};
    }
    match kind {
        0 => options!(SimpleRnn::new(units).preset(preset).recurrent_bias(first)),
        1 => {
            let layer = Lstm::new(units).preset(preset).recurrent_bias(first).unit_forget_bias(second);
            options!(layer.recurrent_activation(Activation::Tanh))
        }
        _ => {
            let order = if second { GruGates::Zrh } else { GruGates::Rzn };
            let layer = Gru::new(units).preset(preset).reset_after(first).gate_order(order);
            options!(layer.recurrent_activation(Activation::Tanh))
        }
    }
}

fn bidirectional() -> BoxedStrategy<LayerConfig> {
    let merge = prop_oneof![
        Just(BidirectionalMerge::Concat),
        Just(BidirectionalMerge::Sum),
        Just(BidirectionalMerge::Multiply),
        Just(BidirectionalMerge::Average),
    ];
    (recurrent(), merge)
        .prop_map(|(mut layer, merge)| {
            match &mut layer {
                Recurrent::SimpleRnn(layer) => layer.go_backwards = false,
                Recurrent::Lstm(layer) => layer.go_backwards = false,
                Recurrent::Gru(layer) => layer.go_backwards = false,
                other => panic!("{other:?} has no direction"),
            }
            Bidirectional::new(layer).merge(merge).into()
        })
        .boxed()
}

/// A layer with one input for each of 1 to 3 steps.
fn time_distributed() -> BoxedStrategy<Fed> {
    (prop_oneof![core::layers(), conv::layers(), sequence_layers()], 1usize..4)
        .prop_filter("the layer has one input", |((_, inputs), _)| inputs.len() == 1)
        .prop_map(|((layer, mut inputs), time)| {
            let Signature { shape, kind } = inputs.remove(0);
            let shape = Shape::new([Some(time)].into_iter().chain(shape.sides().iter().copied()));
            (TimeDistributed::new(layer).into(), vec![Signature { shape, kind }])
        })
        .boxed()
}

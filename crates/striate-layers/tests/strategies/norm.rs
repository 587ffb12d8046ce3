//! Normalization and noise.

use proptest::prelude::*;
use striate_layers::{
    AlphaMode, BatchNorm, Dropout, GaussianDropout, GaussianNoise, GroupNorm, Initializer, InstanceNorm, LayerConfig,
    LayerNorm, LocalResponseNorm, RunningUpdate, Shape, Signature, SpatialDropout, Weight,
};

use super::{Fed, data_format};

pub(crate) fn layers() -> BoxedStrategy<Fed> {
    let layer = prop_oneof![batch_norm(), group_norm(), instance_norm(), layer_norm(), local_response_norm(), noise()];
    let input = prop::collection::vec(1usize..5, 1..6);
    let input = input.prop_map(|sides| Signature::float(Shape::new(sides.into_iter().map(Some))));
    (layer, input).prop_map(|(layer, input)| (layer, vec![input])).boxed()
}

/// Gamma and beta, each there or not.
fn scale() -> impl Strategy<Value = [Option<Weight>; 2]> {
    let weight = || prop::option::of(Just(Weight::from(Initializer::Normal { mean: 1.0, std: 0.5 })));
    [weight(), weight()]
}

fn batch_norm() -> BoxedStrategy<LayerConfig> {
    (1e-3..1.0, 0.0..1.0, any::<bool>(), scale(), data_format())
        .prop_map(|(eps, momentum, torch, [gamma, beta], data_format)| {
            let running_update = if torch { RunningUpdate::Torch } else { RunningUpdate::Keras };
            BatchNorm { eps, momentum, running_update, data_format, gamma, beta }.into()
        })
        .boxed()
}

fn group_norm() -> BoxedStrategy<LayerConfig> {
    (1usize..4, 1e-3..1.0, scale(), data_format())
        .prop_map(|(num_groups, eps, [gamma, beta], data_format)| {
            GroupNorm { num_groups, eps, data_format, gamma, beta }.into()
        })
        .boxed()
}

fn instance_norm() -> BoxedStrategy<LayerConfig> {
    (1e-3..1.0, scale(), data_format())
        .prop_map(|(eps, [gamma, beta], data_format)| InstanceNorm { eps, data_format, gamma, beta }.into())
        .boxed()
}

fn layer_norm() -> BoxedStrategy<LayerConfig> {
    (prop::collection::vec(-4isize..5, 1..4), 1e-3..1.0, scale())
        .prop_map(|(axes, eps, [gamma, beta])| LayerNorm { axes, eps, gamma, beta }.into())
        .boxed()
}

fn local_response_norm() -> BoxedStrategy<LayerConfig> {
    (1usize..8, 0.0..1.0, -1.0..1.0, 0.5..2.0, any::<bool>(), data_format())
        .prop_map(|(size, alpha, beta, k, plain, data_format)| {
            let alpha_mode = if plain { AlphaMode::Plain } else { AlphaMode::Divided };
            LocalResponseNorm { size, alpha, beta, k, alpha_mode, data_format }.into()
        })
        .boxed()
}

fn noise() -> BoxedStrategy<LayerConfig> {
    let seed = || prop::option::of(any::<u64>());
    let side = prop_oneof![4 => Just(None), 4 => Just(Some(1)), 1 => (0usize..4).prop_map(Some)];
    prop_oneof![
        (0.0..1.0, prop::option::of(prop::collection::vec(side, 1..6)), seed())
            .prop_map(|(rate, noise_shape, seed)| Dropout { rate, noise_shape, seed }.into()),
        (0.0..1.0, seed(), data_format()).prop_map(|(rate, seed, data_format)| SpatialDropout {
            rate,
            seed,
            data_format
        }
        .into()),
        (0.0..2.0, seed()).prop_map(|(stddev, seed)| GaussianNoise { stddev, seed }.into()),
        (0.0..1.0, seed()).prop_map(|(rate, seed)| GaussianDropout { rate, seed }.into()),
    ]
    .boxed()
}

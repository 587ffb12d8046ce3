//! Dense layers, activations, pooling and changes of shape.

use proptest::prelude::*;
use striate_layers::{Activation, AvgPool2d, Dense, Flatten, LayerConfig, MaxPool2d};

use super::{Fed, padding, picture, size};

pub(crate) fn layers() -> BoxedStrategy<Fed> {
    let layer = prop_oneof![
        (size(4), size(3), padding())
            .prop_map(|(pool, stride, padding)| AvgPool2d::new(pool).stride(stride).padding(padding).into()),
        (size(4), size(3), padding())
            .prop_map(|(pool, stride, padding)| MaxPool2d::new(pool).stride(stride).padding(padding).into()),
        (1usize..5).prop_map(|units| Dense::new(units).into()),
        Just(LayerConfig::from(Flatten::new())),
        prop_oneof![Just(Activation::Tanh), Just(Activation::Sigmoid), Just(Activation::Linear)].prop_map(Into::into),
    ];
    (layer, picture::<2>()).prop_map(|(layer, input)| (layer, vec![input])).boxed()
}

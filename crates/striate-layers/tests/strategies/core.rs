//! Dense layers and constants.

use proptest::prelude::*;
use striate_layers::{Activation, Constant, Dense, Initializer};

use super::{Fed, picture};

pub(crate) fn layers() -> BoxedStrategy<Fed> {
    let layer = (1usize..5, any::<[bool; 2]>()).prop_map(|(units, [bias, tanh])| {
        let dense = Dense::new(units).activation(if tanh { Activation::Tanh } else { Activation::Linear });
        if bias { dense } else { dense.no_bias() }
    });
    let dense = (layer, picture::<2>()).prop_map(|(layer, input)| (layer.into(), vec![input]));
    let constant = (proptest::collection::vec(1usize..4, 0..4), any::<bool>()).prop_map(|(shape, learned)| {
        let constant = Constant::new(shape).value(Initializer::GlorotUniform);
        (if learned { constant.trainable() } else { constant }.into(), Vec::new())
    });
    prop_oneof![3 => dense, 1 => constant].boxed()
}

//! Dense layers.

use proptest::prelude::*;
use striate_layers::{Activation, Dense};

use super::{Fed, picture};

pub(crate) fn layers() -> BoxedStrategy<Fed> {
    let layer = (1usize..5, any::<[bool; 2]>()).prop_map(|(units, [bias, tanh])| {
        let dense = Dense::new(units).activation(if tanh { Activation::Tanh } else { Activation::Linear });
        if bias { dense } else { dense.no_bias() }
    });
    (layer, picture::<2>()).prop_map(|(layer, input)| (layer.into(), vec![input])).boxed()
}

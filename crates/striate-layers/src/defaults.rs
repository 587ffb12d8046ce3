//! What serde puts where a config is silent. Several layers share these.

use crate::{Initializer, Size2};

pub(crate) fn one() -> Size2 {
    Size2::from(1)
}

pub(crate) fn one_group() -> usize {
    1
}

pub(crate) fn yes() -> bool {
    true
}

pub(crate) fn glorot() -> Initializer {
    Initializer::GlorotUniform
}

pub(crate) fn zeros() -> Initializer {
    Initializer::Zeros
}

//! What serde puts where a config is silent. Several layers share these.

use crate::Size;

pub(crate) fn one<const D: usize>() -> Size<D> {
    Size([1; D])
}

pub(crate) fn one_group() -> usize {
    1
}

pub(crate) fn one_filter() -> usize {
    1
}

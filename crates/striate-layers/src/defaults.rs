//! What serde puts where a config is silent. Several layers share these.

/// Keras's `backend.epsilon()`.
pub(crate) const KERAS_EPSILON: f64 = 1e-7;

/// 1: a number, or a size in each direction.
pub(crate) fn one<T: From<usize>>() -> T {
    T::from(1)
}

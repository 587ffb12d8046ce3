//! Learning from data in one pass.

use std::borrow::Borrow;

use striate_core::features::FeatureError;

/// What learns from data that pass by once.
///
/// Parts of the data may go to adapters of their own, on threads of their own, that are [merged](Self::merge) at the end.
pub trait Adapter: Sized {
    /// What it takes at a time; each adapter says what that is.
    type Item: ?Sized;
    /// What it gives: the settings with what was learned.
    type Learned;

    /// Takes the next of the data.
    ///
    /// # Errors
    /// What each adapter says; what came before stays counted.
    fn update(&mut self, item: &Self::Item) -> Result<(), FeatureError>;

    /// Adds what another one has met after this one.
    ///
    /// # Errors
    /// [`FeatureError::Merge`] if it has other settings, and the errors of [`update`](Self::update).
    fn merge(&mut self, other: Self) -> Result<(), FeatureError>;

    /// Says what was learned.
    ///
    /// # Errors
    /// [`FeatureError::NoData`] if there was nothing to learn from.
    fn finish(self) -> Result<Self::Learned, FeatureError>;
}

/// Passes data by an adapter, once, and says what it learned.
///
/// # Errors
/// Those of [`Adapter::update`] and [`Adapter::finish`].
pub fn adapt<A: Adapter>(
    mut adapter: A,
    data: impl IntoIterator<Item = impl Borrow<A::Item>>,
) -> Result<A::Learned, FeatureError> {
    data.into_iter().try_for_each(|item| adapter.update(item.borrow()))?;
    adapter.finish()
}

//! How much is added to or taken from each end of a picture.

use serde::{Deserialize, Serialize};

use crate::window::{MAX_SPAN, Padding};

/// Px before and after each direction, `[[top, bottom], [left, right]]` for pictures.
///
/// In JSON a number, a number for each direction, or both amounts of each: `1`, `[1, 2]`, `[[0, 1], [2, 2]]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Padding<D>", into = "Padding<D>")]
pub struct Amounts<const D: usize>(pub [[usize; 2]; D]);

impl<const D: usize> Amounts<D> {
    /// Whether each amount is one that a layer takes.
    pub(super) fn are_moderate(&self) -> bool {
        self.0.iter().flatten().all(|amount| *amount <= MAX_SPAN)
    }
}

impl<const D: usize> TryFrom<Padding<D>> for Amounts<D> {
    type Error = &'static str;

    fn try_from(padding: Padding<D>) -> Result<Self, Self::Error> {
        match padding {
            Padding::Explicit(amounts) => Ok(Self(amounts)),
            Padding::Valid | Padding::Same => Err("the amount is a number, or a list with an entry for each direction"),
        }
    }
}

impl<const D: usize> From<Amounts<D>> for Padding<D> {
    fn from(amounts: Amounts<D>) -> Self {
        Self::Explicit(amounts.0)
    }
}

impl<const D: usize> From<usize> for Amounts<D> {
    /// The same on all sides.
    fn from(amount: usize) -> Self {
        Self([[amount; 2]; D])
    }
}

impl<const D: usize> From<[usize; D]> for Amounts<D> {
    /// The same before and after each direction.
    fn from(amounts: [usize; D]) -> Self {
        Self(amounts.map(|amount| [amount; 2]))
    }
}

impl<const D: usize> From<[[usize; 2]; D]> for Amounts<D> {
    /// Before and after each direction.
    fn from(amounts: [[usize; 2]; D]) -> Self {
        Self(amounts)
    }
}

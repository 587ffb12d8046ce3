//! A size that is one number or one for each direction.

use serde::{Deserialize, Serialize};

/// Height and width; one number stands for both.
///
/// In JSON a number or a list: `3` or `[3, 5]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Size2(pub [usize; 2]);

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    One(usize),
    Two([usize; 2]),
}

impl From<Written> for Size2 {
    fn from(written: Written) -> Self {
        match written {
            Written::One(side) => side.into(),
            Written::Two(sides) => Self(sides),
        }
    }
}

impl From<Size2> for Written {
    fn from(Size2([height, width]): Size2) -> Self {
        match height == width {
            true => Self::One(height),
            false => Self::Two([height, width]),
        }
    }
}

impl From<usize> for Size2 {
    fn from(side: usize) -> Self {
        Self([side, side])
    }
}

impl From<[usize; 2]> for Size2 {
    fn from(sides: [usize; 2]) -> Self {
        Self(sides)
    }
}

impl From<(usize, usize)> for Size2 {
    fn from((height, width): (usize, usize)) -> Self {
        Self([height, width])
    }
}

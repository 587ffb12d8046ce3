//! A size that is one number or one for each direction.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One number for each spatial direction, such as `[height, width]`; one number stands for all.
///
/// In JSON a number or a list: `3` or `[3, 5]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size<const D: usize>(pub [usize; D]);

#[derive(Deserialize)]
#[serde(untagged, expecting = "a size is a number or a list of one number for each direction")]
enum Written {
    One(usize),
    Each(Vec<usize>),
}

impl<'de, const D: usize> Deserialize<'de> for Size<D> {
    fn deserialize<T: Deserializer<'de>>(deserializer: T) -> Result<Self, T::Error> {
        match Written::deserialize(deserializer)? {
            Written::One(side) => Ok(side.into()),
            Written::Each(sides) => {
                let count = sides.len();
                let wrong = |_| T::Error::custom(format!("{count} numbers are given, {D} directions are there"));
                sides.try_into().map(Self).map_err(wrong)
            }
        }
    }
}

impl<const D: usize> Serialize for Size<D> {
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        match self.0.iter().all(|side| *side == self.0[0]) {
            true => self.0[0].serialize(serializer),
            false => self.0[..].serialize(serializer),
        }
    }
}

impl<const D: usize> From<usize> for Size<D> {
    fn from(side: usize) -> Self {
        Self([side; D])
    }
}

impl<const D: usize> From<[usize; D]> for Size<D> {
    fn from(sides: [usize; D]) -> Self {
        Self(sides)
    }
}

impl From<(usize, usize)> for Size<2> {
    fn from((height, width): (usize, usize)) -> Self {
        Self([height, width])
    }
}

impl From<(usize, usize, usize)> for Size<3> {
    fn from((depth, height, width): (usize, usize, usize)) -> Self {
        Self([depth, height, width])
    }
}

//! The range of a random number.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use striate_core::Stream;

use crate::LayerError;

/// The range that a random number is drawn from, each number in it equally likely.
///
/// In JSON, and as `into()`, one number f stands for -f to f, and a pair for its ends: `0.2` is `[-0.2, 0.2]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Factor {
    /// The lower end.
    pub low: f64,
    /// The upper end, which is not drawn.
    pub high: f64,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a factor is a number or a pair of numbers")]
enum Written {
    One(f64),
    Ends([f64; 2]),
}

impl<'de> Deserialize<'de> for Factor {
    fn deserialize<T: Deserializer<'de>>(deserializer: T) -> Result<Self, T::Error> {
        Ok(match Written::deserialize(deserializer)? {
            Written::One(factor) => factor.into(),
            Written::Ends(ends) => ends.into(),
        })
    }
}

impl Serialize for Factor {
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        match *self == self.high.into() {
            true => self.high.serialize(serializer),
            false => [self.low, self.high].serialize(serializer),
        }
    }
}

impl From<f64> for Factor {
    fn from(factor: f64) -> Self {
        Self { low: -factor.abs(), high: factor.abs() }
    }
}

impl From<[f64; 2]> for Factor {
    fn from([low, high]: [f64; 2]) -> Self {
        Self { low, high }
    }
}

impl Factor {
    /// The next number of a stream within the range.
    pub(crate) fn draw(self, stream: &mut Stream) -> f64 {
        self.low + (self.high - self.low) * f64::from(stream.uniform())
    }

    /// Checks that its ends are in order, and from -1 to 1.
    pub(crate) fn check(self, kind: &'static str, field: &str) -> Result<(), LayerError> {
        match -1.0 <= self.low && self.low <= self.high && self.high <= 1.0 {
            true => Ok(()),
            false => Err(LayerError::value(kind, field, [self.low, self.high], "it must ascend, from -1 to 1")),
        }
    }
}

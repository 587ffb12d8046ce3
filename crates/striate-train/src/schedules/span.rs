//! Where a run is, and how long and how high things are in it.

use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::TrainError;

/// How long a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Steps in an epoch.
    pub steps_per_epoch: u64,
    /// Steps in all.
    pub steps: u64,
}

impl Run {
    /// A run of whole epochs.
    pub fn new(steps_per_epoch: u64, epochs: u64) -> Self {
        Self { steps_per_epoch, steps: steps_per_epoch.saturating_mul(epochs) }
    }
}

/// What a schedule counts: its rate changes from one to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Steps.
    #[default]
    Step,
    /// Epochs: the rate stays the same within one.
    Epoch,
}

/// A length of time. As data a number, in what the schedule counts, or `{ steps = n }`, `{ epochs = n }`,
/// `{ fraction = x }`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Span {
    /// In what the schedule counts.
    Units(f64),
    /// Steps.
    Steps(f64),
    /// Epochs.
    Epochs(f64),
    /// A fraction of the run, or of the part of it that a sequence gives to a schedule.
    Fraction(f64),
}

/// A height of the rate. As data a number, a fraction of the base rate, or `{ rate = x }`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Level {
    /// A fraction of the base rate; it may be above 1.
    Fraction(f64),
    /// A rate.
    Rate(f64),
}

/// A step of a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct At {
    pub(super) step: u64,
    pub(super) run: Run,
}

impl At {
    /// Steps or epochs that are over.
    pub(super) fn time(self, by: Unit) -> f64 {
        match by {
            Unit::Step => self.step as f64,
            Unit::Epoch => (self.step / self.run.steps_per_epoch.max(1)) as f64,
        }
    }

    /// The length of a span in steps or epochs; above 0 even for a run of no steps.
    pub(super) fn length(self, span: Span, by: Unit) -> f64 {
        let per_epoch = self.run.steps_per_epoch.max(1) as f64;
        let steps = match (span, by) {
            (Span::Units(count), _) | (Span::Steps(count), Unit::Step) | (Span::Epochs(count), Unit::Epoch) => {
                return count;
            }
            (Span::Steps(count), _) => count,
            (Span::Epochs(count), _) => count * per_epoch,
            (Span::Fraction(part), _) => part * self.run.steps as f64,
        };
        let length = match by {
            Unit::Step => steps,
            Unit::Epoch => steps / per_epoch,
        };
        // 0.7 of ten steps is seven of them, whatever the rounding of 0.7 says.
        let whole = length.round();
        let length = if (length - whole).abs() < 1e-9 * whole.max(1.0) { whole } else { length };
        length.max(f64::MIN_POSITIVE)
    }

    /// How many times a span is over; finite.
    pub(super) fn done(self, span: Span, by: Unit) -> f64 {
        (self.time(by) / self.length(span, by)).min(1e15)
    }
}

impl Span {
    /// All of the run.
    pub const ALL: Self = Self::Fraction(1.0);

    /// Checks that the span is above 0.
    pub(super) fn validate(self, option: &'static str) -> Result<(), TrainError> {
        let (Self::Units(length) | Self::Steps(length) | Self::Epochs(length) | Self::Fraction(length)) = self;
        crate::optimizers::check_options(&[(option, length, length > 0.0, "it must be a length above 0")])
    }
}

impl Level {
    /// The rate of this height.
    pub(super) fn of(self, base: f64) -> f64 {
        match self {
            Self::Fraction(part) => part * base,
            Self::Rate(rate) => rate,
        }
    }

    pub(super) fn validate(self, option: &'static str) -> Result<(), TrainError> {
        let (Self::Fraction(height) | Self::Rate(height)) = self;
        crate::optimizers::check_options(&[(option, height, height >= 0.0, "it must be a number of at least 0")])
    }
}

impl Default for Level {
    fn default() -> Self {
        Self::Fraction(0.0)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Units(count) => serializer.serialize_f64(count),
            Self::Steps(count) => pair(serializer, "steps", count),
            Self::Epochs(count) => pair(serializer, "epochs", count),
            Self::Fraction(part) => pair(serializer, "fraction", part),
        }
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = NumberOrPair("a number of steps or epochs", &["steps", "epochs", "fraction"]);
        Ok(match deserializer.deserialize_any(read)? {
            (Some("steps"), count) => Self::Steps(count),
            (Some("epochs"), count) => Self::Epochs(count),
            (Some(_), part) => Self::Fraction(part),
            (None, count) => Self::Units(count),
        })
    }
}

impl Serialize for Level {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Fraction(part) => serializer.serialize_f64(part),
            Self::Rate(rate) => pair(serializer, "rate", rate),
        }
    }
}

impl<'de> Deserialize<'de> for Level {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match deserializer.deserialize_any(NumberOrPair("a fraction of the base rate", &["rate"]))? {
            (Some(_), rate) => Self::Rate(rate),
            (None, part) => Self::Fraction(part),
        })
    }
}

fn pair<S: Serializer>(serializer: S, key: &str, value: f64) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(key, &value)?;
    map.end()
}

/// Reads a number, or a map with one of these keys and a number.
struct NumberOrPair(&'static str, &'static [&'static str]);

impl<'de> Visitor<'de> for NumberOrPair {
    type Value = (Option<&'static str>, f64);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        self.1.iter().try_for_each(|key| write!(f, ", or {{ {key} = x }}"))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok((None, value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok((None, value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok((None, value as f64))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let one = "one key was expected";
        let key: String = map.next_key()?.ok_or_else(|| A::Error::custom(one))?;
        let known = self.1.iter().find(|known| **known == key);
        let known = known.ok_or_else(|| A::Error::unknown_field(&key, self.1))?;
        let value = map.next_value()?;
        match map.next_key::<String>()? {
            None => Ok((Some(known), value)),
            Some(_) => Err(A::Error::custom(one)),
        }
    }
}

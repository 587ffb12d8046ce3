//! Transforms made of transforms.

use serde::{Deserialize, Serialize};
use striate_core::Stream;

use super::{Augmentation, Operation, check};
use crate::{DataError, Sample};

/// Applies transforms in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sequence {
    /// The transforms.
    pub of: Vec<Augmentation>,
}

/// Applies transforms in order, all or none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sometimes {
    /// How likely it is, in `[0, 1]`.
    pub probability: f32,
    /// The transforms.
    pub of: Vec<Augmentation>,
}

/// Applies one of several transforms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneOf {
    /// The transforms.
    pub of: Vec<Augmentation>,
    /// How likely each is, in proportion; all alike if there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weights: Vec<f32>,
}

/// Applies some of several transforms, each at most once, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SomeOf {
    /// The least and the greatest number of transforms that are applied.
    pub count: [usize; 2],
    /// The transforms.
    pub of: Vec<Augmentation>,
}

/// Applies all of several transforms, in an order that is drawn each time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shuffled {
    /// The transforms.
    pub of: Vec<Augmentation>,
}

impl Sequence {
    /// These transforms.
    pub fn new(of: impl IntoIterator<Item = Augmentation>) -> Self {
        Self { of: of.into_iter().collect() }
    }
}

impl Sometimes {
    /// These transforms with a probability in `[0, 1]`.
    pub fn new(probability: f32, of: impl IntoIterator<Item = Augmentation>) -> Self {
        Self { probability, of: of.into_iter().collect() }
    }
}

impl OneOf {
    /// One of these transforms, each as likely as the others.
    pub fn new(of: impl IntoIterator<Item = Augmentation>) -> Self {
        Self { of: of.into_iter().collect(), weights: Vec::new() }
    }

    /// Makes some of the transforms likelier: a number of at least 0 for each.
    pub fn weights(self, weights: impl Into<Vec<f32>>) -> Self {
        Self { weights: weights.into(), ..self }
    }
}

impl SomeOf {
    /// From `count[0]` to `count[1]` of these transforms.
    pub fn new(count: [usize; 2], of: impl IntoIterator<Item = Augmentation>) -> Self {
        Self { count, of: of.into_iter().collect() }
    }
}

impl Shuffled {
    /// These transforms.
    pub fn new(of: impl IntoIterator<Item = Augmentation>) -> Self {
        Self { of: of.into_iter().collect() }
    }
}

/// Which of the transforms within are applied, in order.
pub(super) trait Choose {
    fn parts(&self) -> &[Augmentation];
    fn choose(&self, stream: &mut Stream) -> Vec<usize>;

    /// Checks the numbers beside those of the parts.
    fn check_choice(&self) -> Result<(), DataError> {
        Ok(())
    }

    fn run(&self, sample: Sample, stream: &mut Stream, record: &mut Vec<Operation>) -> Result<Sample, DataError> {
        let chosen = self.choose(stream);
        chosen.into_iter().try_fold(sample, |sample, part| self.parts()[part].run(sample, stream, record))
    }

    fn check_all(&self) -> Result<(), DataError> {
        self.check_choice()?;
        self.parts().iter().try_for_each(super::Transform::validate)
    }
}

impl Choose for Sequence {
    fn parts(&self) -> &[Augmentation] {
        &self.of
    }

    fn choose(&self, _: &mut Stream) -> Vec<usize> {
        (0..self.of.len()).collect()
    }
}

impl Choose for Sometimes {
    fn parts(&self) -> &[Augmentation] {
        &self.of
    }

    fn choose(&self, stream: &mut Stream) -> Vec<usize> {
        if stream.chance(self.probability) { (0..self.of.len()).collect() } else { Vec::new() }
    }

    fn check_choice(&self) -> Result<(), DataError> {
        check::probability(self.probability)
    }
}

impl Choose for OneOf {
    fn parts(&self) -> &[Augmentation] {
        &self.of
    }

    fn choose(&self, stream: &mut Stream) -> Vec<usize> {
        let weight =
            |part: usize| if self.weights.is_empty() { 1.0 } else { self.weights.get(part).copied().unwrap_or(0.0) };
        let total = (0..self.of.len()).map(weight).sum::<f32>();
        let mut left = stream.uniform() * total;
        let chosen = (0..self.of.len()).filter(|&part| weight(part) > 0.0).find(|&part| {
            left -= weight(part);
            left < 0.0
        });
        // By rounding nothing may be left for the last.
        let last = || (0..self.of.len()).rfind(|&part| weight(part) > 0.0);
        chosen.or_else(last).into_iter().collect()
    }

    fn check_choice(&self) -> Result<(), DataError> {
        let len = self.of.len();
        check::number("of", len as f64, len > 0, "there must be at least one transform")?;
        let given = self.weights.len();
        check::number("weights", given as f64, given == 0 || given == len, "there must be one for each transform")?;
        let usable = self.weights.iter().all(|weight| weight.is_finite() && *weight >= 0.0);
        let sum = self.weights.iter().sum::<f32>();
        check::number(
            "weights",
            sum.into(),
            given == 0 || (usable && sum > 0.0),
            "each must be 0 or more, and their sum above 0",
        )
    }
}

impl Choose for SomeOf {
    fn parts(&self) -> &[Augmentation] {
        &self.of
    }

    fn choose(&self, stream: &mut Stream) -> Vec<usize> {
        let [least, most] = self.count.map(|count| count.min(self.of.len()));
        let count = least + stream.below(most.saturating_sub(least) + 1);
        let mut parts = (0..self.of.len()).collect::<Vec<_>>();
        stream.shuffle(&mut parts);
        parts.truncate(count);
        parts.sort_unstable();
        parts
    }

    fn check_choice(&self) -> Result<(), DataError> {
        let [least, most] = self.count;
        let fits = least <= most && most <= self.of.len();
        check::number("count", most as f64, fits, "it must be [least, most], at most as many as there are transforms")
    }
}

impl Choose for Shuffled {
    fn parts(&self) -> &[Augmentation] {
        &self.of
    }

    fn choose(&self, stream: &mut Stream) -> Vec<usize> {
        let mut parts = (0..self.of.len()).collect::<Vec<_>>();
        stream.shuffle(&mut parts);
        parts
    }
}

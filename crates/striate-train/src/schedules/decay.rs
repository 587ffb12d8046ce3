//! Schedules that only fall, step by step or smoothly.

use serde::{Deserialize, Serialize};

use super::span::{At, Level, Span, Unit};
use crate::TrainError;
use crate::optimizers::check_options;

const ABOVE_0: &str = "it must be a number above 0";

/// `gamma` times the rate after each span: PyTorch's `StepLR`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepDecay {
    /// The span.
    pub step_size: Span,
    /// The factor, above 0.
    #[serde(default = "tenth")]
    pub gamma: f64,
    /// What is counted.
    #[serde(default)]
    pub by: Unit,
}

/// `gamma` times the rate at each milestone: PyTorch's `MultiStepLR`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MultiStep {
    /// The milestones, from the run's start on.
    pub milestones: Vec<Span>,
    /// The factor, above 0.
    #[serde(default = "tenth")]
    pub gamma: f64,
    /// What is counted.
    #[serde(default)]
    pub by: Unit,
}

fn tenth() -> f64 {
    0.1
}

/// `decay_rate^(t / over)` times the rate: Keras's `ExponentialDecay`; with `over = 1` PyTorch's `ExponentialLR`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exponential {
    /// The time in which the rate changes by the factor; Keras's `decay_steps`.
    pub over: Span,
    /// The factor, above 0; PyTorch's `gamma`.
    pub decay_rate: f64,
    /// Whether only whole spans count.
    #[serde(default)]
    pub staircase: bool,
    /// What is counted.
    #[serde(default)]
    pub by: Unit,
}

/// The rate by `1 + decay_rate t / over`: Keras's `InverseTimeDecay`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InverseTime {
    /// The time in which the divisor grows by `decay_rate`; Keras's `decay_steps`.
    pub over: Span,
    /// How fast the rate falls, at least 0.
    pub decay_rate: f64,
    /// Whether only whole spans count.
    #[serde(default)]
    pub staircase: bool,
    /// What is counted.
    #[serde(default)]
    pub by: Unit,
}

/// From the rate to an end by a power of what is left: Keras's `PolynomialDecay`; with `end = 0` PyTorch's `PolynomialLR`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Polynomial {
    /// How long it takes; Keras's `decay_steps`, PyTorch's `total_iters`.
    pub over: Span,
    /// The last rate; Keras's `end_learning_rate`. The default is Keras's, a rate of 0.0001.
    pub end: Level,
    /// The power, above 0.
    pub power: f64,
    /// Whether the rate rises again after the end, to fall over a span that is once more as long.
    pub cycle: bool,
    /// What is counted.
    pub by: Unit,
}

impl Default for Polynomial {
    fn default() -> Self {
        Self { over: Span::ALL, end: Level::Rate(1e-4), power: 1.0, cycle: false, by: Unit::Step }
    }
}

/// A rate up to each boundary, that one included, and one after the last: Keras's `PiecewiseConstantDecay`. The base rate
/// doesn't matter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PiecewiseConstant {
    /// Boundaries, from the run's start on.
    pub boundaries: Vec<Span>,
    /// Rates, one more than boundaries, at least 0; Keras's `values`.
    pub rates: Vec<f64>,
    /// What is counted.
    #[serde(default)]
    pub by: Unit,
}

/// From a fraction of the rate to another in a straight line, and then that: PyTorch's `LinearLR`. As a warm-up, the first of a
/// sequence or a factor in a product.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Linear {
    /// How long it takes; PyTorch's `total_iters`.
    pub over: Span,
    /// The first rate; PyTorch's `start_factor`.
    #[serde(default = "third")]
    pub start: Level,
    /// The last rate; PyTorch's `end_factor`.
    #[serde(default = "whole")]
    pub end: Level,
    /// What is counted.
    #[serde(default)]
    pub by: Unit,
}

fn third() -> Level {
    Level::Fraction(1.0 / 3.0)
}

fn whole() -> Level {
    Level::Fraction(1.0)
}

impl StepDecay {
    pub(super) fn validate(&self) -> Result<(), TrainError> {
        self.step_size.validate("step_size")?;
        check_options(&[("gamma", self.gamma, self.gamma > 0.0, ABOVE_0)])
    }

    pub(super) fn rate(&self, base: f64, at: At) -> f64 {
        base * self.gamma.powf(at.done(self.step_size, self.by).floor())
    }
}

impl MultiStep {
    pub(super) fn validate(&self) -> Result<(), TrainError> {
        self.milestones.iter().try_for_each(|span| span.validate("milestones"))?;
        check_options(&[("gamma", self.gamma, self.gamma > 0.0, ABOVE_0)])
    }

    pub(super) fn rate(&self, base: f64, at: At) -> f64 {
        let time = at.time(self.by);
        let passed = self.milestones.iter().filter(|span| time >= at.length(**span, self.by)).count();
        base * self.gamma.powf(passed as f64)
    }
}

impl Exponential {
    pub(super) fn validate(&self) -> Result<(), TrainError> {
        self.over.validate("over")?;
        check_options(&[("decay_rate", self.decay_rate, self.decay_rate > 0.0, ABOVE_0)])
    }

    pub(super) fn rate(&self, base: f64, at: At) -> f64 {
        let done = at.done(self.over, self.by);
        base * self.decay_rate.powf(if self.staircase { done.floor() } else { done })
    }
}

impl InverseTime {
    pub(super) fn validate(&self) -> Result<(), TrainError> {
        self.over.validate("over")?;
        let rule = "it must be a number of at least 0";
        check_options(&[("decay_rate", self.decay_rate, self.decay_rate >= 0.0, rule)])
    }

    pub(super) fn rate(&self, base: f64, at: At) -> f64 {
        let done = at.done(self.over, self.by);
        base / (1.0 + self.decay_rate * if self.staircase { done.floor() } else { done })
    }
}

impl Polynomial {
    pub(super) fn validate(&self) -> Result<(), TrainError> {
        self.over.validate("over")?;
        self.end.validate("end")?;
        check_options(&[("power", self.power, self.power > 0.0, ABOVE_0)])
    }

    pub(super) fn rate(&self, base: f64, at: At) -> f64 {
        let done = at.done(self.over, self.by);
        let done = if self.cycle { done / done.ceil().max(1.0) } else { done };
        let end = self.end.of(base);
        (base - end) * (1.0 - done.min(1.0)).powf(self.power) + end
    }
}

impl PiecewiseConstant {
    pub(super) fn validate(&self) -> Result<(), TrainError> {
        self.boundaries.iter().try_for_each(|span| span.validate("boundaries"))?;
        let rule = "it must be a number of at least 0";
        self.rates.iter().try_for_each(|&rate| check_options(&[("rates", rate, rate >= 0.0, rule)]))?;
        let count = self.rates.len() as f64;
        let rule = "there must be one more of them than of boundaries";
        check_options(&[("number of rates", count, self.rates.len() == self.boundaries.len() + 1, rule)])
    }

    pub(super) fn rate(&self, base: f64, at: At) -> f64 {
        let time = at.time(self.by);
        let passed = self.boundaries.iter().filter(|span| time > at.length(**span, self.by)).count();
        self.rates.get(passed).copied().unwrap_or(base)
    }
}

impl Linear {
    pub(super) fn validate(&self) -> Result<(), TrainError> {
        self.over.validate("over")?;
        self.start.validate("start")?;
        self.end.validate("end")
    }

    pub(super) fn rate(&self, base: f64, at: At) -> f64 {
        let done = at.done(self.over, self.by).min(1.0);
        let (start, end) = (self.start.of(base), self.end.of(base));
        start + (end - start) * done
    }
}

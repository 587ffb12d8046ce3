//! The learning rate of each step.
//!
//! - [`Schedule`]: the rate as a function of the step, by name; schedules can be composed.
//! - [`Plateau`]: a rate that falls when a value no longer gets better.

mod compose;
mod cosine;
mod decay;
mod one_cycle;
mod plateau;
mod span;

pub use compose::{Part, Product, Sequence};
pub use cosine::{Cosine, CosineRestarts};
pub use decay::{Exponential, InverseTime, Linear, MultiStep, PiecewiseConstant, Polynomial, StepDecay};
pub use one_cycle::{Anneal, OneCycle};
pub use plateau::{Mode, Plateau, PlateauState, ThresholdMode};
pub use span::{Level, Run, Span, Unit};

use serde::{Deserialize, Deserializer, Serialize};

use self::span::At;
use crate::TrainError;

/// How the learning rate changes over a run, by name.
///
/// `t` below is the number of steps, or with `by = "epoch"` of epochs, that are over.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Schedule {
    /// It doesn't.
    #[default]
    #[serde(deserialize_with = "no_options")]
    Constant,
    /// Half a cosine down to an end.
    Cosine(Cosine),
    /// Half cosines, one after another.
    CosineRestarts(CosineRestarts),
    /// By a power of `t`.
    Exponential(Exponential),
    /// By `1 + t`.
    InverseTime(InverseTime),
    /// In a straight line, as a warm-up.
    Linear(Linear),
    /// By a factor at milestones.
    MultiStep(MultiStep),
    /// Up and down once.
    OneCycle(OneCycle),
    /// Rates between boundaries.
    PiecewiseConstant(PiecewiseConstant),
    /// By a power of what is left.
    Polynomial(Polynomial),
    /// Several schedules at once.
    Product(Product),
    /// Several schedules one after another.
    Sequence(Sequence),
    /// By a factor after each span.
    Step(StepDecay),
}

/// Refuses options; serde by itself would pass over them.
fn no_options<'de, D: Deserializer<'de>>(data: D) -> Result<(), D::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}
    Nothing::deserialize(data).map(|Nothing {}| ())
}

impl Schedule {
    /// The names of all schedules.
    pub const NAMES: [&'static str; 13] = [
        "constant",
        "cosine",
        "cosine_restarts",
        "exponential",
        "inverse_time",
        "linear",
        "multi_step",
        "one_cycle",
        "piecewise_constant",
        "polynomial",
        "product",
        "sequence",
        "step",
    ];

    /// Half a cosine over the whole run, down to this fraction of the rate.
    pub fn cosine(end: f64) -> Self {
        Self::Cosine(Cosine { end: Level::Fraction(end), ..Cosine::default() })
    }

    /// A warm-up in a straight line from this fraction of the rate, and then another schedule over the rest of the run.
    pub fn warm_up(over: Span, start: f64, then: Self) -> Self {
        let warm_up =
            Linear { over: Span::ALL, start: Level::Fraction(start), end: Level::Fraction(1.0), by: Unit::Step };
        let parts =
            vec![Part { over: Some(over), schedule: Self::Linear(warm_up) }, Part { over: None, schedule: then }];
        Self::Sequence(Sequence { parts, by: Unit::Step })
    }

    /// Checks that every option is in its range.
    ///
    /// # Errors
    /// Names the first that isn't.
    pub fn validate(&self) -> Result<(), TrainError> {
        match self {
            Self::Constant => Ok(()),
            Self::Cosine(cosine) => cosine.validate(),
            Self::CosineRestarts(restarts) => restarts.validate(),
            Self::Exponential(exponential) => exponential.validate(),
            Self::InverseTime(inverse) => inverse.validate(),
            Self::Linear(linear) => linear.validate(),
            Self::MultiStep(steps) => steps.validate(),
            Self::OneCycle(cycle) => cycle.validate(),
            Self::PiecewiseConstant(pieces) => pieces.validate(),
            Self::Polynomial(polynomial) => polynomial.validate(),
            Self::Product(product) => product.validate(),
            Self::Sequence(sequence) => sequence.validate(),
            Self::Step(step) => step.validate(),
        }
    }

    /// The rate of a step, counted from 0, of a run, where `base` is the update rule's own; in `[0, f32::MAX]`.
    pub fn rate(&self, base: f64, step: u64, run: Run) -> f64 {
        let at = At { step, run };
        let rate = match self {
            Self::Constant => base,
            Self::Cosine(cosine) => cosine.rate(base, at),
            Self::CosineRestarts(restarts) => restarts.rate(base, at),
            Self::Exponential(exponential) => exponential.rate(base, at),
            Self::InverseTime(inverse) => inverse.rate(base, at),
            Self::Linear(linear) => linear.rate(base, at),
            Self::MultiStep(steps) => steps.rate(base, at),
            Self::OneCycle(cycle) => cycle.rate(base, at),
            Self::PiecewiseConstant(pieces) => pieces.rate(base, at),
            Self::Polynomial(polynomial) => polynomial.rate(base, at),
            Self::Product(product) => product.rate(base, at),
            Self::Sequence(sequence) => sequence.rate(base, at),
            Self::Step(step) => step.rate(base, at),
        };
        bounded(rate)
    }

    /// The momentum of a step, where the schedule says one; for [`Optimizer::with_momentum`](crate::Optimizer::with_momentum).
    pub fn momentum(&self, step: u64, run: Run) -> Option<f64> {
        let at = At { step, run };
        match self {
            Self::OneCycle(cycle) => cycle.momentum(at),
            Self::Product(product) => product.momentum(at),
            Self::Sequence(sequence) => sequence.momentum(at),
            _ => None,
        }
    }
}

/// A rate that a parameter in `f32` can take.
fn bounded(rate: f64) -> f64 {
    rate.clamp(0.0, f64::from(f32::MAX))
}

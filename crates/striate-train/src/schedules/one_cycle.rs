//! One rise and one fall over a run (Smith & Topin 2018, <https://arxiv.org/abs/1708.07120>).

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use super::span::{At, Span, Unit};
use crate::TrainError;
use crate::optimizers::check_options;

/// The rate rises to the base rate and falls to almost nothing, and momentum falls and rises against it: PyTorch's
/// `OneCycleLR`, whose `max_lr` is the base rate.
///
/// Steps after its end have the last rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OneCycle {
    /// How long it takes; PyTorch's `total_steps`.
    pub over: Span,
    /// The fraction of it in which the rate rises, in `[0, 1]`; at most 0.5 with three phases.
    pub pct_start: f64,
    /// The first rate is the base rate by this, at least 1.
    pub div_factor: f64,
    /// The last rate is the first by this, at least 1.
    pub final_div_factor: f64,
    /// The way from one rate to the next.
    pub anneal: Anneal,
    /// Whether the rate first falls as long as it rose, to the first rate, and then on.
    pub three_phase: bool,
    /// Whether momentum goes the other way; PyTorch's `cycle_momentum`.
    pub cycle_momentum: bool,
    /// The momentum at the highest rate, in `[0, 1)`.
    pub base_momentum: f64,
    /// The momentum at the lowest rates, in `[0, 1)`.
    pub max_momentum: f64,
    /// What is counted.
    pub by: Unit,
}

/// The way from one rate to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anneal {
    /// Half a cosine.
    #[default]
    Cos,
    /// A straight line.
    Linear,
}

impl Default for OneCycle {
    fn default() -> Self {
        Self {
            over: Span::ALL,
            pct_start: 0.3,
            div_factor: 25.0,
            final_div_factor: 1e4,
            anneal: Anneal::Cos,
            three_phase: false,
            cycle_momentum: true,
            base_momentum: 0.85,
            max_momentum: 0.95,
            by: Unit::Step,
        }
    }
}

impl OneCycle {
    pub(super) fn validate(&self) -> Result<(), TrainError> {
        self.over.validate("over")?;
        let at_least_1 = "it must be at least 1";
        let fraction = "it must be in [0, 1)";
        let half = "it must be at most 0.5 with three phases";
        check_options(&[
            ("pct_start", self.pct_start, (0.0..=1.0).contains(&self.pct_start), "it must be in [0, 1]"),
            ("pct_start", self.pct_start, !self.three_phase || self.pct_start <= 0.5, half),
            ("div_factor", self.div_factor, self.div_factor >= 1.0, at_least_1),
            ("final_div_factor", self.final_div_factor, self.final_div_factor >= 1.0, at_least_1),
            ("base_momentum", self.base_momentum, (0.0..1.0).contains(&self.base_momentum), fraction),
            ("max_momentum", self.max_momentum, (0.0..1.0).contains(&self.max_momentum), fraction),
        ])
    }

    pub(super) fn rate(&self, base: f64, at: At) -> f64 {
        let first = base / self.div_factor;
        let last = first / self.final_div_factor;
        let (phase, done) = self.phase(at);
        let rates = if self.three_phase { [first, base, first, last] } else { [first, base, last, last] };
        self.between(rates[phase], rates[phase + 1], done)
    }

    pub(super) fn momentum(&self, at: At) -> Option<f64> {
        let (base, max) = (self.base_momentum, self.max_momentum);
        let (phase, done) = self.phase(at);
        let momenta = [max, base, max, max];
        self.cycle_momentum.then(|| self.between(momenta[phase], momenta[phase + 1], done))
    }

    /// The phase and how much of it is over.
    fn phase(&self, at: At) -> (usize, f64) {
        let (time, total) = (at.time(self.by), at.length(self.over, self.by));
        let rise = self.pct_start * total;
        let ends: &[f64] = match self.three_phase {
            true => &[rise - 1.0, 2.0 * rise - 2.0, total - 1.0],
            false => &[rise - 1.0, total - 1.0],
        };
        let phase = ends.iter().position(|end| time <= *end).unwrap_or(ends.len() - 1);
        let start = if phase == 0 { 0.0 } else { ends[phase - 1] };
        let length = ends[phase] - start;
        let done = if length > 0.0 { (time - start) / length } else { 1.0 };
        (phase, done.clamp(0.0, 1.0))
    }

    fn between(&self, start: f64, end: f64, done: f64) -> f64 {
        match self.anneal {
            Anneal::Cos => end + (start - end) / 2.0 * ((PI * done).cos() + 1.0),
            Anneal::Linear => (end - start) * done + start,
        }
    }
}

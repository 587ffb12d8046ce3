//! Schedules along a cosine (Loshchilov & Hutter 2017, <https://arxiv.org/abs/1608.03983>).

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use super::span::{At, Level, Span, Unit};
use crate::TrainError;
use crate::optimizers::check_options;

/// Half a cosine from the rate down to an end: Keras's `CosineDecay`, with its warm-up; with `repeats` PyTorch's
/// `CosineAnnealingLR`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cosine {
    /// How long it takes after the warm-up; Keras's `decay_steps`, PyTorch's `T_max`. None: the rest of the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over: Option<Span>,
    /// The last rate; a fraction, of the highest rate, is Keras's `alpha`, a rate PyTorch's `eta_min`.
    pub end: Level,
    /// Whether the rate rises again after the end, and so on.
    pub repeats: bool,
    /// How long the rate first goes in a straight line to `warmup_target`; Keras's `warmup_steps`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warmup: Option<Span>,
    /// What the rate goes to in the warm-up, before it falls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warmup_target: Option<Level>,
    /// What is counted.
    pub by: Unit,
}

/// Half cosines from the rate down to an end, one after another: Keras's `CosineDecayRestarts`; with `m_mul = 1` PyTorch's
/// `CosineAnnealingWarmRestarts`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CosineRestarts {
    /// How long the first takes; Keras's `first_decay_steps`, PyTorch's `T_0`.
    pub first: Span,
    /// How many times as long as the one before each takes, at least 1; Keras's default is 2, PyTorch's `T_mult` is 1.
    #[serde(default = "two")]
    pub t_mul: f64,
    /// How many times as high as the one before each begins, above 0.
    #[serde(default = "one")]
    pub m_mul: f64,
    /// The last rate; a fraction is Keras's `alpha`, a rate PyTorch's `eta_min`.
    #[serde(default)]
    pub end: Level,
    /// What is counted.
    #[serde(default)]
    pub by: Unit,
}

fn two() -> f64 {
    2.0
}

fn one() -> f64 {
    1.0
}

impl Cosine {
    pub(super) fn validate(&self) -> Result<(), TrainError> {
        for (option, span) in [("over", self.over), ("warmup", self.warmup)] {
            span.map_or(Ok(()), |span| span.validate(option))?;
        }
        for (option, level) in [("end", Some(self.end)), ("warmup_target", self.warmup_target)] {
            level.map_or(Ok(()), |level| level.validate(option))?;
        }
        match (self.warmup, self.warmup_target) {
            (Some(_), None) | (None, Some(_)) => {
                let rule = "`warmup` and `warmup_target` need each other";
                Err(TrainError::Option { option: "warmup", value: "set in part".into(), rule })
            }
            _ => Ok(()),
        }
    }

    pub(super) fn rate(&self, base: f64, at: At) -> f64 {
        let time = at.time(self.by);
        let warmup = self.warmup.map_or(0.0, |span| at.length(span, self.by));
        let top = self.warmup_target.map_or(base, |target| target.of(base));
        if time < warmup {
            return base + (top - base) * (time / warmup);
        }
        let over = match self.over {
            Some(span) => at.length(span, self.by),
            None => (at.length(Span::ALL, self.by) - warmup).max(f64::MIN_POSITIVE),
        };
        let done = ((time - warmup) / over).min(if self.repeats { 1e15 } else { 1.0 });
        fallen(top, self.end.of(top), 1.0, done)
    }
}

impl CosineRestarts {
    pub(super) fn validate(&self) -> Result<(), TrainError> {
        self.first.validate("first")?;
        self.end.validate("end")?;
        check_options(&[
            ("t_mul", self.t_mul, self.t_mul >= 1.0, "it must be at least 1"),
            ("m_mul", self.m_mul, self.m_mul > 0.0, "it must be a number above 0"),
        ])
    }

    pub(super) fn rate(&self, base: f64, at: At) -> f64 {
        let done = at.done(self.first, self.by);
        // Restarts so far, the start of the present fall and its length, in lengths of the first.
        let (restarts, start, length) = match self.t_mul == 1.0 {
            true => (done.floor(), done.floor(), 1.0),
            false => {
                let start = |restarts: f64| (self.t_mul.powf(restarts) - 1.0) / (self.t_mul - 1.0);
                let estimate = ((done * (self.t_mul - 1.0)).ln_1p() / self.t_mul.ln()).floor().max(0.0);
                // The logarithm may be off by its rounding where a fall begins.
                let restarts = match estimate {
                    n if start(n + 1.0) <= done => n + 1.0,
                    n if start(n) > done => (n - 1.0).max(0.0),
                    n => n,
                };
                (restarts, start(restarts), self.t_mul.powf(restarts))
            }
        };
        let done = ((done - start) / length).clamp(0.0, 1.0);
        fallen(base, self.end.of(base), self.m_mul.powf(restarts).min(1e300), done)
    }
}

/// From `top` to `end` along half a cosine whose height is multiplied.
fn fallen(top: f64, end: f64, height: f64, done: f64) -> f64 {
    (top - end) * (0.5 * height * (1.0 + (PI * done).cos())) + end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedules::Run;

    #[test]
    fn cosine_begins_at_the_rate_and_ends_at_its_fraction() {
        let cosine = Cosine { end: Level::Fraction(0.1), ..Cosine::default() };
        let rate = |step| cosine.rate(2.0, At { step, run: Run::new(10, 10) });
        assert_eq!(rate(0), 2.0);
        assert!((rate(50) - 1.1).abs() < 1e-12);
        assert!((rate(100) - 0.2).abs() < 1e-12);
        assert!((rate(900) - 0.2).abs() < 1e-12);
    }

    #[test]
    fn restarts_begin_where_the_falls_before_end() {
        let restarts =
            CosineRestarts { first: Span::Steps(3.0), t_mul: 2.0, m_mul: 0.5, end: Level::default(), by: Unit::Step };
        let rate = |step| restarts.rate(1.0, At { step, run: Run::new(10, 10) });
        // Falls of 3, 6, 12, 24 steps and so on.
        for (restart, step) in [0, 3, 9, 21, 45, 93, 189, 381, 765, 1533].into_iter().enumerate() {
            assert!((rate(step) - 0.5_f64.powf(restart as f64)).abs() < 1e-12, "step {step}");
        }
        assert!((rate(6) - 0.25).abs() < 1e-12);
    }
}

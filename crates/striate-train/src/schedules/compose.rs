//! Schedules made of schedules.

use serde::{Deserialize, Serialize};

use super::span::{At, Run, Span, Unit};
use super::{Schedule, bounded};
use crate::TrainError;

/// One schedule after another, each from its own start: PyTorch's `SequentialLR`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sequence {
    /// The parts in order, at least one.
    pub parts: Vec<Part>,
    /// What numbers of the parts' lengths count.
    #[serde(default)]
    pub by: Unit,
}

/// A schedule with its place in a [`Sequence`]. A fraction in the schedule is one of the part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// How long it counts; the last part counts to the end of the run, and after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<Span>,
    /// The schedule.
    pub schedule: Schedule,
}

/// The base rate times what each schedule makes of it, as a fraction: PyTorch's `ChainedScheduler`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// The schedules, at least one.
    pub of: Vec<Schedule>,
}

impl Sequence {
    pub(super) fn validate(&self) -> Result<(), TrainError> {
        let error =
            |rule| Err(TrainError::Option { option: "parts", value: format!("{} schedules", self.parts.len()), rule });
        let Some((_, before)) = self.parts.split_last() else { return error("there must be one") };
        if before.iter().any(|part| part.over.is_none()) {
            return error("all but the last need `over`, how long they count");
        }
        self.parts.iter().try_for_each(|part| {
            part.over.map_or(Ok(()), |span| span.validate("over"))?;
            part.schedule.validate()
        })
    }

    pub(super) fn rate(&self, base: f64, at: At) -> f64 {
        self.part(at).map_or(base, |(schedule, at)| schedule.rate(base, at.step, at.run))
    }

    pub(super) fn momentum(&self, at: At) -> Option<f64> {
        self.part(at).and_then(|(schedule, at)| schedule.momentum(at.step, at.run))
    }

    /// The schedule of a step, and where the step is in it.
    fn part(&self, at: At) -> Option<(&Schedule, At)> {
        let (last, before) = self.parts.split_last()?;
        let mut start = 0_u64;
        for part in before {
            let steps = self.steps(part.over.unwrap_or(Span::ALL), at);
            if at.step < start.saturating_add(steps) {
                return Some((&part.schedule, within(at, start, steps)));
            }
            start = start.saturating_add(steps);
        }
        let steps = match last.over {
            Some(span) => self.steps(span, at),
            None => at.run.steps.saturating_sub(start),
        };
        Some((&last.schedule, within(at, start, steps)))
    }

    /// A part's length in whole steps.
    fn steps(&self, span: Span, at: At) -> u64 {
        let span = match (span, self.by) {
            (Span::Units(count), Unit::Epoch) => Span::Epochs(count),
            _ => span,
        };
        at.length(span, Unit::Step).round() as u64
    }
}

fn within(at: At, start: u64, steps: u64) -> At {
    let run = Run { steps_per_epoch: at.run.steps_per_epoch, steps };
    At { step: at.step.saturating_sub(start), run }
}

impl Product {
    pub(super) fn validate(&self) -> Result<(), TrainError> {
        if self.of.is_empty() {
            let rule = "there must be one";
            return Err(TrainError::Option { option: "of", value: "0 schedules".into(), rule });
        }
        self.of.iter().try_for_each(Schedule::validate)
    }

    pub(super) fn rate(&self, base: f64, at: At) -> f64 {
        if base == 0.0 {
            return 0.0;
        }
        self.of.iter().fold(base, |rate, schedule| bounded(rate * (schedule.rate(base, at.step, at.run) / base)))
    }

    pub(super) fn momentum(&self, at: At) -> Option<f64> {
        self.of.iter().find_map(|schedule| schedule.momentum(at.step, at.run))
    }
}

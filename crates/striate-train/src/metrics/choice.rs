//! From scores to the class that they choose.

use serde::{Deserialize, Serialize};
use striate_layers::Signature;

use super::batch::{Rows, argmax, check_lengths};
use super::{MetricError, Scores, TargetKind, Targets};

/// How yes or no is decided, and what is passed over.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Choice {
    /// A score over it means yes; in `[0, 1]`.
    pub threshold: f64,
    /// Whether scores are logits, of which the sigmoid is compared with the threshold.
    pub from_logits: bool,
    /// A label that doesn't count, such as 255 around the things in Pascal VOC's masks.
    pub ignore_index: Option<usize>,
}

impl Default for Choice {
    fn default() -> Self {
        Self { threshold: 0.5, from_logits: false, ignore_index: None }
    }
}

/// What the metrics of classes take.
pub(super) const CLASSES: &str = "yes or no [1, …] or classes [classes, …]";
const LABELS: &str = "labels, masks or rows of the output's shape";

impl Choice {
    pub(super) fn validate(&self, metric: &str) -> Result<(), MetricError> {
        if (0.0..=1.0).contains(&self.threshold) {
            return Ok(());
        }
        let (value, rule) = (self.threshold.to_string(), "it must be in [0, 1]");
        Err(MetricError::Option { metric: metric.into(), option: "threshold", value, rule })
    }

    /// Whether a score means yes; NaN is an error.
    pub(super) fn is_yes(&self, score: f32, place: usize) -> Result<bool, MetricError> {
        let score = if self.from_logits { sigmoid(score) } else { score };
        match score.is_nan() {
            false => Ok(score > self.threshold as f32),
            true => Err(MetricError::Score { place, score, rule: "it must be a number" }),
        }
    }

    /// Calls `note` with the label and the chosen class of each sample or px that counts, and returns the number of classes
    /// if the scores tell it. Yes or no are the classes 1 and 0.
    pub(super) fn each(
        &self,
        metric: &str,
        scores: &Scores<'_>,
        targets: &Targets<'_>,
        mut note: impl FnMut(Chosen) -> Result<(), MetricError>,
    ) -> Result<(), MetricError> {
        if let Scores::Classes(classes) = scores {
            let Some((count, label)) = targets.labels() else {
                return Err(MetricError::Targets {
                    metric: metric.into(),
                    got: targets.kind(),
                    wanted: "labels or masks",
                });
            };
            check_lengths("predicted classes", classes.len(), count)?;
            for (place, &class) in classes.iter().enumerate().filter(|(place, _)| self.counts(label(*place))) {
                note(Chosen { place, label: label(place), class: Some(class) })?;
            }
            return Ok(());
        }
        let rows = scores.numbers(metric, CLASSES)?;
        let labels = labels(metric, &rows, targets)?;
        let classes = if rows.yes_no() { 2 } else { rows.columns };
        for place in 0..rows.labels() {
            let label = labels(place);
            if !self.counts(label) {
                continue;
            }
            in_range("label", label, place, classes)?;
            let mut here = rows.at(rows.values, place);
            let class = match rows.yes_no() {
                true => Some(usize::from(self.is_yes(here.next().unwrap_or(f32::NAN), place)?)),
                false => argmax(here),
            };
            note(Chosen { place, label, class })?;
        }
        Ok(())
    }

    pub(super) fn counts(&self, label: usize) -> bool {
        self.ignore_index != Some(label)
    }
}

/// A sample or px that counts.
pub(super) struct Chosen {
    pub(super) place: usize,
    pub(super) label: usize,
    /// None if no score is a number.
    pub(super) class: Option<usize>,
}

impl Chosen {
    /// The class; a row without a number is an error.
    pub(super) fn class(&self) -> Result<usize, MetricError> {
        let rule = "one of a row's scores must be a number";
        self.class.ok_or(MetricError::Score { place: self.place, score: f32::NAN, rule })
    }
}

pub(super) fn in_range(what: &'static str, class: usize, place: usize, classes: usize) -> Result<(), MetricError> {
    if class < classes { Ok(()) } else { Err(MetricError::Class { what, class, place, classes }) }
}

/// The number of classes by which a batch's scores are sorted; none if they are chosen classes.
pub(super) fn classes_of(scores: &Scores<'_>) -> Option<usize> {
    match scores {
        Scores::Rows { shape, .. } => Some(shape.get(1).copied().unwrap_or(1).max(2)),
        _ => None,
    }
}

/// The label of each place: given, or the highest of the target's row (of yes or no: whether it is over a half).
pub(super) fn labels<'a>(
    metric: &str,
    rows: &'a Rows<'_>,
    targets: &'a Targets<'_>,
) -> Result<Box<dyn Fn(usize) -> usize + 'a>, MetricError> {
    if let Some((count, label)) = targets.labels() {
        check_lengths("samples or px", rows.labels(), count)?;
        return Ok(Box::new(label));
    }
    let Targets::Rows(numbers) = targets else {
        return Err(MetricError::Targets { metric: metric.into(), got: targets.kind(), wanted: LABELS });
    };
    // Yes or no for each sample is a row too.
    check_lengths("scores", rows.values.len(), numbers.len())?;
    Ok(match rows.yes_no() {
        true => Box::new(|place| usize::from(numbers[place] > 0.5)),
        false => Box::new(|place| argmax(rows.at(numbers, place)).unwrap_or(usize::MAX)),
    })
}

/// Checks that an output is one of classes, with fitting targets.
pub(super) fn check(metric: &str, output: &Signature, targets: TargetKind) -> Result<(), MetricError> {
    let fits = match targets {
        TargetKind::Labels => output.shape.rank() == 1,
        TargetKind::Mask => output.shape.rank() == 3,
        TargetKind::Rows => output.shape.rank() >= 1,
        TargetKind::None | TargetKind::Boxes => {
            return Err(MetricError::Targets { metric: metric.into(), got: targets, wanted: LABELS });
        }
    };
    match fits {
        true => Ok(()),
        false => {
            let wanted = match targets {
                TargetKind::Labels => "[classes] or [1] with labels",
                TargetKind::Mask => "[classes, height, width] or [1, height, width] with masks",
                _ => CLASSES,
            };
            Err(MetricError::Output { metric: metric.into(), got: output.to_string(), wanted })
        }
    }
}

pub(super) fn sigmoid(score: f32) -> f32 {
    (1.0 / (1.0 + (-f64::from(score)).exp())) as f32
}

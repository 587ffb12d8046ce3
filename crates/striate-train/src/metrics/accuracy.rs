//! Accuracy.

use serde::{Deserialize, Serialize};
use striate_layers::Signature;

use super::batch::{argmax, check_lengths};
use super::choice::{self, in_range, labels};
use super::options::choosing;
use super::{MetricError, MetricSpec, Scores, TargetKind, Targets};

/// The fraction of samples whose most likely class is their label: Keras's `SparseCategoricalAccuracy`.
///
/// A tie goes to the first class. Mergeable: counts only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Accuracy {
    /// Samples whose class was right.
    pub right: u64,
    /// Samples seen.
    pub seen: u64,
}

impl Accuracy {
    /// Counts a batch: `scores` `[batch, classes]` in rows, one label a row.
    ///
    /// # Panics
    /// If the scores aren't a whole number of rows for the labels.
    pub fn update(&mut self, scores: &[f32], labels: &[usize]) {
        if labels.is_empty() {
            return;
        }
        assert_eq!(scores.len() % labels.len(), 0, "one row of scores for each label");
        let classes = scores.len() / labels.len();
        for (row, label) in scores.chunks_exact(classes.max(1)).zip(labels) {
            self.note(argmax(row.iter().copied()) == Some(*label));
        }
    }

    pub(super) fn note(&mut self, right: bool) {
        self.right += u64::from(right);
        self.seen += 1;
    }

    /// Adds what another has counted.
    pub fn merge(&mut self, other: Self) {
        self.right += other.right;
        self.seen += other.seen;
    }

    /// The fraction in `[0, 1]`; 0 if nothing was seen.
    pub fn value(&self) -> f64 {
        if self.seen == 0 { 0.0 } else { self.right as f64 / self.seen as f64 }
    }
}

choosing! {
    /// The fraction of samples (or px) whose class is right: Keras's `"accuracy"`, which looks at the scores' shape. One
    /// column is yes or no, several are classes of which the highest score counts, the first of equals.
    pub struct ClassAccuracy {}
}

impl MetricSpec for ClassAccuracy {
    type State = Accuracy;
    const NAME: &'static str = "accuracy";

    fn validate(&self) -> Result<(), MetricError> {
        self.choice().validate(Self::NAME)
    }

    fn check(&self, output: &Signature, targets: TargetKind) -> Result<(), MetricError> {
        choice::check(Self::NAME, output, targets)
    }

    fn update(&self, state: &mut Accuracy, scores: &Scores<'_>, targets: &Targets<'_>) -> Result<(), MetricError> {
        self.choice().each(Self::NAME, scores, targets, |chosen| {
            state.note(chosen.class == Some(chosen.label));
            Ok(())
        })
    }

    fn merge(&self, state: &mut Accuracy, other: &Accuracy) -> Result<(), MetricError> {
        state.merge(*other);
        Ok(())
    }

    fn value(&self, state: &Accuracy) -> f64 {
        state.value()
    }
}

choosing! {
    /// The fraction of yes or no answers that are right, each column its own question: Keras's `BinaryAccuracy`. Targets
    /// are rows of yes (1) and no (0), or labels 1 and 0 if there is one column.
    pub struct BinaryAccuracy {}
}

impl MetricSpec for BinaryAccuracy {
    type State = Accuracy;
    const NAME: &'static str = "binary_accuracy";

    fn validate(&self) -> Result<(), MetricError> {
        self.choice().validate(Self::NAME)
    }

    fn check(&self, output: &Signature, targets: TargetKind) -> Result<(), MetricError> {
        yes_or_no(Self::NAME, output, targets)
    }

    fn update(&self, state: &mut Accuracy, scores: &Scores<'_>, targets: &Targets<'_>) -> Result<(), MetricError> {
        let choice = self.choice();
        each_answer(Self::NAME, &choice, scores, targets, |_, yes, truth| state.note(yes == truth))
    }

    fn merge(&self, state: &mut Accuracy, other: &Accuracy) -> Result<(), MetricError> {
        state.merge(*other);
        Ok(())
    }

    fn value(&self, state: &Accuracy) -> f64 {
        state.value()
    }
}

/// Checks that an output holds yes or no answers, with fitting targets.
pub(super) fn yes_or_no(metric: &str, output: &Signature, targets: TargetKind) -> Result<(), MetricError> {
    if targets == TargetKind::Rows {
        return Ok(());
    }
    choice::check(metric, output, targets)?;
    match output.shape.sides().first() {
        Some(Some(1)) => Ok(()),
        _ => {
            let wanted = "[1, …] with labels or masks, or any shape with rows";
            Err(MetricError::Output { metric: metric.into(), got: output.to_string(), wanted })
        }
    }
}

/// Calls `note` with the column, the answer and the truth of each question.
pub(super) fn each_answer(
    metric: &str,
    choice: &super::Choice,
    scores: &Scores<'_>,
    targets: &Targets<'_>,
    mut note: impl FnMut(usize, bool, bool),
) -> Result<(), MetricError> {
    let rows = scores.numbers(metric, "answers of yes or no")?;
    if let Targets::Rows(truths) = targets {
        check_lengths("scores", rows.values.len(), truths.len())?;
        for (place, (&score, &truth)) in rows.values.iter().zip(*truths).enumerate() {
            note(place / rows.places.max(1) % rows.columns.max(1), choice.is_yes(score, place)?, truth > 0.5);
        }
        return Ok(());
    }
    let labels = labels(metric, &rows, targets)?;
    if !rows.yes_no() {
        let wanted = "rows of yes and no";
        return Err(MetricError::Targets { metric: metric.into(), got: targets.kind(), wanted });
    }
    for (place, &score) in rows.values.iter().enumerate().filter(|(place, _)| choice.counts(labels(*place))) {
        in_range("label", labels(place), place, 2)?;
        note(0, choice.is_yes(score, place)?, labels(place) == 1);
    }
    Ok(())
}

/// The fraction of samples whose label is among the `k` classes with the highest scores: Keras's
/// `SparseTopKCategoricalAccuracy`. Scores that tie with the last of them are among them, as TensorFlow's `in_top_k` has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TopK {
    /// How many classes are looked at, at least 1.
    pub k: usize,
    /// A label that doesn't count.
    pub ignore_index: Option<usize>,
}

impl Default for TopK {
    fn default() -> Self {
        Self { k: 5, ignore_index: None }
    }
}

impl MetricSpec for TopK {
    type State = Accuracy;
    const NAME: &'static str = "top_k";

    fn name(&self) -> String {
        format!("top_{}", self.k)
    }

    fn validate(&self) -> Result<(), MetricError> {
        match self.k {
            0 => {
                let (value, rule) = ("0".into(), "it must be at least 1");
                Err(MetricError::Option { metric: Self::NAME.into(), option: "k", value, rule })
            }
            _ => Ok(()),
        }
    }

    fn check(&self, output: &Signature, targets: TargetKind) -> Result<(), MetricError> {
        choice::check(Self::NAME, output, targets)?;
        match output.shape.sides().first() {
            Some(Some(1)) | None => {
                let wanted = "[classes, …]";
                Err(MetricError::Output { metric: Self::NAME.into(), got: output.to_string(), wanted })
            }
            _ => Ok(()),
        }
    }

    fn update(&self, state: &mut Accuracy, scores: &Scores<'_>, targets: &Targets<'_>) -> Result<(), MetricError> {
        let rows = scores.numbers(Self::NAME, "[classes, …]")?;
        let labels = labels(Self::NAME, &rows, targets)?;
        for place in (0..rows.labels()).filter(|&place| self.ignore_index != Some(labels(place))) {
            in_range("label", labels(place), place, rows.columns)?;
            let here = rows.at(rows.values, place);
            let own = here.clone().nth(labels(place)).unwrap_or(f32::NAN);
            state.note(!own.is_nan() && here.filter(|&score| score > own).count() < self.k);
        }
        Ok(())
    }

    fn merge(&self, state: &mut Accuracy, other: &Accuracy) -> Result<(), MetricError> {
        state.merge(*other);
        Ok(())
    }

    fn value(&self, state: &Accuracy) -> f64 {
        state.value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_samples_are_counted_over_batches() {
        let mut accuracy = Accuracy::default();
        assert_eq!(accuracy.value(), 0.0);
        accuracy.update(&[0.1, 0.9, 0.8, 0.2], &[1, 1]);
        accuracy.update(&[0.5, 0.5], &[0]);
        assert_eq!(accuracy, Accuracy { right: 2, seen: 3 });
        let mut other = Accuracy::default();
        // NaN is no class's score.
        other.update(&[f32::NAN, f32::NAN], &[0]);
        accuracy.merge(other);
        assert_eq!(accuracy.value(), 0.5);
    }
}

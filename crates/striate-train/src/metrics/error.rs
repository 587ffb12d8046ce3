//! Why something can't be measured.

use super::TargetKind;

/// Why a metric's options are wrong, or why it can't take what it is given.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MetricError {
    /// An option is out of its range.
    #[error("{metric}: `{option}` is {value}; {rule}")]
    Option {
        /// The metric's name.
        metric: String,
        /// The option.
        option: &'static str,
        /// Its value.
        value: String,
        /// What it has to be.
        rule: &'static str,
    },
    /// The metric doesn't measure such an output.
    #[error("{metric} doesn't measure an output {got}; it takes {wanted}")]
    Output {
        /// The metric's name.
        metric: String,
        /// The output.
        got: String,
        /// What fits.
        wanted: &'static str,
    },
    /// The metric doesn't compare with such targets.
    #[error("{metric} doesn't compare with {got}; it takes {wanted}")]
    Targets {
        /// The metric's name.
        metric: String,
        /// What came.
        got: TargetKind,
        /// What fits.
        wanted: &'static str,
    },
    /// Predictions and targets of a batch aren't equally many.
    #[error("{scores} {what} came with {targets} targets")]
    Lengths {
        /// What was counted.
        what: &'static str,
        /// How many predictions.
        scores: usize,
        /// How many targets.
        targets: usize,
    },
    /// Scores don't have the shape that they say.
    #[error("{values} scores can't have the shape {shape:?}")]
    Shape {
        /// How many there are.
        values: usize,
        /// The shape.
        shape: Vec<usize>,
    },
    /// A class is beyond those that there are.
    #[error("{what} {class} at place {place} of the batch is not below {classes}")]
    Class {
        /// `label` or `predicted class`.
        what: &'static str,
        /// The class.
        class: usize,
        /// Where in the batch.
        place: usize,
        /// How many classes there are, or the most that are taken.
        classes: usize,
    },
    /// A score isn't a number, or is out of its range.
    #[error("the score at place {place} of the batch is {score}; {rule}")]
    Score {
        /// Where in the batch.
        place: usize,
        /// The score.
        score: f32,
        /// What it has to be.
        rule: &'static str,
    },
    /// More would have to be kept than is allowed.
    #[error("{metric} would keep over {limit} numbers; {remedy}")]
    TooMany {
        /// The metric's name.
        metric: String,
        /// The most.
        limit: usize,
        /// What to do.
        remedy: &'static str,
    },
    /// Two states, or a state and a batch, are of different things.
    #[error("{metric}: {reason}")]
    Mismatch {
        /// The metric's name.
        metric: String,
        /// What differs.
        reason: String,
    },
    /// A metric of the user's own isn't known.
    #[error("no metric is registered as {name:?}; {known}")]
    Unknown {
        /// The name.
        name: String,
        /// What it could have been.
        known: String,
    },
}

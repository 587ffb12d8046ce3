//! Which classes are taken for which.

use serde::{Deserialize, Serialize};
use striate_layers::Signature;

use super::choice::{self, classes_of, in_range};
use super::options::choosing;
use super::spec::share;
use super::{MetricError, MetricSpec, Scores, TargetKind, Targets};

/// The most classes of a matrix: its counts take 134 MB.
const MAX_CLASSES: usize = 4096;

/// How often each class was taken for each: rows are labels, columns what was predicted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ConfusionMatrix {
    classes: usize,
    counts: Vec<u64>,
}

/// What the counts of a confusion matrix are divided by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalize {
    /// The samples of the label: each row adds up to 1.
    #[default]
    Labels,
    /// How often the class was predicted: each column adds up to 1.
    Predictions,
    /// All samples.
    All,
}

impl ConfusionMatrix {
    /// Nothing counted, of that many classes.
    ///
    /// # Errors
    /// If there are over 4096 classes.
    pub fn new(classes: usize) -> Result<Self, MetricError> {
        let mut matrix = Self::default();
        matrix.grow(classes)?;
        Ok(matrix)
    }

    fn grow(&mut self, classes: usize) -> Result<(), MetricError> {
        if classes > MAX_CLASSES {
            let metric = "confusion_matrix".into();
            let remedy = "take precision and recall, which keep less, or fewer classes";
            return Err(MetricError::TooMany { metric, limit: MAX_CLASSES * MAX_CLASSES, remedy });
        }
        if classes > self.classes {
            let mut counts = vec![0; classes * classes];
            for (row, old) in self.counts.chunks_exact(self.classes.max(1)).enumerate() {
                counts[row * classes..][..self.classes].copy_from_slice(old);
            }
            (self.classes, self.counts) = (classes, counts);
        }
        Ok(())
    }

    /// Counts a sample of a class that was taken for another, or for itself.
    ///
    /// # Errors
    /// If a class is beyond 4096.
    pub fn note(&mut self, label: usize, predicted: usize) -> Result<(), MetricError> {
        self.grow(label.max(predicted).saturating_add(1))?;
        self.counts[label * self.classes + predicted] += 1;
        Ok(())
    }

    /// Adds what another has counted.
    ///
    /// # Errors
    /// None in practice: the other is of a size that is allowed.
    pub fn merge(&mut self, other: &Self) -> Result<(), MetricError> {
        self.grow(other.classes)?;
        for (row, counts) in other.counts.chunks_exact(other.classes.max(1)).enumerate() {
            let own = &mut self.counts[row * self.classes..][..other.classes];
            own.iter_mut().zip(counts).for_each(|(own, count)| *own += count);
        }
        Ok(())
    }

    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// How often samples of a class were taken for another; 0 for classes that there aren't.
    pub fn count(&self, label: usize, predicted: usize) -> u64 {
        let inside = label < self.classes && predicted < self.classes;
        if inside { self.counts[label * self.classes + predicted] } else { 0 }
    }

    /// The rows, one a label.
    pub fn rows(&self) -> impl Iterator<Item = &[u64]> {
        self.counts.chunks_exact(self.classes.max(1))
    }

    /// Samples of each class.
    pub fn support(&self) -> Vec<u64> {
        self.rows().map(|row| row.iter().sum()).collect()
    }

    /// How often each class was predicted.
    pub fn predicted(&self) -> Vec<u64> {
        (0..self.classes).map(|class| self.rows().map(|row| row[class]).sum()).collect()
    }

    /// All samples.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The part of the samples whose class was right; 0 if there is none.
    pub fn accuracy(&self) -> f64 {
        share(self.right(), self.total() as f64)
    }

    fn right(&self) -> f64 {
        (0..self.classes).map(|class| self.count(class, class)).sum::<u64>() as f64
    }

    /// The counts as parts of their row, column or of all, `[label, predicted]` in rows: scikit-learn's `normalize`.
    pub fn shares(&self, of: Normalize) -> Vec<f64> {
        let (support, predicted, total) = (self.support(), self.predicted(), self.total());
        let whole = |label: usize, class: usize| match of {
            Normalize::Labels => support[label],
            Normalize::Predictions => predicted[class],
            Normalize::All => total,
        };
        let classes = self.classes.max(1);
        let part = |(place, count): (usize, &u64)| share(*count as f64, whole(place / classes, place % classes) as f64);
        self.counts.iter().enumerate().map(part).collect()
    }

    /// Cohen's kappa (Cohen 1960, 1968): how far labels and predictions agree beyond chance, at most 1; 0 if nothing was
    /// counted. Equals scikit-learn's `cohen_kappa_score`.
    pub fn cohen_kappa(&self, weights: KappaWeights) -> f64 {
        let (support, predicted, total) = (self.support(), self.predicted(), self.total() as f64);
        let (mut seen, mut expected) = (0.0, 0.0);
        for (label, of_label) in support.iter().enumerate() {
            for (class, of_class) in predicted.iter().enumerate() {
                let apart = label.abs_diff(class) as f64;
                let weight = match weights {
                    KappaWeights::None => f64::from(u8::from(label != class)),
                    KappaWeights::Linear => apart,
                    KappaWeights::Quadratic => apart * apart,
                };
                seen += weight * self.count(label, class) as f64;
                expected += weight * share(*of_label as f64 * *of_class as f64, total);
            }
        }
        if expected == 0.0 { 0.0 } else { 1.0 - seen / expected }
    }

    /// Matthews' correlation coefficient of labels and predictions, in `[-1, 1]`; 0 where it isn't defined. Equals
    /// scikit-learn's `matthews_corrcoef` (Gorodkin 2004).
    pub fn matthews_correlation(&self) -> f64 {
        let total = self.total() as f64;
        let products = |a: &[u64], b: &[u64]| a.iter().zip(b).map(|(a, b)| *a as f64 * *b as f64).sum::<f64>();
        let (support, predicted) = (self.support(), self.predicted());
        let both = self.right() * total - products(&support, &predicted);
        let spread = |counts: &[u64]| total * total - products(counts, counts);
        share(both, (spread(&support) * spread(&predicted)).sqrt())
    }
}

/// What a disagreement of two classes counts in Cohen's kappa.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KappaWeights {
    /// 1.
    #[default]
    None,
    /// The distance of the classes' numbers.
    Linear,
    /// Its square.
    Quadratic,
}

macro_rules! of_matrix {
    ($($(#[$doc:meta])* $name:ident, $text:literal, { $($option:tt)* }, $value:expr;)*) => { $(
        choosing! {
            $(#[$doc])*
            pub struct $name {
                /// The number of classes, if predictions are classes instead of scores; the highest class that occurs
                /// tells it otherwise.
                num_classes: Option<usize> = None,
                $($option)*
            }
        }

        impl MetricSpec for $name {
            type State = ConfusionMatrix;
            const NAME: &'static str = $text;

            fn validate(&self) -> Result<(), MetricError> {
                self.choice().validate(Self::NAME)?;
                match self.num_classes {
                    Some(classes) if classes == 0 || classes > MAX_CLASSES => {
                        let (value, rule) = (classes.to_string(), "it must be from 1 to 4096");
                        Err(MetricError::Option { metric: Self::NAME.into(), option: "num_classes", value, rule })
                    }
                    _ => Ok(()),
                }
            }

            fn check(&self, output: &Signature, targets: TargetKind) -> Result<(), MetricError> {
                choice::check(Self::NAME, output, targets)
            }

            fn update(
                &self,
                state: &mut ConfusionMatrix,
                scores: &Scores<'_>,
                targets: &Targets<'_>,
            ) -> Result<(), MetricError> {
                let classes = classes_of(scores).or(self.num_classes);
                state.grow(classes.unwrap_or(0))?;
                self.choice().each(Self::NAME, scores, targets, |chosen| {
                    let class = chosen.class()?;
                    in_range("label", chosen.label, chosen.place, classes.unwrap_or(MAX_CLASSES))?;
                    in_range("predicted class", class, chosen.place, classes.unwrap_or(MAX_CLASSES))?;
                    state.note(chosen.label, class)
                })
            }

            fn merge(&self, state: &mut ConfusionMatrix, other: &ConfusionMatrix) -> Result<(), MetricError> {
                state.merge(other)
            }

            fn value(&self, state: &ConfusionMatrix) -> f64 {
                let value: fn(&Self, &ConfusionMatrix) -> f64 = $value;
                value(self, state)
            }
        }
    )* };
}

of_matrix! {
    /// The counts of each class taken for each: scikit-learn's `confusion_matrix`. Its one value is the accuracy; the matrix
    /// itself is [`MetricState::confusion`](super::MetricState::confusion).
    Confusion, "confusion_matrix", {}, |_, matrix| matrix.accuracy();
    /// How far labels and predictions agree beyond chance: scikit-learn's `cohen_kappa_score`.
    CohenKappa, "cohen_kappa", {
        /// What a disagreement counts.
        weights: KappaWeights = KappaWeights::None,
    }, |metric, matrix| matrix.cohen_kappa(metric.weights);
    /// The correlation of labels and predictions: scikit-learn's `matthews_corrcoef`.
    MatthewsCorrelation, "matthews_correlation", {}, |_, matrix| matrix.matthews_correlation();
}

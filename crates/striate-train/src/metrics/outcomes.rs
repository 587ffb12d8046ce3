//! What was found, wrongly found and missed of each class, and the measures that follow: precision, recall, F1, IoU, Dice.

use serde::{Deserialize, Serialize};
use striate_layers::Signature;

use super::accuracy::{each_answer, yes_or_no};
use super::batch::check_lengths;
use super::choice::{self, classes_of, in_range, labels};
use super::options::choosing;
use super::spec::share;
use super::{MetricError, MetricSpec, Scores, TargetKind, Targets};

/// The most classes that are counted.
const MAX_CLASSES: usize = 1 << 20;

/// Counts of each class.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Outcomes {
    /// Whether the classes are the answers no and yes to one question.
    pub yes_no: bool,
    /// Samples of the class that were said to be: true positives.
    pub found: Vec<u64>,
    /// Samples of others that were said to be of the class: false positives.
    pub wrong: Vec<u64>,
    /// Samples of the class that were said to be others: false negatives.
    pub missed: Vec<u64>,
}

impl Outcomes {
    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.found.len()
    }

    /// Makes room for that many classes.
    fn grow(&mut self, classes: usize) {
        for counts in [&mut self.found, &mut self.wrong, &mut self.missed] {
            counts.resize(classes.max(counts.len()), 0);
        }
    }

    fn note(&mut self, label: usize, class: usize) {
        self.grow(label.max(class) + 1);
        if label == class {
            self.found[label] += 1;
        } else {
            self.wrong[class] += 1;
            self.missed[label] += 1;
        }
    }

    fn answer(&mut self, column: usize, yes: bool, truth: bool) {
        match (yes, truth) {
            (true, true) => self.found[column] += 1,
            (true, false) => self.wrong[column] += 1,
            (false, true) => self.missed[column] += 1,
            (false, false) => {}
        }
    }

    fn merge(&mut self, other: &Self) {
        self.yes_no |= other.yes_no;
        self.grow(other.classes());
        let into = [&mut self.found, &mut self.wrong, &mut self.missed];
        for (into, from) in into.into_iter().zip([&other.found, &other.wrong, &other.missed]) {
            into.iter_mut().zip(from).for_each(|(into, from)| *into += from);
        }
    }

    /// Samples of each class.
    pub fn support(&self) -> Vec<u64> {
        self.found.iter().zip(&self.missed).map(|(found, missed)| found + missed).collect()
    }

    fn of(&self, class: usize) -> [f64; 3] {
        [&self.found, &self.wrong, &self.missed].map(|counts| counts[class] as f64)
    }

    /// The part of what was said to be of the class that is; `[class]`.
    pub fn precision(&self) -> Vec<f64> {
        self.each(|[found, wrong, _]| share(found, found + wrong))
    }

    /// The part of the class that was found; `[class]`.
    pub fn recall(&self) -> Vec<f64> {
        self.each(|[found, _, missed]| share(found, found + missed))
    }

    /// The harmonic mean of the two, which is Dice's coefficient; `[class]`.
    pub fn f1(&self) -> Vec<f64> {
        self.each(|[found, wrong, missed]| share(2.0 * found, 2.0 * found + wrong + missed))
    }

    /// Jaccard's index, intersection over union; `[class]`.
    pub fn iou(&self) -> Vec<f64> {
        self.each(|[found, wrong, missed]| share(found, found + wrong + missed))
    }

    fn each(&self, measure: impl Fn([f64; 3]) -> f64) -> Vec<f64> {
        (0..self.classes()).map(|class| measure(self.of(class))).collect()
    }

    /// One number of all classes. Classes below `first` don't count.
    fn average(
        &self,
        measure: fn([f64; 3]) -> f64,
        occurs: fn([f64; 3]) -> bool,
        average: Average,
        absent: Absent,
        first: usize,
    ) -> f64 {
        let classes = first..self.classes();
        let weight = |class: &usize| -> f64 {
            let counts = self.of(*class);
            match (average, absent) {
                (Average::Weighted, _) => counts[0] + counts[2],
                (_, Absent::Skip) if !occurs(counts) => 0.0,
                _ => 1.0,
            }
        };
        match average {
            Average::Auto if self.yes_no && self.classes() == 2 => measure(self.of(1)),
            Average::Micro => measure(
                classes
                    .map(|class| self.of(class))
                    .fold([0.0; 3], |sum, now| std::array::from_fn(|part| sum[part] + now[part])),
            ),
            _ => {
                let weights: f64 = classes.clone().map(|class| weight(&class)).sum();
                let sum: f64 = classes.map(|class| weight(&class) * measure(self.of(class))).sum();
                share(sum, weights)
            }
        }
    }
}

/// How the values of classes become one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Average {
    /// Of one question with yes and no the value of yes (scikit-learn's `binary`), else [`Macro`](Self::Macro).
    #[default]
    Auto,
    /// The mean over the classes.
    Macro,
    /// The value of all classes' counts together.
    Micro,
    /// The mean over the classes, each by how many samples it has.
    Weighted,
    /// The mean as [`Macro`](Self::Macro), and the value of each class beside it: scikit-learn's `None`.
    #[serde(alias = "none")]
    PerClass,
}

/// What a class counts in a mean that no sample has and none was given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Absent {
    /// Its value, 0: scikit-learn told of all `labels`, Keras's `F1Score`.
    #[default]
    Zero,
    /// Nothing: torchmetrics, scikit-learn not told of `labels`, Keras's `MeanIoU`.
    Skip,
}

/// The name of each class's value beside the mean.
fn per_class(name: &str, value: f64, classes: impl Iterator<Item = (usize, f64)>) -> Vec<(String, f64)> {
    let classes = classes.map(|(class, value)| (format!("{name}_{class}"), value));
    std::iter::once((name.into(), value)).chain(classes).collect()
}

fn prepare(metric: &str, state: &mut Outcomes, scores: &Scores<'_>, columns: bool) -> Result<usize, MetricError> {
    let classes = match scores {
        Scores::Rows { shape, .. } if columns => Some(shape.get(1).copied().unwrap_or(1)),
        _ => classes_of(scores),
    };
    let Some(classes) = classes else { return Ok(MAX_CLASSES) };
    if classes > MAX_CLASSES {
        let remedy = "so many classes aren't counted";
        return Err(MetricError::TooMany { metric: metric.into(), limit: MAX_CLASSES, remedy });
    }
    if state.classes() > classes {
        let reason = format!("a batch has {classes} classes after one with {}", state.classes());
        return Err(MetricError::Mismatch { metric: metric.into(), reason });
    }
    state.yes_no =
        !columns && matches!(scores, Scores::Rows { shape, .. } if shape.get(1).is_none_or(|side| *side == 1));
    state.grow(classes);
    Ok(classes)
}

/// Counts one class a place.
fn choose(
    metric: &str,
    choice: &super::Choice,
    num_classes: Option<usize>,
    state: &mut Outcomes,
    scores: &Scores<'_>,
    targets: &Targets<'_>,
) -> Result<(), MetricError> {
    let known = prepare(metric, state, scores, false)?.min(num_classes.unwrap_or(MAX_CLASSES));
    state.grow(num_classes.unwrap_or(0));
    choice.each(metric, scores, targets, |chosen| {
        let class = chosen.class()?;
        in_range("label", chosen.label, chosen.place, known)?;
        in_range("predicted class", class, chosen.place, known)?;
        state.note(chosen.label, class);
        Ok(())
    })
}

fn check_classes(metric: &str, num_classes: Option<usize>) -> Result<(), MetricError> {
    match num_classes {
        Some(classes) if classes == 0 || classes > MAX_CLASSES => {
            let (value, rule) = (classes.to_string(), "it must be from 1 to 1048576");
            Err(MetricError::Option { metric: metric.into(), option: "num_classes", value, rule })
        }
        _ => Ok(()),
    }
}

/// Whether a class occurs, among labels or predictions.
fn anywhere(counts: [f64; 3]) -> bool {
    counts.iter().sum::<f64>() > 0.0
}

macro_rules! of_found {
    ($($(#[$doc:meta])* $name:ident, $text:literal, $each:ident, $measure:expr;)*) => { $(
        choosing! {
            $(#[$doc])*
            pub struct $name {
                /// How the values of classes become one.
                average: Average = Average::Auto,
                /// What classes count that don't occur.
                absent: Absent = Absent::Zero,
                /// Whether each column is a question of its own, answered by the threshold, not one of several classes.
                multi_label: bool = false,
                /// Takes the `k` highest scores of a row as its answer, instead of the highest or those over the threshold.
                top_k: Option<usize> = None,
                /// The number of classes, if predictions are classes instead of scores.
                num_classes: Option<usize> = None,
            }
        }

        impl MetricSpec for $name {
            type State = Outcomes;
            const NAME: &'static str = $text;

            fn validate(&self) -> Result<(), MetricError> {
                self.choice().validate(Self::NAME)?;
                check_classes(Self::NAME, self.num_classes)?;
                match self.top_k {
                    Some(0) => {
                        let (value, rule) = ("0".into(), "it must be at least 1");
                        Err(MetricError::Option { metric: Self::NAME.into(), option: "top_k", value, rule })
                    }
                    _ => Ok(()),
                }
            }

            fn check(&self, output: &Signature, targets: TargetKind) -> Result<(), MetricError> {
                match self.multi_label {
                    true => yes_or_no(Self::NAME, output, targets),
                    false => choice::check(Self::NAME, output, targets),
                }
            }

            fn update(
                &self,
                state: &mut Outcomes,
                scores: &Scores<'_>,
                targets: &Targets<'_>,
            ) -> Result<(), MetricError> {
                let choice = self.choice();
                if let Some(k) = self.top_k {
                    return highest(Self::NAME, &choice, k, self.multi_label, state, scores, targets);
                }
                if self.multi_label {
                    prepare(Self::NAME, state, scores, true)?;
                    return each_answer(Self::NAME, &choice, scores, targets, |column, yes, truth| {
                        state.answer(column, yes, truth);
                    });
                }
                choose(Self::NAME, &choice, self.num_classes, state, scores, targets)
            }

            fn merge(&self, state: &mut Outcomes, other: &Outcomes) -> Result<(), MetricError> {
                state.merge(other);
                Ok(())
            }

            fn value(&self, state: &Outcomes) -> f64 {
                state.average($measure, anywhere, self.average, self.absent, 0)
            }

            fn values(&self, state: &Outcomes) -> Vec<(String, f64)> {
                let value = self.value(state);
                let classes = if self.average == Average::PerClass { state.$each() } else { Vec::new() };
                per_class(Self::NAME, value, classes.into_iter().enumerate())
            }
        }
    )* };
}

of_found! {
    /// The part of what was said to be of a class that is: scikit-learn's `precision_score`, Keras's `Precision`.
    Precision, "precision", precision, |[found, wrong, _]| share(found, found + wrong);
    /// The part of a class that was found: scikit-learn's `recall_score`, Keras's `Recall`.
    Recall, "recall", recall, |[found, _, missed]| share(found, found + missed);
    /// The harmonic mean of precision and recall: scikit-learn's `f1_score`, Keras's `F1Score`.
    F1, "f1", f1, |[found, wrong, missed]| share(2.0 * found, 2.0 * found + wrong + missed);
}

/// Counts the `k` highest scores of a row as yes, as Keras does with `top_k`; ties go to the first columns.
fn highest(
    metric: &str,
    choice: &super::Choice,
    k: usize,
    multi_label: bool,
    state: &mut Outcomes,
    scores: &Scores<'_>,
    targets: &Targets<'_>,
) -> Result<(), MetricError> {
    prepare(metric, state, scores, true)?;
    let rows = scores.numbers(metric, choice::CLASSES)?;
    let label = if multi_label { None } else { Some(labels(metric, &rows, targets)?) };
    let truths = if multi_label { targets.beside(&rows, metric)? } else { &[] };
    let mut order = Vec::new();
    let mut yes = Vec::new();
    for place in 0..rows.labels() {
        if let Some(label) = &label {
            if !choice.counts(label(place)) {
                continue;
            }
            in_range("label", label(place), place, rows.columns)?;
        }
        let here: Vec<f32> = rows.at(rows.values, place).collect();
        order.clear();
        order.extend((0..here.len()).filter(|&column| !here[column].is_nan()));
        order.sort_by(|&a, &b| here[b].total_cmp(&here[a]));
        yes.clear();
        yes.resize(here.len(), false);
        order.iter().take(k).for_each(|&column| yes[column] = true);
        match &label {
            Some(label) => (0..here.len()).for_each(|column| state.answer(column, yes[column], column == label(place))),
            None => {
                let truths = rows.at(truths, place).enumerate();
                truths.for_each(|(column, truth)| state.answer(column, yes[column], truth > 0.5));
            }
        }
    }
    Ok(())
}

macro_rules! of_masks {
    ($($(#[$doc:meta])* $name:ident, $text:literal, $absent:ident, $each:ident, $measure:expr, $occurs:expr;)*) => { $(
        choosing! {
            $(#[$doc])*
            pub struct $name {
                /// The number of classes, if predictions are classes instead of scores; the highest class that occurs
                /// tells it otherwise.
                num_classes: Option<usize> = None,
                /// Whether class 0, the ground, counts in the mean.
                include_background: bool = true,
                /// What classes count that don't occur.
                absent: Absent = Absent::$absent,
                /// Whether the value of each class that counts in the mean is given beside it.
                per_class: bool = false,
            }
        }

        impl MetricSpec for $name {
            type State = Outcomes;
            const NAME: &'static str = $text;

            fn validate(&self) -> Result<(), MetricError> {
                self.choice().validate(Self::NAME)?;
                check_classes(Self::NAME, self.num_classes)
            }

            fn check(&self, output: &Signature, targets: TargetKind) -> Result<(), MetricError> {
                choice::check(Self::NAME, output, targets)
            }

            fn update(
                &self,
                state: &mut Outcomes,
                scores: &Scores<'_>,
                targets: &Targets<'_>,
            ) -> Result<(), MetricError> {
                choose(Self::NAME, &self.choice(), self.num_classes, state, scores, targets)
            }

            fn merge(&self, state: &mut Outcomes, other: &Outcomes) -> Result<(), MetricError> {
                state.merge(other);
                Ok(())
            }

            fn value(&self, state: &Outcomes) -> f64 {
                let first = usize::from(!self.include_background);
                state.average($measure, $occurs, Average::Macro, self.absent, first)
            }

            fn values(&self, state: &Outcomes) -> Vec<(String, f64)> {
                let counts = |class: usize| match self.absent {
                    Absent::Zero => true,
                    Absent::Skip => ($occurs as fn([f64; 3]) -> bool)(state.of(class)),
                };
                let first = usize::from(!self.include_background);
                let classes = if self.per_class { state.$each() } else { Vec::new() };
                let classes = classes.into_iter().enumerate().skip(first).filter(|(class, _)| counts(*class));
                per_class(Self::NAME, self.value(state), classes)
            }
        }
    )* };
}

of_masks! {
    /// The mean over the classes of intersection over union: Keras's `MeanIoU`. Classes that don't occur don't count.
    MeanIou, "mean_iou", Skip, iou, |[found, wrong, missed]| share(found, found + wrong + missed), anywhere;
    /// The mean over the classes of Dice's coefficient, twice the intersection over the sum of both. Classes that don't occur
    /// don't count.
    DiceScore, "dice", Skip, f1, |[found, wrong, missed]| share(2.0 * found, 2.0 * found + wrong + missed), anywhere;
    /// The mean over the classes of the part that was found: scikit-learn's `balanced_accuracy_score`, the mean accuracy of
    /// Long et al. 2015. Classes without a sample don't count.
    MeanClassAccuracy, "mean_class_accuracy", Skip, recall, |[found, _, missed]| share(found, found + missed),
        |[found, _, missed]| found + missed > 0.0;
}

/// The classes of two lists, counted.
///
/// # Errors
/// If the lists differ in length, or a class is not below `classes`.
pub(super) fn count(labels: &[usize], chosen: &[usize], classes: usize) -> Result<Outcomes, MetricError> {
    check_lengths("predicted classes", chosen.len(), labels.len())?;
    let mut outcomes = Outcomes::default();
    outcomes.grow(classes.min(MAX_CLASSES));
    for (place, (&label, &class)) in labels.iter().zip(chosen).enumerate() {
        in_range("label", label, place, classes.min(MAX_CLASSES))?;
        in_range("predicted class", class, place, classes.min(MAX_CLASSES))?;
        outcomes.note(label, class);
    }
    Ok(outcomes)
}

impl Outcomes {
    /// Counts labels and chosen classes, all below `classes`.
    ///
    /// # Errors
    /// If the lists differ in length, or a class is not below `classes`.
    pub fn of_classes(labels: &[usize], chosen: &[usize], classes: usize) -> Result<Self, MetricError> {
        count(labels, chosen, classes)
    }
}

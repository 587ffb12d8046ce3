//! Areas under curves, streaming: of all scores, or of scores that are counted in bins.

use serde::{Deserialize, Serialize};
use striate_layers::Signature;

use super::batch::Rows;
use super::choice::{self, in_range, labels, sigmoid};
use super::curves::{Points, PrRule};
use super::spec::share;
use super::{Average, MetricError, MetricSpec, Scores, TargetKind, Targets};

/// How classes are held against each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MultiClass {
    /// Each against all others.
    #[default]
    OneVsRest,
    /// Each against each (Hand & Till 2001).
    OneVsOne,
}

/// What is seen of the scores.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Ranking {
    /// Scores of a row: one for each class, or for each question.
    columns: usize,
    /// Whether each score has its own label.
    questions: bool,
    /// All scores in rows; empty if they are counted in bins.
    scores: Vec<f32>,
    /// The class of each row, or 0 or 1 for each score.
    labels: Vec<u32>,
    /// Right ones, `[column, bin]`, by rising score.
    right: Vec<u64>,
    /// Wrong ones, `[column, bin]`.
    wrong: Vec<u64>,
}

/// What both areas take.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Options {
    bins: Option<usize>,
    max_kept: usize,
    from_logits: bool,
    multi_label: bool,
    ignore_index: Option<usize>,
}

/// The scores between which bins change: `-1e-7`, `1 / (n - 1)`, …, `1 + 1e-7`, as Keras's `AUC` has them.
fn thresholds(bins: usize) -> impl Fn(usize) -> f32 {
    move |at| match at {
        0 => -1e-7,
        last if last == bins - 1 => 1.0 + 1e-7,
        at => (at as f64 / (bins - 1) as f64) as f32,
    }
}

impl Ranking {
    fn update(
        &mut self,
        metric: &'static str,
        options: Options,
        scores: &Scores<'_>,
        targets: &Targets<'_>,
    ) -> Result<(), MetricError> {
        let rows = scores.numbers(metric, choice::CLASSES)?;
        let questions = options.multi_label || rows.yes_no();
        self.begin(metric, options, &rows, questions)?;
        let truths = match questions && matches!(targets, Targets::Rows(_)) {
            true => Some(targets.beside(&rows, metric)?),
            false => None,
        };
        let labels = match truths {
            Some(_) => None,
            None => Some(labels(metric, &rows, targets)?),
        };
        if questions && !rows.yes_no() && truths.is_none() {
            let wanted = "rows of yes and no";
            return Err(MetricError::Targets { metric: metric.into(), got: targets.kind(), wanted });
        }
        for place in 0..rows.labels() {
            let label = labels.as_ref().map(|label| label(place));
            if label.is_some() && label == options.ignore_index {
                continue;
            }
            if let Some(label) = label {
                in_range("label", label, place, rows.columns.max(2))?;
            }
            for (column, score) in rows.at(rows.values, place).enumerate() {
                let score = if options.from_logits { sigmoid(score) } else { score };
                // -0 and 0 are one threshold.
                let score = score + 0.0;
                if score.is_nan() || options.bins.is_some() && !(0.0..=1.0).contains(&score) {
                    let rule = match options.bins {
                        Some(_) => "with bins it must be in [0, 1]; logits need `from_logits`",
                        None => "it must be a number",
                    };
                    return Err(MetricError::Score { place, score, rule });
                }
                let truth = match (truths, label) {
                    (Some(truths), _) => rows.at(truths, place).nth(column).unwrap_or(0.0) > 0.5,
                    (None, Some(label)) => questions && label == 1 || !questions && label == column,
                    (None, None) => false,
                };
                match options.bins {
                    Some(bins) => {
                        let threshold = thresholds(bins);
                        let bin = partition(bins, |at| score > threshold(at));
                        let counts = if truth { &mut self.right } else { &mut self.wrong };
                        counts[column * (bins + 1) + bin] += 1;
                    }
                    None => {
                        self.scores.push(score);
                        if questions {
                            self.labels.push(u32::from(truth));
                        }
                    }
                }
            }
            if let (Some(label), false, None) = (label, questions, options.bins) {
                self.labels.push(label as u32);
            }
        }
        Ok(())
    }

    fn begin(
        &mut self,
        metric: &'static str,
        options: Options,
        rows: &Rows<'_>,
        questions: bool,
    ) -> Result<(), MetricError> {
        if self.columns == 0 {
            (self.columns, self.questions) = (rows.columns, questions);
        }
        if (self.columns, self.questions) != (rows.columns, questions) {
            let reason = format!("rows of {} scores came after such of {}", rows.columns, self.columns);
            return Err(MetricError::Mismatch { metric: metric.into(), reason });
        }
        let too_many = |limit, remedy| Err(MetricError::TooMany { metric: metric.into(), limit, remedy });
        match options.bins {
            None if self.scores.len() + rows.values.len() > options.max_kept => {
                too_many(options.max_kept, "count scores in `bins`, or allow more by `max_kept`")
            }
            None => Ok(()),
            Some(bins) if rows.columns.saturating_mul(bins + 1) > options.max_kept => {
                too_many(options.max_kept, "take fewer `bins`, or allow more by `max_kept`")
            }
            Some(bins) => {
                self.right.resize(rows.columns * (bins + 1), 0);
                self.wrong.resize(rows.columns * (bins + 1), 0);
                Ok(())
            }
        }
    }

    fn merge(&mut self, metric: &'static str, max_kept: usize, other: &Self) -> Result<(), MetricError> {
        if other.columns == 0 {
            return Ok(());
        }
        if self.columns == 0 {
            *self = other.clone();
            return Ok(());
        }
        let same =
            (self.columns, self.questions, self.right.len()) == (other.columns, other.questions, other.right.len());
        if !same {
            let reason = format!("rows of {} and {} scores can't be merged", self.columns, other.columns);
            return Err(MetricError::Mismatch { metric: metric.into(), reason });
        }
        if self.scores.len() + other.scores.len() > max_kept {
            let remedy = "count scores in `bins`, or allow more by `max_kept`";
            return Err(MetricError::TooMany { metric: metric.into(), limit: max_kept, remedy });
        }
        self.scores.extend(&other.scores);
        self.labels.extend(&other.labels);
        for (own, other) in [(&mut self.right, &other.right), (&mut self.wrong, &other.wrong)] {
            own.iter_mut().zip(other).for_each(|(own, other)| *own += other);
        }
        Ok(())
    }

    /// The points of one column, or of all as if they were one.
    fn points(&self, column: Option<usize>) -> Points {
        if !self.right.is_empty() {
            return self.binned(column);
        }
        let mut scores: Vec<_> = (0..self.scores.len())
            .filter(|at| column.is_none_or(|column| at % self.columns == column))
            .map(|at| (self.scores[at], self.truth(at)))
            .collect();
        Points::of(&mut scores)
    }

    fn truth(&self, at: usize) -> bool {
        match self.questions {
            true => self.labels[at] == 1,
            false => self.labels[at / self.columns] as usize == at % self.columns,
        }
    }

    fn binned(&self, column: Option<usize>) -> Points {
        let bins = self.right.len() / self.columns;
        let of = |counts: &[u64], bin: usize| -> f64 {
            let columns = counts.chunks_exact(bins).enumerate();
            columns
                .filter(|(at, _)| column.is_none_or(|column| column == *at))
                .map(|(_, counts)| counts[bin] as f64)
                .sum()
        };
        let mut points = Points::default();
        let (mut found, mut wrong) = (0.0, 0.0);
        for bin in (0..bins).rev() {
            found += of(&self.right, bin);
            wrong += of(&self.wrong, bin);
            points.found.push(found);
            points.wrong.push(wrong);
        }
        points
    }

    /// The area of each class, or none where one side is missing; and how many are of the class.
    fn areas(&self, area: impl Fn(&Points) -> f64, needs_negatives: bool) -> Vec<(Option<f64>, f64)> {
        let of = |column| {
            let points = self.points(Some(column));
            let defined = points.positives() > 0.0 && !(needs_negatives && points.negatives() == 0.0);
            (defined.then(|| area(&points)), points.positives())
        };
        (0..self.columns).map(of).collect()
    }

    fn average(&self, area: impl Fn(&Points) -> f64, needs_negatives: bool, average: Average) -> f64 {
        if average == Average::Micro {
            return area(&self.points(None));
        }
        let weight = |positives: f64| if average == Average::Weighted { positives } else { 1.0 };
        let areas = self.areas(area, needs_negatives);
        let defined = || areas.iter().filter_map(|(area, positives)| area.map(|area| (area, weight(*positives))));
        share(defined().map(|(area, weight)| area * weight).sum(), defined().map(|(_, weight)| weight).sum())
    }

    /// Hand & Till 2001: the mean over all pairs of classes that occur; by how many they are, if `weighted`.
    fn one_vs_one(&self, weighted: bool) -> f64 {
        let support: Vec<f64> = (0..self.columns)
            .map(|class| self.labels.iter().filter(|label| **label as usize == class).count() as f64)
            .collect();
        let between = |class: usize, other: usize| {
            let rows = self.scores.chunks_exact(self.columns).zip(&self.labels);
            let both = rows.filter(|(_, label)| [class, other].contains(&(**label as usize)));
            let mut scores: Vec<_> = both.map(|(row, label)| (row[class], *label as usize == class)).collect();
            Points::of(&mut scores).roc_area()
        };
        let (mut sum, mut weights) = (0.0, 0.0);
        for a in (0..self.columns).filter(|&class| support[class] > 0.0) {
            for b in (a + 1..self.columns).filter(|&class| support[class] > 0.0) {
                let weight = if weighted { support[a] + support[b] } else { 1.0 };
                sum += weight * (between(a, b) + between(b, a)) / 2.0;
                weights += weight;
            }
        }
        share(sum, weights)
    }

    fn values(&self, name: &str, value: f64, areas: Vec<(Option<f64>, f64)>) -> Vec<(String, f64)> {
        let classes = areas.into_iter().enumerate();
        let classes = classes.filter_map(|(class, (area, _))| area.map(|area| (format!("{name}_{class}"), area)));
        std::iter::once((name.into(), value)).chain(classes).collect()
    }
}

/// The number of the first `count` places for which `holds`, which holds up to some place.
fn partition(count: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low.midpoint(high);
        if holds(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

macro_rules! areas {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty = $default:expr,)* })*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
            /// How the areas of classes become one. Classes that don't occur don't count.
            pub average: Average,
            /// Whether each column is a question of its own, not one of several classes.
            pub multi_label: bool,
            /// Counts scores in so many bins instead of keeping them all, at least 2: Keras's `num_thresholds`, 200 there.
            /// Scores are in `[0, 1]` then.
            pub bins: Option<usize>,
            /// The most numbers that are kept, 16 million (64 MB) unless given.
            pub max_kept: usize,
            /// Whether scores are logits, of which the sigmoid is taken; matters to bins alone.
            pub from_logits: bool,
            /// A label that doesn't count.
            pub ignore_index: Option<usize>,
        }

        impl Default for $name {
            fn default() -> Self {
                Self {
                    $($field: $default,)*
                    average: Average::Auto,
                    multi_label: false,
                    bins: None,
                    max_kept: 16_000_000,
                    from_logits: false,
                    ignore_index: None,
                }
            }
        }

        impl $name {
            fn options(&self) -> Options {
                let Self { bins, max_kept, from_logits, multi_label, ignore_index, .. } = *self;
                Options { bins, max_kept, from_logits, multi_label, ignore_index }
            }
        }
    )* };
}

areas! {
    /// The area under the ROC curve: scikit-learn's `roc_auc_score`; with bins Keras's `AUC`.
    RocAuc {
        /// How classes are held against each other.
        multi_class: MultiClass = MultiClass::OneVsRest,
    }
    /// The area under precision over recall.
    PrAuc {
        /// How precision is taken between two thresholds.
        rule: PrRule = PrRule::Trapezoid,
    }
    /// Average precision, the area under the steps of precision over recall: scikit-learn's `average_precision_score`.
    AveragePrecision {}
}

impl RocAuc {
    fn one_vs_one(&self, state: &Ranking) -> bool {
        self.multi_class == MultiClass::OneVsOne && !state.questions
    }
}

macro_rules! area_spec {
    ($($name:ident, $text:literal, $negatives:literal, |$metric:ident| $area:expr, $also:expr, $value:expr;)*) => { $(
        impl MetricSpec for $name {
            type State = Ranking;
            const NAME: &'static str = $text;

            fn validate(&self) -> Result<(), MetricError> {
                if matches!(self.bins, Some(bins) if !(2..=1 << 20).contains(&bins)) {
                    let value = self.bins.map(|bins| bins.to_string()).unwrap_or_default();
                    let (metric, rule) = (Self::NAME.into(), "it must be from 2 to 1048576");
                    return Err(MetricError::Option { metric, option: "bins", value, rule });
                }
                let also: fn(&Self) -> Result<(), MetricError> = $also;
                also(self)
            }

            fn check(&self, output: &Signature, targets: TargetKind) -> Result<(), MetricError> {
                match self.multi_label {
                    true => super::accuracy::yes_or_no(Self::NAME, output, targets),
                    false => choice::check(Self::NAME, output, targets),
                }
            }

            fn update(&self, state: &mut Ranking, scores: &Scores<'_>, targets: &Targets<'_>) -> Result<(), MetricError> {
                state.update(Self::NAME, self.options(), scores, targets)
            }

            fn merge(&self, state: &mut Ranking, other: &Ranking) -> Result<(), MetricError> {
                state.merge(Self::NAME, self.max_kept, other)
            }

            fn value(&self, state: &Ranking) -> f64 {
                let value: fn(&Self, &Ranking) -> Option<f64> = $value;
                let $metric = self;
                value(self, state).unwrap_or_else(|| state.average($area, $negatives, self.average))
            }

            fn values(&self, state: &Ranking) -> Vec<(String, f64)> {
                let $metric = self;
                let each = self.average == Average::PerClass && !state.questions | self.multi_label;
                let areas = if each { state.areas($area, $negatives) } else { Vec::new() };
                state.values(Self::NAME, self.value(state), areas)
            }
        }
    )* };
}

area_spec! {
    RocAuc, "roc_auc", true, |_metric| Points::roc_area,
        |metric| match (metric.multi_class, metric.average, metric.bins) {
            (MultiClass::OneVsRest, ..) | (MultiClass::OneVsOne, Average::Auto | Average::Macro | Average::Weighted, None) => {
                Ok(())
            }
            _ => {
                let (value, rule) = ("one_vs_one".into(), "it takes average macro or weighted, and no bins");
                Err(MetricError::Option { metric: "roc_auc".into(), option: "multi_class", value, rule })
            }
        },
        |metric, state| metric.one_vs_one(state).then(|| state.one_vs_one(metric.average == Average::Weighted));
    PrAuc, "pr_auc", false, |metric| |points: &Points| points.precision_recall_area(metric.rule), |_| Ok(()), |_, _| None;
    AveragePrecision, "average_precision", false, |_metric| |points: &Points| points.precision_recall_area(PrRule::Step),
        |_| Ok(()), |_, _| None;
}

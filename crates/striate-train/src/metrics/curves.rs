//! Curves over all thresholds, and the areas under them.

use serde::{Deserialize, Serialize};

use super::spec::share;

/// Right and wrong answers if every score from a threshold on means yes, by falling thresholds; the first point is before any.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Points {
    /// Yes that is right.
    pub(super) found: Vec<f64>,
    /// Yes that is wrong.
    pub(super) wrong: Vec<f64>,
    /// The thresholds, the first infinite.
    pub(super) thresholds: Vec<f32>,
}

impl Points {
    /// Of scores with their truths; equal scores are one point. No score is NaN.
    pub(super) fn of(scores: &mut [(f32, bool)]) -> Self {
        scores.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut points = Self { found: vec![0.0], wrong: vec![0.0], thresholds: vec![f32::INFINITY] };
        let (mut found, mut wrong) = (0.0, 0.0);
        for (place, &(score, truth)) in scores.iter().enumerate() {
            if truth {
                found += 1.0
            } else {
                wrong += 1.0
            }
            if scores.get(place + 1).is_none_or(|next| next.0 != score) {
                points.found.push(found);
                points.wrong.push(wrong);
                points.thresholds.push(score);
            }
        }
        points
    }

    pub(super) fn positives(&self) -> f64 {
        self.found.last().copied().unwrap_or(0.0)
    }

    pub(super) fn negatives(&self) -> f64 {
        self.wrong.last().copied().unwrap_or(0.0)
    }

    /// The area under the rate of right answers over that of wrong ones, by trapezoids.
    pub(super) fn roc_area(&self) -> f64 {
        let (positives, negatives) = (self.positives(), self.negatives());
        let sides = self.found.windows(2).zip(self.wrong.windows(2));
        let area: f64 = sides.map(|(found, wrong)| (wrong[1] - wrong[0]) * (found[0] + found[1]) / 2.0).sum();
        share(area, positives * negatives)
    }

    /// The area under precision over recall.
    pub(super) fn precision_recall_area(&self, rule: PrRule) -> f64 {
        let positives = self.positives();
        let precision = |at: usize| share(self.found[at], self.found[at] + self.wrong[at]);
        let part = |at: usize| {
            let gained = self.found[at] - self.found[at - 1];
            match rule {
                PrRule::Step => gained * precision(at),
                // The curve begins at a precision of 1.
                PrRule::Trapezoid => {
                    let before = self.found[at - 1] + self.wrong[at - 1];
                    let before = if before == 0.0 { 1.0 } else { precision(at - 1) };
                    gained * (precision(at) + before) / 2.0
                }
                PrRule::Interpolated => {
                    let yes = |at: usize| self.found[at] + self.wrong[at];
                    let slope = share(gained, (yes(at) - yes(at - 1)).max(0.0));
                    let intercept = self.found[at - 1] - slope * yes(at - 1);
                    let ratio = if yes(at) > 0.0 && yes(at - 1) > 0.0 { yes(at) / yes(at - 1) } else { 1.0 };
                    slope * (gained + intercept * ratio.ln())
                }
            }
        };
        share((1..self.found.len()).map(part).sum(), positives)
    }
}

/// How precision is taken between two thresholds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrRule {
    /// That of the lower one: average precision, scikit-learn's `average_precision_score`.
    Step,
    /// On a line between both: scikit-learn's `auc` of its `precision_recall_curve`. It is too kind to the network.
    Trapezoid,
    /// As the counts between both make it (Davis & Goadrich 2006): Keras's `AUC(curve="PR")`.
    Interpolated,
}

/// A curve over falling thresholds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RocCurve {
    /// The part of the wrong things that are said to be right, in `[0, 1]`.
    pub false_positive_rate: Vec<f64>,
    /// The part of the right things that are found, in `[0, 1]`.
    pub true_positive_rate: Vec<f64>,
    /// The scores from which on a thing is said to be right; the first is infinite.
    pub thresholds: Vec<f32>,
}

/// The ROC curve of scores with their truths: scikit-learn's `roc_curve`. Scores that are NaN are left out.
///
/// `drop_intermediate` leaves out points that lie on a line between their neighbours. Rates of nothing are 0.
pub fn roc_curve(scores: impl IntoIterator<Item = (f32, bool)>, drop_intermediate: bool) -> RocCurve {
    let points = points(scores);
    let kept = |at: &usize| {
        // scikit-learn puts the point before any threshold there when the others are chosen.
        let inner = *at > 1 && *at + 1 < points.found.len();
        let bends = |of: &[f64]| of[at - 1] - 2.0 * of[*at] + of[at + 1] != 0.0;
        !(drop_intermediate && inner) || bends(&points.found) || bends(&points.wrong)
    };
    let places: Vec<_> = (0..points.found.len()).filter(kept).collect();
    let rates = |of: &[f64], whole: f64| places.iter().map(|&at| share(of[at], whole)).collect();
    RocCurve {
        false_positive_rate: rates(&points.wrong, points.negatives()),
        true_positive_rate: rates(&points.found, points.positives()),
        thresholds: places.iter().map(|&at| points.thresholds[at]).collect(),
    }
}

/// A curve over rising thresholds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PrecisionRecallCurve {
    /// The part of what is said to be right that is; the last is 1, without a threshold.
    pub precision: Vec<f64>,
    /// The part of the right things that are found; the last is 0.
    pub recall: Vec<f64>,
    /// The scores from which on a thing is said to be right.
    pub thresholds: Vec<f32>,
}

/// Precision over recall of scores with their truths: scikit-learn's `precision_recall_curve`. Scores that are NaN are left
/// out.
pub fn precision_recall_curve(scores: impl IntoIterator<Item = (f32, bool)>) -> PrecisionRecallCurve {
    let points = points(scores);
    let falling = (1..points.found.len()).rev();
    let precision = |at: usize| share(points.found[at], points.found[at] + points.wrong[at]);
    let recall = |at: usize| share(points.found[at], points.positives());
    PrecisionRecallCurve {
        precision: falling.clone().map(precision).chain([1.0]).collect(),
        recall: falling.clone().map(recall).chain([0.0]).collect(),
        thresholds: falling.map(|at| points.thresholds[at]).collect(),
    }
}

fn points(scores: impl IntoIterator<Item = (f32, bool)>) -> Points {
    let mut scores: Vec<_> = scores.into_iter().filter(|(score, _)| !score.is_nan()).collect();
    // -0 and 0 are one threshold.
    scores.iter_mut().for_each(|(score, _)| *score += 0.0);
    Points::of(&mut scores)
}

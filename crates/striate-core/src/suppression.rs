//! Non-maximum suppression: of boxes around the same thing the best is kept.
//!
//! Boxes are left, upper, right and lower edge in any one unit. A box whose score is NaN is left out; one with a NaN edge
//! overlaps no other. Of equal scores the box that comes first counts as the better one.

use serde::{Deserialize, Serialize};

use crate::overlap::iou;

/// The boxes that are kept, by descending score: a box goes if its IoU with a better one that is kept is over the
/// threshold. Equals torchvision's `nms`.
///
/// Takes time as `n log n + kept * n`.
///
/// ```
/// use striate_core::suppression::nms;
///
/// let boxes = [[0.0, 0.0, 10.0, 10.0], [1.0, 0.0, 11.0, 10.0], [20.0, 0.0, 30.0, 10.0]];
/// assert_eq!(nms(&boxes, &[0.6, 0.9, 0.8], 0.5), [1, 2]);
/// ```
///
/// # Panics
/// If there isn't one score for each box.
pub fn nms(boxes: &[[f32; 4]], scores: &[f32], iou_threshold: f64) -> Vec<usize> {
    greedy(boxes, scores, iou_threshold, |_, _| true)
}

/// [`nms`] within each class: boxes of different classes don't suppress each other. The kept boxes of all classes, by
/// descending score. Equals torchvision's `batched_nms`; `classes` may be any numbers, such as those of levels or pictures.
///
/// # Panics
/// If there isn't one score and one class for each box.
pub fn batched_nms(boxes: &[[f32; 4]], scores: &[f32], classes: &[usize], iou_threshold: f64) -> Vec<usize> {
    assert_eq!(boxes.len(), classes.len(), "one class for each box");
    greedy(boxes, scores, iou_threshold, |a, b| classes[a] == classes[b])
}

fn greedy(boxes: &[[f32; 4]], scores: &[f32], iou_threshold: f64, rivals: impl Fn(usize, usize) -> bool) -> Vec<usize> {
    let mut left = by_score(boxes, scores);
    let mut kept = Vec::new();
    while let Some(&best) = left.first() {
        kept.push(best);
        left.remove(0);
        left.retain(|&other| !(rivals(best, other) && f64::from(iou(boxes[best], boxes[other])) > iou_threshold));
    }
    kept
}

/// The boxes whose score is a number, best first.
fn by_score(boxes: &[[f32; 4]], scores: &[f32]) -> Vec<usize> {
    assert_eq!(boxes.len(), scores.len(), "one score for each box");
    let mut order: Vec<_> = (0..boxes.len()).filter(|&index| !scores[index].is_nan()).collect();
    // Not `total_cmp`: -0 and 0 are equals.
    order.sort_by(|&a, &b| scores[b].partial_cmp(&scores[a]).unwrap_or(std::cmp::Ordering::Equal));
    order
}

/// How [`soft_nms`] lowers the score of a box that overlaps a better one (Bodla et al. 2017, equations 2 and 3).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Decay {
    /// Times `1 - IoU`, if the IoU is over the threshold.
    Linear {
        /// The IoU from which scores are lowered, in `[0, 1]`; 0.3 in the paper.
        iou_threshold: f64,
    },
    /// Times `exp(-IoU² / sigma)`.
    Gaussian {
        /// How slowly scores fall, over 0; 0.5 in the paper.
        sigma: f64,
    },
}

impl Decay {
    fn factor(self, iou: f64) -> f64 {
        match self {
            Self::Linear { iou_threshold } if iou > iou_threshold => 1.0 - iou,
            Self::Linear { .. } => 1.0,
            Self::Gaussian { sigma } => (-iou * iou / sigma).exp(),
        }
    }
}

/// Soft suppression (Bodla et al. 2017, figure 3): boxes that overlap a better one get a lower score instead of being
/// dropped. Gives each box with its new score, by descending new score, without those whose score falls below `min_score`.
///
/// Takes time as `kept * n`.
///
/// # Panics
/// If there isn't one score for each box.
pub fn soft_nms(boxes: &[[f32; 4]], scores: &[f32], decay: Decay, min_score: f32) -> Vec<(usize, f32)> {
    soft(boxes, scores, decay, min_score, |_, _| true)
}

/// [`soft_nms`] within each class. The kept boxes of all classes, by descending new score.
///
/// # Panics
/// If there isn't one score and one class for each box.
pub fn batched_soft_nms(
    boxes: &[[f32; 4]],
    scores: &[f32],
    classes: &[usize],
    decay: Decay,
    min_score: f32,
) -> Vec<(usize, f32)> {
    assert_eq!(boxes.len(), classes.len(), "one class for each box");
    soft(boxes, scores, decay, min_score, |a, b| classes[a] == classes[b])
}

fn soft(
    boxes: &[[f32; 4]],
    scores: &[f32],
    decay: Decay,
    min_score: f32,
    rivals: impl Fn(usize, usize) -> bool,
) -> Vec<(usize, f32)> {
    let first = by_score(boxes, scores);
    let mut left: Vec<_> = first.into_iter().map(|index| (index, scores[index])).collect();
    left.retain(|(_, score)| *score >= min_score);
    let mut kept = Vec::new();
    while let Some(place) = best(&left) {
        let (winner, score) = left.remove(place);
        kept.push((winner, score));
        for (index, score) in left.iter_mut().filter(|(index, _)| rivals(winner, *index)) {
            *score = (f64::from(*score) * decay.factor(iou(boxes[winner], boxes[*index]).into())) as f32;
        }
        left.retain(|(_, score)| *score >= min_score);
    }
    kept
}

/// The place of the highest score; of equals that of the box that comes first.
fn best(left: &[(usize, f32)]) -> Option<usize> {
    let better = |a: (usize, f32), b: (usize, f32)| a.1 > b.1 || (a.1 == b.1 && a.0 < b.0);
    (0..left.len()).reduce(|best, now| if better(left[now], left[best]) { now } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOXES: [[f32; 4]; 4] =
        [[0.0, 0.0, 10.0, 10.0], [0.0, 0.0, 10.0, 5.0], [0.0, 0.0, 10.0, 10.0], [50.0, 0.0, 60.0, 10.0]];

    #[test]
    fn overlap_at_the_threshold_stays_and_over_it_goes() {
        let scores = [0.9, 0.8, 0.7, 0.6];
        // IoU of the first two is 0.5 exactly.
        assert_eq!(nms(&BOXES, &scores, 0.5), [0, 1, 3]);
        assert_eq!(nms(&BOXES, &scores, 0.49), [0, 3]);
        assert_eq!(nms(&BOXES, &scores, 1.0), [0, 1, 2, 3]);
        assert!(nms(&[], &[], 0.5).is_empty());
    }

    #[test]
    fn box_that_was_dropped_suppresses_none() {
        // A chain: the second overlaps both others, which don't overlap each other.
        let chain = [[0.0, 0.0, 10.0, 1.0], [4.0, 0.0, 14.0, 1.0], [8.0, 0.0, 18.0, 1.0]];
        assert_eq!(nms(&chain, &[0.9, 0.8, 0.7], 0.4), [0, 2]);
    }

    #[test]
    fn classes_do_not_suppress_each_other() {
        let scores = [0.7, 0.8, 0.9, 0.1];
        assert_eq!(batched_nms(&BOXES, &scores, &[0, 0, 1, 1], 0.3), [2, 1, 3]);
        assert_eq!(batched_nms(&BOXES, &scores, &[5; 4], 0.3), nms(&BOXES, &scores, 0.3));
    }

    #[test]
    fn scores_that_are_equal_or_no_numbers_have_an_order() {
        assert_eq!(nms(&BOXES, &[0.5; 4], 0.4), [0, 3]);
        assert_eq!(nms(&BOXES, &[f32::NAN, -0.0, 0.0, f32::INFINITY], 0.6), [3, 1, 2]);
        assert!(nms(&BOXES, &[f32::NAN; 4], 0.5).is_empty());
        let odd = [[f32::NAN; 4], BOXES[0]];
        assert_eq!(nms(&odd, &[0.9, 0.8], 0.0), [0, 1]);
        assert!(soft_nms(&BOXES, &[f32::NAN; 4], Decay::Gaussian { sigma: 0.5 }, 0.0).is_empty());
    }

    /// By hand: IoU 0.5 with the second box, 1 with the third.
    #[test]
    fn soft_suppression_lowers_scores_by_its_formula() {
        let scores = [0.9, 0.8, 0.7, 0.6];
        let linear = soft_nms(&BOXES, &scores, Decay::Linear { iou_threshold: 0.3 }, 0.001);
        assert_eq!(linear, [(0, 0.9), (3, 0.6), (1, 0.4)]);
        let untouched = soft_nms(&BOXES, &scores, Decay::Linear { iou_threshold: 0.5 }, 0.001);
        assert_eq!(untouched, [(0, 0.9), (1, 0.8), (3, 0.6)]);
        let gaussian = soft_nms(&BOXES, &scores, Decay::Gaussian { sigma: 0.5 }, 0.1);
        let second = (f64::from(0.8f32) * (-0.25f64 / 0.5).exp()) as f32;
        assert_eq!(gaussian, [(0, 0.9), (3, 0.6), (1, second)]);
        // The third falls by the first (IoU 1) and by the second (0.5): below 0.1, but not below 0.05.
        let (third, score) = soft_nms(&BOXES, &scores, Decay::Gaussian { sigma: 0.5 }, 0.05)[3];
        let by_first = (f64::from(0.7f32) * (-2.0f64).exp()) as f32;
        assert_eq!((third, score), (2, (f64::from(by_first) * (-0.5f64).exp()) as f32));
        let apart = batched_soft_nms(&BOXES, &scores, &[0, 1, 2, 3], Decay::Linear { iou_threshold: 0.0 }, 0.0);
        assert_eq!(apart, [(0, 0.9), (1, 0.8), (2, 0.7), (3, 0.6)]);
    }
}

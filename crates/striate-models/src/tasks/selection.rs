//! Which of many boxes are kept.

use serde::{Deserialize, Serialize};
use striate_core::Detection;
use striate_core::suppression::{Decay, batched_nms, batched_soft_nms};

use super::TaskError;

/// Which of the boxes that a network gives are kept, as data.
///
/// Those with a high enough score, and of those around the same thing the best. By default: a score of at least 0.2, hard
/// suppression over an IoU of 0.5 within each class, at most 100 boxes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Selection {
    /// The lowest score that is kept, in `[0, 1]`; for an average precision as low as 0.001.
    pub min_score: f32,
    /// What becomes of boxes around the same thing.
    pub suppression: Suppression,
    /// Whether boxes of different classes suppress each other too.
    pub across_classes: bool,
    /// The most boxes that are kept, from 1.
    pub most: usize,
}

/// What becomes of boxes that overlap a better one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Suppression {
    /// Nothing.
    None,
    /// They go.
    Hard {
        /// The IoU over which they do, in `[0, 1]`.
        iou_threshold: f64,
    },
    /// Their score is lowered; they go if it falls below [`Selection::min_score`].
    Soft(Decay),
}

impl Default for Selection {
    fn default() -> Self {
        Self { min_score: 0.2, suppression: Suppression::Hard { iou_threshold: 0.5 }, across_classes: false, most: 100 }
    }
}

/// The most boxes that suppression looks at, the best of them: the time it takes grows with the square.
const CANDIDATES: usize = 10_000;

impl Selection {
    /// Checks that every number is in its range.
    ///
    /// # Errors
    /// [`TaskError::Setting`] for the first that isn't.
    pub fn validate(&self) -> Result<(), TaskError> {
        let part = "it must be from 0 to 1";
        if !(0.0..=1.0).contains(&self.min_score) {
            return Err(TaskError::setting("min_score", self.min_score, part));
        }
        if self.most == 0 {
            return Err(TaskError::setting("most", 0, "it must be at least 1"));
        }
        match self.suppression {
            Suppression::Hard { iou_threshold } | Suppression::Soft(Decay::Linear { iou_threshold })
                if !(0.0..=1.0).contains(&iou_threshold) =>
            {
                Err(TaskError::setting("iou_threshold", iou_threshold, part))
            }
            Suppression::Soft(Decay::Gaussian { sigma }) if !(sigma > 0.0 && sigma.is_finite()) => {
                Err(TaskError::setting("sigma", sigma, "it must be over 0"))
            }
            _ => Ok(()),
        }
    }

    /// Whether a score is high enough; NaN isn't.
    pub(crate) fn may_keep(&self, score: f32) -> bool {
        score >= self.min_score
    }

    /// The boxes that are kept, by descending score. Of more than 10,000 only the best are looked at.
    pub fn select(&self, mut found: Vec<Detection>) -> Vec<Detection> {
        found.retain(|thing| self.may_keep(thing.score));
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        found.truncate(CANDIDATES);
        let boxes: Vec<_> = found.iter().map(|thing| thing.xyxy).collect();
        let scores: Vec<_> = found.iter().map(|thing| thing.score).collect();
        let groups: Vec<_> = found.iter().map(|thing| if self.across_classes { 0 } else { thing.class }).collect();
        let mut kept: Vec<_> = match self.suppression {
            Suppression::None => found,
            Suppression::Hard { iou_threshold } => {
                batched_nms(&boxes, &scores, &groups, iou_threshold).into_iter().map(|place| found[place]).collect()
            }
            Suppression::Soft(decay) => {
                let kept = batched_soft_nms(&boxes, &scores, &groups, decay, self.min_score);
                kept.into_iter().map(|(place, score)| Detection { score, ..found[place] }).collect()
            }
        };
        kept.truncate(self.most);
        kept
    }
}

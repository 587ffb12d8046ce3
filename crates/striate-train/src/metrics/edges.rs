//! How well edges are found, with some px of tolerance.

use serde::{Deserialize, Serialize};
use striate_data::Batch;
use striate_layers::Signature;

use super::choice::sigmoid;
use super::spec::share;
use super::{MetricError, MetricSpec, Scores, TargetKind, Targets};

/// The harmonic mean of precision and recall of edge px, each of which counts as right where there is one of the other kind
/// within a tolerance: after the boundary measure of Martin, Fowlkes & Malik 2004, with all px near enough instead of pairs.
///
/// The output is `[1, height, width]`, the target a mask `[height, width]` in which 0 is no edge. What is said where the mask is
/// void (255) doesn't count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EdgeF1 {
    /// A score over it means an edge; in `[0, 1]`, 0.5 unless given.
    pub threshold: f64,
    /// Whether scores are logits, of which the sigmoid is compared with the threshold; yes unless given.
    pub from_logits: bool,
    /// How far apart an edge and its match may be, in px across, down and diagonal; 1 unless given, at most 64.
    pub tolerance: usize,
}

impl Default for EdgeF1 {
    fn default() -> Self {
        Self { threshold: 0.5, from_logits: true, tolerance: 1 }
    }
}

/// Edge px, and those with a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EdgeCounts {
    /// Px that are said to be edges.
    pub said: u64,
    /// Those of them that are near an edge.
    pub right: u64,
    /// Px that are edges.
    pub there: u64,
    /// Those of them that have one near that was said to be an edge.
    pub found: u64,
}

impl EdgeCounts {
    /// The part of what was said to be an edge that is near one.
    pub fn precision(&self) -> f64 {
        share(self.right as f64, self.said as f64)
    }

    /// The part of the edges that was found.
    pub fn recall(&self) -> f64 {
        share(self.found as f64, self.there as f64)
    }

    /// The harmonic mean of both.
    pub fn f1(&self) -> f64 {
        let (precision, recall) = (self.precision(), self.recall());
        share(2.0 * precision * recall, precision + recall)
    }

    fn add(&mut self, other: &Self) {
        self.said += other.said;
        self.right += other.right;
        self.there += other.there;
        self.found += other.found;
    }
}

const OUTPUT: &str = "[1, height, width] with masks [height, width]";

impl EdgeF1 {
    /// Counts one picture: what was said to be an edge, and the mask, both `[height, width]`.
    fn count(&self, said: &[bool], mask: &[u8], width: usize) -> EdgeCounts {
        let is: Vec<bool> = mask.iter().map(|&class| class != 0 && class != Batch::VOID).collect();
        let said: Vec<bool> = said.iter().zip(mask).map(|(said, class)| *said && *class != Batch::VOID).collect();
        let (near_said, near_is) = (spread(&said, width, self.tolerance), spread(&is, width, self.tolerance));
        let count = |a: &[bool], b: &[bool]| a.iter().zip(b).filter(|(a, b)| **a && **b).count() as u64;
        EdgeCounts {
            said: count(&said, &said),
            right: count(&said, &near_is),
            there: count(&is, &is),
            found: count(&is, &near_said),
        }
    }
}

/// Px that have one that is set within `by` px, across, down or diagonal.
fn spread(set: &[bool], width: usize, by: usize) -> Vec<bool> {
    let height = set.len() / width.max(1);
    let near = |at: usize, side: usize| at.saturating_sub(by)..(at + by + 1).min(side);
    let place = |row: usize, column: usize| row * width + column;
    let each = move || (0..height).flat_map(move |row| (0..width).map(move |column| (row, column)));
    let across: Vec<bool> =
        each().map(|(row, column)| near(column, width).any(|column| set[place(row, column)])).collect();
    each().map(|(row, column)| near(row, height).any(|row| across[place(row, column)])).collect()
}

impl MetricSpec for EdgeF1 {
    type State = EdgeCounts;
    const NAME: &'static str = "edge_f1";

    fn validate(&self) -> Result<(), MetricError> {
        let wrong =
            |option, value: String, rule| Err(MetricError::Option { metric: Self::NAME.into(), option, value, rule });
        if !(0.0..=1.0).contains(&self.threshold) {
            return wrong("threshold", self.threshold.to_string(), "it must be in [0, 1]");
        }
        if self.tolerance > 64 {
            return wrong("tolerance", self.tolerance.to_string(), "it must be at most 64 px");
        }
        Ok(())
    }

    fn check(&self, output: &Signature, targets: TargetKind) -> Result<(), MetricError> {
        match (targets, output.shape.sides()) {
            (TargetKind::Mask, [Some(1), ..]) if output.shape.rank() == 3 => Ok(()),
            (TargetKind::Mask, _) => {
                Err(MetricError::Output { metric: Self::NAME.into(), got: output.to_string(), wanted: OUTPUT })
            }
            (got, _) => Err(MetricError::Targets { metric: Self::NAME.into(), got, wanted: "masks" }),
        }
    }

    fn update(&self, state: &mut EdgeCounts, scores: &Scores<'_>, targets: &Targets<'_>) -> Result<(), MetricError> {
        let Targets::Mask(mask) = targets else {
            return Err(MetricError::Targets { metric: Self::NAME.into(), got: targets.kind(), wanted: "masks" });
        };
        let (values, height, width) = match *scores {
            Scores::Rows { values, shape: &[_, 1, height, width] } if height * width > 0 => (values, height, width),
            _ => {
                let got = "of another shape".into();
                return Err(MetricError::Output { metric: Self::NAME.into(), got, wanted: OUTPUT });
            }
        };
        super::batch::check_lengths("px", values.len(), mask.len())?;
        if let Some(place) = values.iter().position(|score| score.is_nan()) {
            return Err(MetricError::Score { place, score: f32::NAN, rule: "it must be a number" });
        }
        let score = |value: f32| if self.from_logits { sigmoid(value) } else { value };
        for (values, mask) in values.chunks_exact(height * width).zip(mask.chunks_exact(height * width)) {
            let said: Vec<bool> = values.iter().map(|value| score(*value) > self.threshold as f32).collect();
            state.add(&self.count(&said, mask, width));
        }
        Ok(())
    }

    fn merge(&self, state: &mut EdgeCounts, other: &EdgeCounts) -> Result<(), MetricError> {
        state.add(other);
        Ok(())
    }

    fn value(&self, state: &EdgeCounts) -> f64 {
        state.f1()
    }

    fn values(&self, state: &EdgeCounts) -> Vec<(String, f64)> {
        let [precision, recall] = ["precision", "recall"].map(|what| format!("edge_{what}"));
        vec![(self.name(), state.f1()), (precision, state.precision()), (recall, state.recall())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metric;

    #[test]
    fn an_edge_one_px_beside_is_found_and_one_further_away_is_not() {
        // Two pictures of 1x5 px. In the first an edge at 2 is said to be at 1, and one at 4 that isn't there but at void;
        // in the second one at 0 is said to be at 2.
        let mask = [0, 0, 1, 0, 255, 1, 0, 0, 0, 0];
        let said = [-1.0, 3.0, -1.0, -1.0, 3.0, -1.0, -1.0, 3.0, -1.0, -1.0];
        let count = |tolerance| {
            let mut state = Metric::from(EdgeF1 { tolerance, ..EdgeF1::default() }).start().unwrap();
            state.update(&Scores::rows(&said, &[2, 1, 1, 5]), &Targets::Mask(&mask)).unwrap();
            state.values().into_iter().map(|(_, value)| value).collect::<Vec<_>>()
        };
        assert_eq!(count(0), [0.0, 0.0, 0.0]);
        assert_eq!(count(1), [0.5, 0.5, 0.5]);
        assert_eq!(count(2), [1.0, 1.0, 1.0]);
    }

    #[test]
    fn what_is_no_edge_map_is_refused() {
        let metric = Metric::from(EdgeF1::default());
        assert!(metric.check(&Signature::float([2, 4, 4]), TargetKind::Mask).is_err());
        assert!(metric.check(&Signature::float([1, 4, 4]), TargetKind::Labels).is_err());
        let far = Metric::from(EdgeF1 { tolerance: 65, ..EdgeF1::default() });
        assert!(far.validate().unwrap_err().to_string().contains("`tolerance` is 65"));
    }
}

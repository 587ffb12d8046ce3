//! How well things are told from the ground, whatever their class.

use striate_layers::Signature;

use super::choice;
use super::options::choosing;
use super::spec::share;
use super::{MetricError, MetricSpec, Scores, TargetKind, Targets};

choosing! {
    /// Intersection over union of all px that aren't of class 0, the ground: of masks with border and inside how well things are
    /// covered, of masks with two classes the IoU of class 1.
    pub struct ForegroundIou {}
}

/// Px by whether they are said to be foreground and are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct ForegroundCounts {
    /// Both.
    pub both: u64,
    /// One of the two or both.
    pub either: u64,
}

impl MetricSpec for ForegroundIou {
    type State = ForegroundCounts;
    const NAME: &'static str = "foreground_iou";

    fn validate(&self) -> Result<(), MetricError> {
        self.choice().validate(Self::NAME)
    }

    fn check(&self, output: &Signature, targets: TargetKind) -> Result<(), MetricError> {
        choice::check(Self::NAME, output, targets)
    }

    fn update(
        &self,
        state: &mut ForegroundCounts,
        scores: &Scores<'_>,
        targets: &Targets<'_>,
    ) -> Result<(), MetricError> {
        self.choice().each(Self::NAME, scores, targets, |chosen| {
            let (said, is) = (chosen.class()? > 0, chosen.label > 0);
            state.both += u64::from(said && is);
            state.either += u64::from(said || is);
            Ok(())
        })
    }

    fn merge(&self, state: &mut ForegroundCounts, other: &ForegroundCounts) -> Result<(), MetricError> {
        state.both += other.both;
        state.either += other.either;
        Ok(())
    }

    fn value(&self, state: &ForegroundCounts) -> f64 {
        share(state.both as f64, state.either as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metric;

    #[test]
    fn classes_of_the_foreground_may_be_mistaken_for_each_other_and_void_does_not_count() {
        let metric = Metric::from(ForegroundIou { ignore_index: Some(255), ..ForegroundIou::default() });
        // Five px: 1 for 2, 0 for 1, 2 for 0, 0 for 0, and void.
        let said = [1, 0, 2, 0, 1];
        let scores: Vec<f32> = (0..3).flat_map(|class| said.map(|said| f32::from(u8::from(said == class)))).collect();
        let mut state = metric.start().unwrap();
        state.update(&Scores::rows(&scores, &[1, 3, 1, 5]), &Targets::Mask(&[2, 1, 0, 0, 255])).unwrap();
        assert_eq!(state.value(), 1.0 / 3.0);
        let more = state.clone();
        state.merge(&more).unwrap();
        assert_eq!(state.values(), [("foreground_iou".to_owned(), 1.0 / 3.0)]);
    }
}

//! How near pictures come to others.

use serde::{Deserialize, Serialize};
use striate_layers::Signature;

use super::choice::sigmoid;
use super::spec::share;
use super::{MetricError, MetricSpec, Scores, TargetKind, Targets};

/// The peak signal-to-noise ratio in dB, `10 log10(peak^2 / mse)` of each picture, and the mean over the pictures; the mean
/// squared error beside it. Output and targets are pictures of one shape. Equal pictures count 100 dB.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Psnr {
    /// The largest value of a picture, over 0; 1 unless given.
    pub peak: f64,
    /// Whether the output is logits, of which the sigmoid counts.
    pub from_logits: bool,
}

impl Default for Psnr {
    fn default() -> Self {
        Self { peak: 1.0, from_logits: false }
    }
}

/// Sums over pictures.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct PsnrSums {
    /// Pictures.
    pub pictures: u64,
    /// Their ratios, dB.
    pub ratios: f64,
    /// Their mean squared errors.
    pub errors: f64,
}

/// What equal pictures count, dB.
const MOST: f64 = 100.0;

impl MetricSpec for Psnr {
    type State = PsnrSums;
    const NAME: &'static str = "psnr";

    fn validate(&self) -> Result<(), MetricError> {
        if self.peak > 0.0 && self.peak.is_finite() {
            return Ok(());
        }
        let (value, rule) = (self.peak.to_string(), "it must be over 0");
        Err(MetricError::Option { metric: Self::NAME.into(), option: "peak", value, rule })
    }

    fn check(&self, _: &Signature, targets: TargetKind) -> Result<(), MetricError> {
        match targets {
            TargetKind::Rows => Ok(()),
            got => {
                Err(MetricError::Targets { metric: Self::NAME.into(), got, wanted: "numbers of the output's shape" })
            }
        }
    }

    fn update(&self, state: &mut PsnrSums, scores: &Scores<'_>, targets: &Targets<'_>) -> Result<(), MetricError> {
        let rows = scores.numbers(Self::NAME, "pictures")?;
        let targets = targets.beside(&rows, Self::NAME)?;
        let length = rows.columns * rows.places;
        if length == 0 {
            return Ok(());
        }
        for (got, want) in rows.values.chunks_exact(length).zip(targets.chunks_exact(length)) {
            let value = |score: f32| if self.from_logits { sigmoid(score) } else { score };
            let squares: f64 = got.iter().zip(want).map(|(got, want)| f64::from(value(*got) - want).powi(2)).sum();
            let error = squares / length as f64;
            state.pictures += 1;
            state.errors += error;
            state.ratios += (10.0 * (self.peak * self.peak / error).log10()).min(MOST);
        }
        Ok(())
    }

    fn merge(&self, state: &mut PsnrSums, other: &PsnrSums) -> Result<(), MetricError> {
        state.pictures += other.pictures;
        state.ratios += other.ratios;
        state.errors += other.errors;
        Ok(())
    }

    fn value(&self, state: &PsnrSums) -> f64 {
        share(state.ratios, state.pictures as f64)
    }

    fn values(&self, state: &PsnrSums) -> Vec<(String, f64)> {
        let error = share(state.errors, state.pictures as f64);
        vec![(self.name(), self.value(state)), ("mse".into(), error)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metric;

    #[test]
    fn ratio_is_that_of_each_picture() {
        let mut state = Metric::from(Psnr::default()).start().unwrap();
        // Errors of 0.01 and of 0: 20 dB, and as much as equal pictures count.
        let (got, want) = ([0.1, 0.9, 0.5, 0.25], [0.0, 1.0, 0.5, 0.25]);
        state.update(&Scores::rows(&got, &[2, 1, 1, 2]), &Targets::Rows(&want)).unwrap();
        let values: Vec<f64> = state.values().into_iter().map(|(_, value)| value).collect();
        assert!((values[0] - 60.0).abs() < 1e-5 && (values[1] - 0.005).abs() < 1e-8, "{values:?}");

        let mut logits = Metric::from(Psnr { from_logits: true, peak: 2.0 }).start().unwrap();
        logits.update(&Scores::rows(&[0.0], &[1, 1]), &Targets::Rows(&[0.0])).unwrap();
        assert!((logits.value() - 10.0 * 16.0_f64.log10()).abs() < 1e-6);
        assert!(Metric::from(Psnr { peak: 0.0, ..Psnr::default() }).validate().is_err());
    }
}

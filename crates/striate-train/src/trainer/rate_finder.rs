//! Which learning rate to begin with.

use serde::{Deserialize, Serialize};
use striate_data::Loader;

use super::Trainer;
use crate::TrainError;
use crate::optimizers::check_options;

/// A search for a learning rate: steps at rates that grow from one to the other by a factor, until the loss explodes (Smith
/// 2017, <https://arxiv.org/abs/1506.01186>, section 3.3; as fastai's `lr_find`).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateFinder {
    /// The first rate, above 0.
    pub from: f64,
    /// The last rate, above the first.
    pub to: f64,
    /// Steps, at least 2.
    pub steps: usize,
    /// How much of the mean of the losses before stays at each step, in `[0, 1)`.
    pub smoothing: f64,
    /// The search ends when the loss is above the lowest times this; above 1.
    pub explosion: f64,
}

impl Default for RateFinder {
    /// 100 steps from 1e-7 to 10, until four times the lowest loss.
    fn default() -> Self {
        Self { from: 1e-7, to: 10.0, steps: 100, smoothing: 0.98, explosion: 4.0 }
    }
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RateCurve {
    /// Each step's rate with the smoothed loss before it.
    pub points: Vec<(f64, f64)>,
    /// The rate at which the loss falls fastest over the logarithm of the rate, if it falls at all.
    pub suggested: Option<f64>,
}

impl RateFinder {
    /// Checks that every option is in its range.
    ///
    /// # Errors
    /// Names the first that isn't.
    pub fn validate(&self) -> Result<(), TrainError> {
        check_options(&[
            ("from", self.from, self.from > 0.0, "it must be a number above 0"),
            ("to", self.to, self.to > self.from, "it must be a number above `from`"),
            ("steps", self.steps as f64, self.steps >= 2, "it must be at least 2"),
            ("smoothing", self.smoothing, (0.0..1.0).contains(&self.smoothing), "it must be in [0, 1)"),
            ("explosion", self.explosion, self.explosion > 1.0, "it must be a number above 1"),
        ])
    }

    fn rate(&self, step: usize) -> f64 {
        self.from * (self.to / self.from).powf(step as f64 / (self.steps - 1) as f64)
    }
}

impl Trainer {
    /// Searches a learning rate on a loader's batches. The trainer is as before afterwards.
    ///
    /// # Errors
    /// If an option is out of its range or the batches don't fit the network.
    pub fn find_learning_rate(&mut self, loader: &Loader, finder: &RateFinder) -> Result<RateCurve, TrainError> {
        finder.validate()?;
        let before = self.checkpoint();
        let curve = self.search(loader, finder);
        self.resume_from(before)?;
        curve
    }

    fn search(&mut self, loader: &Loader, finder: &RateFinder) -> Result<RateCurve, TrainError> {
        let mut batches = (0..).flat_map(|epoch| loader.epoch(epoch, 0));
        let (mut mean, mut lowest) = (0.0, f64::INFINITY);
        let mut points = Vec::with_capacity(finder.steps);
        for step in 0..finder.steps {
            let Some(batch) = batches.next() else { break };
            let rate = finder.rate(step);
            let loss = match self.step(&batch?, rate) {
                Ok(report) => report.loss,
                Err(TrainError::Diverged { .. }) => break,
                Err(error) => return Err(error),
            };
            mean = finder.smoothing * mean + (1.0 - finder.smoothing) * loss;
            let smooth = mean / (1.0 - finder.smoothing.powi(step as i32 + 1));
            points.push((rate, smooth));
            lowest = smooth.min(lowest);
            if smooth > finder.explosion * lowest {
                break;
            }
        }
        let suggested = steepest(&points);
        Ok(RateCurve { points, suggested })
    }
}

/// The rate at which the loss falls fastest; the last steps, where it explodes, are left out.
fn steepest(points: &[(f64, f64)]) -> Option<f64> {
    let useful = &points[..points.len() - points.len() / 20];
    let slope = |window: &[(f64, f64)]| {
        let [(a, x), _, (b, y)] = window else { return 0.0 };
        (y - x) / (b.ln() - a.ln())
    };
    let slopes = useful.windows(3).map(|window| (window[1].0, slope(window)));
    let steepest = slopes.min_by(|(_, a), (_, b)| a.total_cmp(b))?;
    (steepest.1 < 0.0).then_some(steepest.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steepest_is_where_the_loss_falls_fastest_and_none_where_it_rises() {
        // A sigmoid over the logarithm of the rate, with its middle at 1e-2.
        let falling: Vec<_> = (0..60)
            .map(|step| {
                let exponent = -5.0 + f64::from(step) * 0.1;
                (10f64.powf(exponent), 1.0 / (1.0 + (3.0 * (exponent + 2.0)).exp()))
            })
            .collect();
        let found = steepest(&falling).unwrap();
        assert!((found.log10() + 2.0).abs() < 0.11, "{found}");
        let rising: Vec<_> = (1..10).map(|step| (f64::from(step), f64::from(step))).collect();
        assert_eq!(steepest(&rising), None);
        assert_eq!(steepest(&[]), None);
    }

    #[test]
    fn options_out_of_range_are_named() {
        for (finder, option) in [
            (RateFinder { from: 0.0, ..RateFinder::default() }, "from"),
            (RateFinder { to: 1e-9, ..RateFinder::default() }, "to"),
            (RateFinder { steps: 1, ..RateFinder::default() }, "steps"),
            (RateFinder { smoothing: 1.0, ..RateFinder::default() }, "smoothing"),
            (RateFinder { explosion: f64::NAN, ..RateFinder::default() }, "explosion"),
        ] {
            assert!(finder.validate().unwrap_err().to_string().contains(option));
        }
        assert!(RateFinder::default().validate().is_ok());
    }
}

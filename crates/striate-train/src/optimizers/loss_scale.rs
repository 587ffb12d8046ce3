//! The scale of a loss whose gradients are in half precision (Micikevicius et al. 2018,
//! <https://arxiv.org/abs/1710.03740>, section 3.2).

use serde::{Deserialize, Serialize};

use super::options::{ABOVE_0, check_options};
use crate::TrainError;

/// What a loss is multiplied by before the backward pass, and its gradients divided by after it, so that small ones aren't
/// lost in half precision. A step whose gradients aren't all finite is left out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum LossScale {
    /// Always the same.
    Constant {
        /// The scale, above 0.
        scale: f64,
    },
    /// Grows after steps without overflow, shrinks after one with, as Keras's `LossScaleOptimizer` and
    /// `torch.amp.GradScaler`. Departure: it stays within `[min, max]`.
    Dynamic {
        /// The first scale, above 0. Keras begins with 2^15.
        #[serde(default = "initial")]
        initial: f64,
        /// What it grows by, at least 1.
        #[serde(default = "growth")]
        growth: f64,
        /// What it shrinks by, in `(0, 1]`.
        #[serde(default = "backoff")]
        backoff: f64,
        /// Steps without overflow after which it grows, at least 1.
        #[serde(default = "interval")]
        interval: u64,
        /// The smallest scale, above 0.
        #[serde(default = "min")]
        min: f64,
        /// The largest scale, at least the smallest.
        #[serde(default = "max")]
        max: f64,
    },
}

fn initial() -> f64 {
    65536.0
}

fn growth() -> f64 {
    2.0
}

fn backoff() -> f64 {
    0.5
}

fn interval() -> u64 {
    2000
}

fn min() -> f64 {
    1.0
}

fn max() -> f64 {
    16_777_216.0
}

/// Where a loss's scale is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LossScaleState {
    /// The scale of the next step.
    pub scale: f64,
    /// Steps without overflow since the scale last changed.
    pub good_steps: u64,
    /// Steps left out so far.
    pub skipped: u64,
}

impl LossScale {
    /// `torch.amp.GradScaler`'s defaults: from 2^16, twice after 2000 good steps, half after a bad one; within 1 and 2^24.
    pub fn dynamic() -> Self {
        Self::Dynamic {
            initial: initial(),
            growth: growth(),
            backoff: backoff(),
            interval: interval(),
            min: min(),
            max: max(),
        }
    }

    /// Checks that every option is in its range.
    ///
    /// # Errors
    /// Names the first that isn't.
    pub fn validate(&self) -> Result<(), TrainError> {
        match *self {
            Self::Constant { scale } => check_options(&[("scale", scale, scale > 0.0, ABOVE_0)]),
            Self::Dynamic { initial, growth, backoff, interval, min, max } => check_options(&[
                ("min", min, min > 0.0, ABOVE_0),
                ("max", max, max >= min, "it must be at least `min`"),
                ("initial", initial, (min..=max).contains(&initial), "it must be within `min` and `max`"),
                ("growth", growth, growth >= 1.0, "it must be at least 1"),
                ("backoff", backoff, backoff > 0.0 && backoff <= 1.0, "it must be in (0, 1]"),
                ("interval", interval as f64, interval > 0, "it must be at least 1"),
            ]),
        }
    }

    /// The state before the first step.
    pub fn start(&self) -> LossScaleState {
        let scale = match *self {
            Self::Constant { scale } => scale,
            Self::Dynamic { initial, .. } => initial,
        };
        LossScaleState { scale, good_steps: 0, skipped: 0 }
    }
}

impl LossScaleState {
    /// Takes note of a backward pass: whether all gradients were finite. Returns whether to take the step.
    pub fn observe(&mut self, config: &LossScale, finite: bool) -> bool {
        self.good_steps = if finite { self.good_steps + 1 } else { 0 };
        self.skipped += u64::from(!finite);
        if let LossScale::Dynamic { growth, backoff, interval, min, max, .. } = *config {
            if !finite {
                self.scale = (self.scale * backoff).max(min);
            } else if self.good_steps >= interval {
                self.scale = (self.scale * growth).min(max);
                self.good_steps = 0;
            }
        }
        finite
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: LossScale =
        LossScale::Dynamic { initial: 8.0, growth: 2.0, backoff: 0.5, interval: 3, min: 2.0, max: 32.0 };

    #[test]
    fn scale_doubles_after_good_steps_and_halves_at_an_overflow() {
        let mut state = CONFIG.start();
        let steps = [true, true, true, true, false, true, true, true, true, true, true, true, true, true];
        let scales: Vec<_> = steps
            .into_iter()
            .map(|finite| {
                assert_eq!(state.observe(&CONFIG, finite), finite);
                state.scale
            })
            .collect();
        assert_eq!(scales, [8.0, 8.0, 16.0, 16.0, 8.0, 8.0, 8.0, 16.0, 16.0, 16.0, 32.0, 32.0, 32.0, 32.0]);
        assert_eq!(state.skipped, 1);
        for _ in 0..9 {
            state.observe(&CONFIG, false);
        }
        assert_eq!((state.scale, state.skipped), (2.0, 10));
    }

    #[test]
    fn constant_scale_stays_and_still_leaves_out_bad_steps() {
        let config = LossScale::Constant { scale: 128.0 };
        let mut state = config.start();
        assert!(!state.observe(&config, false) && state.observe(&config, true));
        assert_eq!((state.scale, state.skipped), (128.0, 1));
    }

    #[test]
    fn state_and_options_survive_json_and_wrong_options_are_named() {
        let mut state = CONFIG.start();
        state.observe(&CONFIG, true);
        let text = serde_json::to_string(&(CONFIG, state)).unwrap();
        assert_eq!(serde_json::from_str::<(LossScale, LossScaleState)>(&text).unwrap(), (CONFIG, state));
        let read: LossScale = serde_json::from_str(r#"{"name": "dynamic"}"#).unwrap();
        assert_eq!(read, LossScale::dynamic());
        read.validate().unwrap();
        let bad = LossScale::Constant { scale: 0.0 }.validate().unwrap_err();
        assert_eq!(bad.to_string(), "`scale` is 0; it must be a number above 0");
        assert!(serde_json::from_str::<LossScale>(r#"{"name": "dynamic", "grwth": 2}"#).is_err());
    }
}

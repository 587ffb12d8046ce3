//! An end when nothing gets better.

use serde::{Deserialize, Serialize};

use super::EpochEnd;
use crate::optimizers::{AT_LEAST_0, check_options};
use crate::{Callback, Control, Monitor, TrainError, Trainer};

/// Ends the run when a value has not become better for some epochs: Keras's `EarlyStopping`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EarlyStopping {
    /// The value.
    pub monitor: Monitor,
    /// Epochs without a better one after which the run ends.
    pub patience: usize,
    /// By how much a value has to be better to count as such, at least 0.
    pub min_delta: f64,
    /// A value that has to be reached for an epoch to count as better at all.
    pub baseline: Option<f64>,
    /// Epochs at the beginning that don't count.
    pub start_from_epoch: usize,
    /// Whether the network goes back to the weights of its best epoch, as the trainer's config says which that is.
    pub restore_best: bool,
    #[serde(skip)]
    seen: Seen,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Seen {
    best: Option<f64>,
    waited: usize,
}

impl Default for EarlyStopping {
    /// The validation loss, without patience.
    fn default() -> Self {
        Self {
            monitor: Monitor::validation("loss"),
            patience: 0,
            min_delta: 0.0,
            baseline: None,
            start_from_epoch: 0,
            restore_best: false,
            seen: Seen::default(),
        }
    }
}

impl EarlyStopping {
    /// Ends after so many epochs without a better value.
    pub fn new(monitor: Monitor, patience: usize) -> Self {
        Self { monitor, patience, ..Self::default() }
    }

    /// Goes back to the weights of the best epoch at the end.
    pub fn restore_best(self) -> Self {
        Self { restore_best: true, ..self }
    }

    /// Counts only what is better by this much.
    pub fn min_delta(self, min_delta: f64) -> Self {
        Self { min_delta, ..self }
    }

    /// Checks that every option is in its range.
    ///
    /// # Errors
    /// Names the first that isn't.
    pub fn validate(&self) -> Result<(), TrainError> {
        check_options(&[
            ("min_delta", self.min_delta, self.min_delta >= 0.0, AT_LEAST_0),
            ("baseline", self.baseline.unwrap_or(0.0), true, "it must be a number"),
        ])
    }
}

impl Callback for EarlyStopping {
    fn epoch_end(&mut self, trainer: &mut Trainer, end: &EpochEnd) -> Result<Control, TrainError> {
        let value = self.monitor.value(end)?;
        if end.epoch <= self.start_from_epoch {
            return Ok(Control::Continue);
        }
        // As Keras: the wait is counted first, and is over only when the baseline is passed too.
        self.seen.waited += 1;
        let better = |than: f64| self.monitor.gain(value, than) > self.min_delta;
        if self.seen.best.is_none_or(better) {
            self.seen.best = Some(value);
            if self.baseline.is_none_or(better) {
                self.seen.waited = 0;
            }
            return Ok(Control::Continue);
        }
        if self.seen.waited < self.patience || end.epoch == 1 {
            return Ok(Control::Continue);
        }
        if self.restore_best {
            trainer.restore_best()?;
        }
        Ok(Control::Finish)
    }

    fn state(&self) -> Option<serde_json::Value> {
        serde_json::to_value(self.seen).ok()
    }

    fn restore(&mut self, state: serde_json::Value) -> Result<(), String> {
        self.seen = serde_json::from_value(state).map_err(|error| error.to_string())?;
        Ok(())
    }
}

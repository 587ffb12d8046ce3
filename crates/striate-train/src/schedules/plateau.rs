//! A rate that falls when a value no longer gets better.

use serde::{Deserialize, Serialize};

use crate::TrainError;
use crate::optimizers::{Preset, check_options, options_by_preset};

/// Lowers the rate when a value didn't get better for some epochs: Keras's and PyTorch's `ReduceLROnPlateau`.
///
/// Keras lowers it at `patience` epochs without improvement, PyTorch at one more; Keras counts the epoch in which a cooldown
/// ends, PyTorch doesn't. From data, what is left out has the preset's default.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "Given")]
pub struct Plateau {
    /// Whose way of counting.
    pub preset: Preset,
    /// What the rate is multiplied by, in `[0, 1)`.
    pub factor: f64,
    /// Epochs without improvement that are borne.
    pub patience: u64,
    /// What counts as no improvement, at least 0; PyTorch's `threshold`, which is read too.
    pub min_delta: f64,
    /// Whether lower or higher is better.
    pub mode: Mode,
    /// Whether `min_delta` is a difference or a fraction of the best value.
    pub threshold_mode: ThresholdMode,
    /// Epochs after a reduction that don't count.
    pub cooldown: u64,
    /// The lowest rate, at least 0; Keras's and PyTorch's `min_lr`.
    pub min_rate: f64,
    /// A smaller change of the rate isn't made; PyTorch's `eps`. Keras has none.
    pub epsilon: f64,
}

options_by_preset!(Plateau {
    factor: f64,
    patience: u64,
    #[serde(alias = "threshold")]
    min_delta: f64,
    mode: Mode,
    threshold_mode: ThresholdMode,
    cooldown: u64,
    min_rate: f64,
    epsilon: f64,
});

/// Which values are better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Lower ones, such as of a loss.
    #[default]
    Min,
    /// Higher ones, such as of an accuracy.
    Max,
}

/// What a threshold is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThresholdMode {
    /// A difference from the best value.
    #[serde(alias = "abs")]
    Absolute,
    /// A fraction of the best value.
    #[serde(alias = "rel")]
    Relative,
}

/// What is remembered from one epoch to the next.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PlateauState {
    /// The rate of the next epoch.
    pub rate: f64,
    /// The best value so far.
    pub best: Option<f64>,
    /// Epochs without improvement.
    pub bad_epochs: u64,
    /// Epochs of cooldown that are left.
    pub cooldown: u64,
}

impl Default for Plateau {
    fn default() -> Self {
        Self::keras()
    }
}

impl Plateau {
    /// Keras 3's defaults.
    pub fn keras() -> Self {
        Self {
            preset: Preset::Keras,
            factor: 0.1,
            patience: 10,
            min_delta: 1e-4,
            mode: Mode::Min,
            threshold_mode: ThresholdMode::Absolute,
            cooldown: 0,
            min_rate: 0.0,
            epsilon: 0.0,
        }
    }

    /// PyTorch's defaults.
    pub fn torch() -> Self {
        Self { preset: Preset::Torch, threshold_mode: ThresholdMode::Relative, epsilon: 1e-8, ..Self::keras() }
    }

    /// The preset's defaults.
    pub fn of(preset: Preset) -> Self {
        match preset {
            Preset::Keras => Self::keras(),
            Preset::Torch => Self::torch(),
        }
    }

    /// Checks that every option is in its range.
    ///
    /// # Errors
    /// Names the first that isn't.
    pub fn validate(&self) -> Result<(), TrainError> {
        let at_least_0 = "it must be a number of at least 0";
        check_options(&[
            ("factor", self.factor, (0.0..1.0).contains(&self.factor), "it must be in [0, 1)"),
            ("min_delta", self.min_delta, self.min_delta >= 0.0, at_least_0),
            ("min_rate", self.min_rate, self.min_rate >= 0.0, at_least_0),
            ("epsilon", self.epsilon, self.epsilon >= 0.0, at_least_0),
        ])
    }

    /// The state before the first epoch, at this rate.
    pub fn start(&self, rate: f64) -> PlateauState {
        PlateauState { rate, best: None, bad_epochs: 0, cooldown: 0 }
    }

    /// Whether a value is better than the best so far; NaN never is.
    fn is_better(&self, value: f64, best: Option<f64>) -> bool {
        let Some(best) = best else { return !value.is_nan() };
        match (self.threshold_mode, self.mode) {
            // Each as its library writes it, since rounding decides ties.
            (ThresholdMode::Absolute, Mode::Min) if self.preset == Preset::Keras => value + self.min_delta < best,
            (ThresholdMode::Absolute, Mode::Max) if self.preset == Preset::Keras => value - self.min_delta > best,
            (ThresholdMode::Absolute, Mode::Min) => value < best - self.min_delta,
            (ThresholdMode::Absolute, Mode::Max) => value > best + self.min_delta,
            (ThresholdMode::Relative, Mode::Min) => value < best * (1.0 - self.min_delta),
            (ThresholdMode::Relative, Mode::Max) => value > best * (self.min_delta + 1.0),
        }
    }
}

impl PlateauState {
    /// Takes note of an epoch's value; returns the rate of the next epoch.
    pub fn observe(&mut self, config: &Plateau, value: f64) -> f64 {
        let better = config.is_better(value, self.best);
        if better {
            self.best = Some(value);
        }
        match config.preset {
            Preset::Keras => {
                self.cool();
                if better {
                    self.bad_epochs = 0;
                } else if self.cooldown == 0 {
                    self.bad_epochs += 1;
                    if self.bad_epochs >= config.patience && self.rate > config.min_rate {
                        self.reduce(config);
                    }
                }
            }
            Preset::Torch => {
                self.bad_epochs = if better { 0 } else { self.bad_epochs + 1 };
                self.cool();
                if self.bad_epochs > config.patience {
                    self.reduce(config);
                }
            }
        }
        self.rate
    }

    /// An epoch of cooldown, if there is one, in which nothing counts.
    fn cool(&mut self) {
        if self.cooldown > 0 {
            self.cooldown -= 1;
            self.bad_epochs = 0;
        }
    }

    fn reduce(&mut self, config: &Plateau) {
        let rate = (self.rate * config.factor).max(config.min_rate);
        if self.rate - rate > config.epsilon {
            self.rate = rate;
        }
        self.cooldown = config.cooldown;
        self.bad_epochs = 0;
    }
}

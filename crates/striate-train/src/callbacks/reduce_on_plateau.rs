//! A smaller rate when nothing gets better.

use serde::{Deserialize, Serialize};

use super::EpochEnd;
use crate::schedules::{Mode, Plateau, PlateauState};
use crate::{Callback, Control, Monitor, TrainError, Trainer};

/// Lowers the learning rate when a value has not become better for some epochs: Keras's and PyTorch's `ReduceLROnPlateau`.
///
/// It multiplies what a schedule gives; with a schedule that isn't constant, `min_rate` is meant for the update rule's own rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReduceOnPlateau {
    /// The value. Whether more of it is better follows from it, and the plateau's `mode` from that.
    pub monitor: Monitor,
    /// When and how far the rate falls.
    pub plateau: Plateau,
    #[serde(skip)]
    state: Option<PlateauState>,
}

impl Default for ReduceOnPlateau {
    /// By the validation loss, as Keras does.
    fn default() -> Self {
        Self::new(Monitor::validation("loss"), Plateau::keras())
    }
}

impl ReduceOnPlateau {
    /// Lowers the rate by this value.
    pub fn new(monitor: Monitor, plateau: Plateau) -> Self {
        Self { monitor, plateau, state: None }
    }

    /// Checks that every option is in its range.
    ///
    /// # Errors
    /// Names the first that isn't.
    pub fn validate(&self) -> Result<(), TrainError> {
        self.plateau.validate()
    }
}

impl Callback for ReduceOnPlateau {
    fn epoch_end(&mut self, trainer: &mut Trainer, end: &EpochEnd) -> Result<Control, TrainError> {
        let value = self.monitor.value(end)?;
        let mode = if self.monitor.higher_is_better() { Mode::Max } else { Mode::Min };
        let plateau = Plateau { mode, ..self.plateau };
        let base = trainer.config().optimizer.learning_rate();
        let state = self.state.get_or_insert_with(|| plateau.start(base));
        trainer.set_rate_factor(state.observe(&plateau, value) / base);
        Ok(Control::Continue)
    }

    fn state(&self) -> Option<serde_json::Value> {
        serde_json::to_value(self.state).ok()
    }

    fn restore(&mut self, state: serde_json::Value) -> Result<(), String> {
        self.state = serde_json::from_value(state).map_err(|error| error.to_string())?;
        Ok(())
    }
}

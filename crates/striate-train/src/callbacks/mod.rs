//! What happens beside the steps of a run.

mod checkpoints;
mod early_stopping;
mod history_file;
mod interrupt;
mod progress;
mod reduce_on_plateau;
mod save_diverged;
mod tensor_board;

pub use checkpoints::Checkpoints;
pub use early_stopping::EarlyStopping;
pub use history_file::HistoryFile;
pub use interrupt::Interrupt;
pub use progress::ProgressReport;
pub use reduce_on_plateau::ReduceOnPlateau;
pub use save_diverged::SaveDiverged;
pub use tensor_board::TensorBoard;

use std::path::Path;

use striate_data::Batch;

use crate::{Evaluation, StepReport, TrainError, Trainer};

/// Whether a run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Control {
    /// It goes on.
    Continue,
    /// It stops after this step, as if it had been interrupted; it can be resumed.
    Stop,
    /// It needs no more: the epoch is ended after this step, and the run is complete.
    Finish,
}

impl Control {
    /// What two callbacks want together.
    pub(crate) fn and(self, other: Self) -> Self {
        self.max(other)
    }
}

/// An epoch that is over.
#[derive(Debug, Clone)]
pub struct EpochEnd {
    /// The epoch, from 1.
    pub epoch: usize,
    /// What was measured over the epoch's batches, while the weights changed.
    pub train: Evaluation,
    /// What was measured on the validation data after the epoch, if there is any.
    pub validation: Option<Evaluation>,
}

/// Takes part in a run. Every method does nothing unless it is written.
///
/// A callback may change the trainer: its rate ([`Trainer::set_rate_factor`]), its weights ([`Trainer::restore_best`],
/// [`Trainer::set_weights`]); and stop it by what it returns. What it has to remember when the run is resumed, it gives as
/// [`state`](Self::state).
///
/// ```
/// use striate_train::callbacks::EpochEnd;
/// use striate_train::{Callback, Control, TrainError, Trainer};
///
/// /// Ends a run that is good enough.
/// struct StopAt(f64);
///
/// impl Callback for StopAt {
///     fn epoch_end(&mut self, _: &mut Trainer, end: &EpochEnd) -> Result<Control, TrainError> {
///         let reached = end.validation.as_ref().and_then(|v| v.accuracy()).is_some_and(|accuracy| accuracy >= self.0);
///         Ok(if reached { Control::Finish } else { Control::Continue })
///     }
/// }
/// ```
pub trait Callback {
    /// What its state is called in checkpoints: its type's name, unless two of one type take part.
    fn name(&self) -> String {
        std::any::type_name::<Self>().into()
    }

    /// Before the first step, or the first after resuming. `steps` is the number of steps of an epoch.
    ///
    /// # Errors
    /// Ends the run.
    fn run_begin(&mut self, _trainer: &mut Trainer, _steps: usize) -> Result<(), TrainError> {
        Ok(())
    }

    /// Before each epoch, and before the rest of one that is resumed.
    ///
    /// # Errors
    /// Ends the run.
    fn epoch_begin(&mut self, _trainer: &mut Trainer) -> Result<(), TrainError> {
        Ok(())
    }

    /// Before each step. `batch` counts the epoch's batches that are done.
    ///
    /// # Errors
    /// Ends the run.
    fn batch_begin(&mut self, _trainer: &mut Trainer, _batch: usize) -> Result<(), TrainError> {
        Ok(())
    }

    /// After each step. `batch` counts the epoch's batches that are done.
    ///
    /// # Errors
    /// Ends the run.
    fn batch_end(&mut self, _trainer: &mut Trainer, _batch: usize, _step: &StepReport) -> Result<Control, TrainError> {
        Ok(Control::Continue)
    }

    /// After each epoch and its evaluation.
    ///
    /// # Errors
    /// Ends the run.
    fn epoch_end(&mut self, _trainer: &mut Trainer, _end: &EpochEnd) -> Result<Control, TrainError> {
        Ok(Control::Continue)
    }

    /// After a checkpoint was written.
    ///
    /// # Errors
    /// Ends the run.
    fn saved(&mut self, _trainer: &Trainer, _path: &Path) -> Result<(), TrainError> {
        Ok(())
    }

    /// When a batch's loss is no number; the run fails after it. The weights are those from before.
    fn diverged(&mut self, _trainer: &Trainer, _batch: &Batch) {}

    /// After the last step, also when the run was stopped or has failed.
    ///
    /// # Errors
    /// Becomes the run's, unless that has failed already.
    fn run_end(&mut self, _trainer: &mut Trainer, _failed: bool) -> Result<(), TrainError> {
        Ok(())
    }

    /// What it has to remember when the run is resumed.
    fn state(&self) -> Option<serde_json::Value> {
        None
    }

    /// Remembers what [`state`](Self::state) gave.
    ///
    /// # Errors
    /// Says why it can't.
    fn restore(&mut self, _state: serde_json::Value) -> Result<(), String> {
        Ok(())
    }
}

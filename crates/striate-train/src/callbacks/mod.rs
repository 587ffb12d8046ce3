//! What happens beside the steps of a run.

mod checkpoints;
mod interrupt;
mod progress;

pub use checkpoints::Checkpoints;
pub use interrupt::Interrupt;
pub use progress::ProgressReport;

use crate::{Evaluation, StepReport, TrainError, Trainer};

/// Whether a run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// It goes on.
    Continue,
    /// It stops after this step, as if it had been interrupted; it can be resumed.
    Stop,
}

/// An epoch that is over.
#[derive(Debug, Clone, Copy)]
pub struct EpochEnd {
    /// The epoch, from 1.
    pub epoch: usize,
    /// Loss and accuracy over the epoch's batches, while the weights changed.
    pub train: Evaluation,
    /// Loss and accuracy on the validation data after the epoch, if there is any.
    pub validation: Option<Evaluation>,
}

/// Takes part in a run. Every method does nothing unless it is written.
///
/// ```
/// use striate_train::callbacks::EpochEnd;
/// use striate_train::{Callback, Control, TrainError, Trainer};
///
/// /// Ends a run that is good enough.
/// struct StopAt(f64);
///
/// impl Callback for StopAt {
///     fn epoch_end(&mut self, _: &Trainer, end: &EpochEnd) -> Result<Control, TrainError> {
///         let reached = end.validation.is_some_and(|validation| validation.accuracy >= self.0);
///         Ok(if reached { Control::Stop } else { Control::Continue })
///     }
/// }
/// ```
pub trait Callback {
    /// Before the first step, or the first after resuming. `steps` is the number of steps of an epoch.
    ///
    /// # Errors
    /// Ends the run.
    fn run_begin(&mut self, _trainer: &Trainer, _steps: usize) -> Result<(), TrainError> {
        Ok(())
    }

    /// After each step. `batch` counts the epoch's batches that are done.
    ///
    /// # Errors
    /// Ends the run.
    fn batch_end(&mut self, _trainer: &Trainer, _batch: usize, _step: &StepReport) -> Result<Control, TrainError> {
        Ok(Control::Continue)
    }

    /// After each epoch and its validation.
    ///
    /// # Errors
    /// Ends the run.
    fn epoch_end(&mut self, _trainer: &Trainer, _end: &EpochEnd) -> Result<Control, TrainError> {
        Ok(Control::Continue)
    }

    /// After the last step, also when the run was stopped or has failed.
    ///
    /// # Errors
    /// Becomes the run's, unless that has failed already.
    fn run_end(&mut self, _trainer: &Trainer, _failed: bool) -> Result<(), TrainError> {
        Ok(())
    }
}

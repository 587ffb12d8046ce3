//! Checkpoints.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::EpochEnd;
use crate::{Callback, Control, StepReport, TrainError, Trainer};

/// Saves the run before its first step, after each epoch, in long epochs now and then, and when it is stopped.
#[derive(Debug)]
pub struct Checkpoints {
    folder: PathBuf,
    interval: Duration,
    saved: Instant,
}

impl Checkpoints {
    /// Saves into this folder, within an epoch every ten minutes.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), interval: Duration::from_secs(600), saved: Instant::now() }
    }

    /// Saves this often within an epoch.
    pub fn every(self, interval: Duration) -> Self {
        Self { interval, ..self }
    }

    fn save(&mut self, trainer: &Trainer) -> Result<(), TrainError> {
        trainer.checkpoint().save(&self.folder)?;
        self.saved = Instant::now();
        Ok(())
    }
}

impl Callback for Checkpoints {
    fn run_begin(&mut self, trainer: &Trainer, _steps: usize) -> Result<(), TrainError> {
        self.save(trainer)
    }

    fn batch_end(&mut self, trainer: &Trainer, _batch: usize, _step: &StepReport) -> Result<Control, TrainError> {
        if self.saved.elapsed() >= self.interval {
            self.save(trainer)?;
        }
        Ok(Control::Continue)
    }

    fn epoch_end(&mut self, trainer: &Trainer, _end: &EpochEnd) -> Result<Control, TrainError> {
        self.save(trainer)?;
        Ok(Control::Continue)
    }

    fn run_end(&mut self, trainer: &Trainer, failed: bool) -> Result<(), TrainError> {
        // After a whole epoch it is saved already; after a failure the last checkpoint is the one to trust.
        if !failed && trainer.progress().batch > 0 { self.save(trainer) } else { Ok(()) }
    }
}

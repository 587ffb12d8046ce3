//! Checkpoints.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::{TrainError, Trainer};

/// Saves the run before its first step, after each epoch, in long epochs now and then, and when it is stopped.
#[derive(Debug)]
pub struct Checkpoints {
    folder: PathBuf,
    interval: Duration,
    keep: usize,
    saved: Instant,
}

impl Checkpoints {
    /// Saves into this folder, within an epoch every ten minutes, and keeps the newest two. Each holds the best epoch's
    /// weights too.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), interval: Duration::from_secs(600), keep: 2, saved: Instant::now() }
    }

    /// Saves this often within an epoch.
    pub fn every(self, interval: Duration) -> Self {
        Self { interval, ..self }
    }

    /// Keeps the newest so many, at least one.
    pub fn keep(self, keep: usize) -> Self {
        Self { keep, ..self }
    }

    pub(crate) fn is_due(&self) -> bool {
        self.saved.elapsed() >= self.interval
    }

    pub(crate) fn save(&mut self, trainer: &Trainer) -> Result<PathBuf, TrainError> {
        let path = trainer.checkpoint().save(&self.folder, self.keep)?;
        self.saved = Instant::now();
        Ok(path)
    }
}

//! The history as a file.

use std::io::Write;
use std::path::{Path, PathBuf};

use striate_core::file::write_atomically;

use super::EpochEnd;
use crate::{Callback, Control, TrainError, Trainer};

/// Keeps a CSV file of all that was measured up to date, in long form: `epoch,split,metric,value`.
#[derive(Debug, Clone)]
pub struct HistoryFile(PathBuf);

impl HistoryFile {
    /// Writes to this file after each epoch.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    fn write(&self, trainer: &Trainer) -> Result<(), TrainError> {
        write_file(&self.0, trainer.history().to_csv().as_bytes())
    }
}

impl Callback for HistoryFile {
    fn run_begin(&mut self, trainer: &mut Trainer, _steps: usize) -> Result<(), TrainError> {
        self.write(trainer)
    }

    fn epoch_end(&mut self, trainer: &mut Trainer, _end: &EpochEnd) -> Result<Control, TrainError> {
        self.write(trainer)?;
        Ok(Control::Continue)
    }
}

/// Writes a file whole or not at all.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), TrainError> {
    write_atomically(path, |file| file.write_all(bytes)).map_err(|source| TrainError::File {
        action: "write",
        path: path.into(),
        source,
    })
}

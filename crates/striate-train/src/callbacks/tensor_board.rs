//! What TensorBoard shows.

use std::path::PathBuf;

use super::EpochEnd;
use crate::tensorboard::EventWriter;
use crate::{Callback, Control, Evaluation, TrainError, Trainer};

/// Writes loss and metrics of each epoch, and the learning rate, as TensorBoard's event files: tags as Keras's callback has them,
/// `epoch_loss`, with a folder for each part of the data.
pub struct TensorBoard {
    folder: PathBuf,
    train: Option<EventWriter>,
    validation: Option<EventWriter>,
    steps: usize,
}

impl TensorBoard {
    /// Writes into `train` and `validation` below this folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), train: None, validation: None, steps: 0 }
    }

    /// A writer that goes on after so many epochs: what an earlier process wrote of later ones counts no more.
    fn writer(&self, name: &str, epoch: usize) -> Result<EventWriter, TrainError> {
        let folder = self.folder.join(name);
        if epoch == 0 { EventWriter::create(&folder) } else { EventWriter::resume(&folder, epoch as u64) }
    }
}

impl Callback for TensorBoard {
    fn run_begin(&mut self, trainer: &mut Trainer, steps: usize) -> Result<(), TrainError> {
        self.steps = steps;
        self.train = Some(self.writer("train", trainer.progress().epoch)?);
        self.validation = None;
        Ok(())
    }

    fn epoch_end(&mut self, trainer: &mut Trainer, end: &EpochEnd) -> Result<Control, TrainError> {
        let epoch = end.epoch as u64 - 1;
        if let Some(writer) = &mut self.train {
            write(writer, epoch, &end.train)?;
            writer.scalar("epoch_learning_rate", epoch, trainer.rate(self.steps))?;
            writer.flush()?;
        }
        if let Some(validation) = &end.validation {
            let mut writer = match self.validation.take() {
                Some(writer) => writer,
                None => self.writer("validation", end.epoch - 1)?,
            };
            write(&mut writer, epoch, validation)?;
            writer.flush()?;
            self.validation = Some(writer);
        }
        Ok(Control::Continue)
    }
}

fn write(writer: &mut EventWriter, epoch: u64, evaluation: &Evaluation) -> Result<(), TrainError> {
    evaluation.values().try_for_each(|(name, value)| writer.scalar(&format!("epoch_{name}"), epoch, value))
}

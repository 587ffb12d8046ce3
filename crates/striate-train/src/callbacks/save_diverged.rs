//! What made a loss no number.

use std::path::PathBuf;

use burn::tensor::TensorData;
use striate_data::Batch;
use striate_network::State;
use striate_network::formats::safetensors::{self, Texts};

use crate::{Callback, Trainer};

/// Saves the batch whose loss was no number, with the weights before it, for a look at what went wrong. The run stops in any
/// case; its last checkpoint is from before.
#[derive(Debug, Clone)]
pub struct SaveDiverged(PathBuf);

impl SaveDiverged {
    /// Saves into this file: safetensors with `images`, `labels`, `indices`, and the weights by their names after `weights/`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }
}

impl Callback for SaveDiverged {
    fn diverged(&mut self, trainer: &Trainer, batch: &Batch) {
        let whole = |numbers: &[usize]| {
            let numbers = numbers.iter().map(|&number| number as i64).collect::<Vec<_>>();
            let length = numbers.len();
            TensorData::new(numbers, [length])
        };
        let mut tensors = State::from([
            ("images".to_owned(), TensorData::new(batch.images.clone(), batch.shape)),
            ("labels".to_owned(), whole(&batch.labels)),
            ("indices".to_owned(), whole(&batch.indices)),
        ]);
        tensors.extend(trainer.network().state().into_iter().map(|(name, data)| (format!("weights/{name}"), data)));
        // The run has failed already; that this fails too is not what its user has to know first.
        let _ = safetensors::write(&self.0, Texts::new(), &tensors);
    }
}

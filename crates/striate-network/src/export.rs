//! Weights in files for others.

use std::path::Path;

use burn::tensor::TensorData;

use crate::formats::safetensors::{self, Stored, Texts};
use crate::state::held;
use crate::{Network, NetworkError};

impl Network {
    /// Writes the weights as plain safetensors with the names of the library that the network's style says, in PyTorch's
    /// layouts, so that `load_state_dict(strict=True)` takes them. What its batch normalizations count, and no evaluation
    /// reads, is 0.
    ///
    /// # Errors
    /// If the file can't be written; what was there before stays.
    pub fn save_safetensors(&self, path: &Path) -> Result<(), NetworkError> {
        let own = held(self);
        let count = TensorData::new(vec![0i64], [0usize; 0]);
        let named = self.reference_weights().into_iter().map(|weight| {
            let stored: &dyn Stored = weight.own.as_ref().map_or(&count, |name| &own[name]);
            (weight.name, stored)
        });
        let state = named.collect();
        // What PyTorch's own writer says of itself.
        let texts = Texts::from([("format".into(), "pt".into())]);
        safetensors::write(path, texts, &state)
    }
}

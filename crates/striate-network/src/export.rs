//! Weights in files for others.

use std::path::Path;

use burn::tensor::TensorData;

use crate::formats::safetensors::{self, Texts};
use crate::reference_names::{BATCHES, reference_names};
use crate::{Network, NetworkError};

impl Network {
    /// Writes the weights as plain safetensors with the names and layouts of PyTorch's modules, so that
    /// `load_state_dict(strict=True)` takes them. What its batch normalizations count, and no evaluation reads, is 0.
    ///
    /// # Errors
    /// If the file can't be written; what was there before stays.
    pub fn save_safetensors(&self, path: &Path) -> Result<(), NetworkError> {
        let mut state = self.state();
        for (own, reference) in reference_names(self.spec()) {
            if let Some(data) = state.remove(&own) {
                state.insert(reference, data);
            }
        }
        let layers = state.keys().filter_map(|name| name.strip_suffix("running_mean"));
        let counts: Vec<_> = layers.map(|layer| format!("{layer}{BATCHES}")).collect();
        for count in counts {
            state.entry(count).or_insert_with(|| TensorData::new(vec![0i64], [0usize; 0]));
        }
        // What PyTorch's own writer says of itself.
        let texts = Texts::from([("format".into(), "pt".into())]);
        safetensors::write(path, &texts, &state)
    }
}

//! A model file's weights for PyTorch.

use std::path::Path;

use striate_backend::Device;
use striate_network::ModelFile;

use crate::Error;
use crate::model::model_path;

/// Writes the weights of a model file, or of a run's folder, as plain safetensors with the names and layouts of PyTorch's
/// modules, which `load_state_dict(strict=True)` takes.
///
/// # Errors
/// If the model file can't be read, or the other can't be written.
pub fn export(model: &Path, out: &Path, device: &Device) -> Result<(), Error> {
    let network = ModelFile::open(&model_path(model))?.network(device)?;
    Ok(network.save_safetensors(out)?)
}

//! What is in a file of weights.

use std::path::Path;

use serde::Serialize;
use striate_network::formats::{WeightsFile, sha256};
use striate_network::{ModelFile, Sections};

use crate::Error;
use crate::model::model_path;

/// What is in a file of weights.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inspection {
    /// Its format, such as `safetensors`.
    pub format: String,
    /// The SHA-256 of its bytes.
    pub sha256: String,
    /// The hash of what it holds, which a model file has of itself.
    pub hash: Option<String>,
    /// A model file's sections; none in other files.
    pub sections: Sections,
    /// Its numbers in all.
    pub numbers: u64,
    /// Its tensors, by name.
    pub tensors: Vec<InspectedTensor>,
}

/// A tensor in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InspectedTensor {
    /// Its name.
    pub name: String,
    /// What the file holds it as, such as `f32`.
    pub dtype: String,
    /// Its sides.
    pub shape: Vec<usize>,
}

/// Lists what a file holds: a model file or that of a run's folder, safetensors, or what `torch.save` wrote. Nothing in it is
/// run.
///
/// # Errors
/// If it can't be read, is damaged or of another format.
pub fn inspect(path: &Path) -> Result<Inspection, Error> {
    let path = model_path(path);
    let file = WeightsFile::open(&path)?;
    let (format, sections) = match file.is_model_file() {
        true => ("striate model".to_owned(), ModelFile::open(&path)?.sections().clone()),
        false => (file.format().to_string(), Sections::new()),
    };
    let tensors: Vec<_> = file
        .tensors()
        .into_iter()
        .map(|tensor| InspectedTensor { name: tensor.name, dtype: tensor.dtype, shape: tensor.shape })
        .collect();
    let numbers = |tensor: &InspectedTensor| tensor.shape.iter().map(|&side| side as u64).product::<u64>();
    Ok(Inspection {
        format,
        sha256: sha256(&path)?,
        hash: sections.get("hash").and_then(|hash| hash.as_str()).map(str::to_owned),
        sections,
        numbers: tensors.iter().map(numbers).sum(),
        tensors,
    })
}

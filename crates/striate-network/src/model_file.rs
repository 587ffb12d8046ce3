//! The model file: everything that a network needs, in one safetensors file.
//!
//! The weights are tensors by name. The header's text `striate` is JSON with named sections: `spec`, `hash` and `format`
//! are known here; the others (`preprocessing`, `classes`, `task`, `training`) belong to the crates above.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use striate_backend::Device;

use crate::formats::safetensors::{self, TensorFile, Texts};
use crate::state::{Slot, held, obstacle};
use crate::{Network, NetworkError, NetworkSpec, WeightDifference};

/// Sections of a model file, by name.
pub type Sections = BTreeMap<String, serde_json::Value>;

/// The header's key.
pub(crate) const KEY: &str = "striate";

/// The version of the format that is written, and the newest that is read. The first differs in the hash: SHA-256.
const FORMAT: u64 = 2;

/// An open model file.
#[derive(Debug)]
pub struct ModelFile {
    file: TensorFile,
    sections: Sections,
    spec: NetworkSpec,
}

impl ModelFile {
    /// Writes a network with sections of upper crates.
    ///
    /// Equal weights and sections give equal bytes. Weights are copied from the device part by part.
    ///
    /// # Errors
    /// If the network has a layer that can't be saved, or the file can't be written; what was there before stays.
    pub fn save(path: &Path, network: &Network, mut sections: Sections) -> Result<(), NetworkError> {
        let unsavable = |reason: String| NetworkError::Unsavable { network: network.spec().name().into(), reason };
        if let Some(reason) = obstacle(network) {
            return Err(unsavable(reason));
        }
        let spec = serde_json::to_value(network.spec()).map_err(|error| unsavable(error.to_string()))?;
        sections.insert("spec".into(), spec);
        sections.insert("format".into(), FORMAT.into());
        sections.remove("hash");
        let hashed = to_json(&sections).to_string();
        let texts = |hash: &str| {
            let mut sections = sections.clone();
            sections.insert("hash".into(), hash.into());
            Texts::from([(KEY.into(), to_json(&sections).to_string())])
        };
        safetensors::write_with_hash(path, &hashed, texts, &held(network))
    }

    /// Opens a model file; weights are read by [`network`](Self::network).
    ///
    /// # Errors
    /// If it can't be read, isn't a model file, is damaged, or is of a newer format.
    pub fn open(path: &Path) -> Result<Self, NetworkError> {
        let file = TensorFile::open(path)?;
        let damaged = |reason: &str| NetworkError::Damaged { path: path.into(), reason: reason.into() };
        let text =
            file.text(KEY).ok_or_else(|| damaged("it has no section `striate`, which `striate train` writes"))?;
        let sections: Sections =
            serde_json::from_str(text).map_err(|_| damaged("its section `striate` is no JSON object"))?;
        match sections.get("format").and_then(serde_json::Value::as_u64) {
            Some(1..=FORMAT) => {}
            Some(newer) => {
                return Err(damaged(&format!("it is of format {newer}; this version reads up to {FORMAT}")));
            }
            None => return Err(damaged("its section `format` is missing")),
        }
        let spec = sections.get("spec").ok_or_else(|| damaged("its section `spec` is missing"))?;
        let spec = NetworkSpec::deserialize(spec).map_err(|error| section_error(path, "spec", &error))?;
        Ok(Self { file, sections, spec })
    }

    /// The network as data.
    pub fn spec(&self) -> &NetworkSpec {
        &self.spec
    }

    /// All sections.
    pub fn sections(&self) -> &Sections {
        &self.sections
    }

    /// A section, if the file has it.
    ///
    /// # Errors
    /// If it is there but not of this type.
    pub fn section<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, NetworkError> {
        let section = self.sections.get(name).map(T::deserialize).transpose();
        section.map_err(|error| section_error(self.file.path(), name, &error))
    }

    /// Reads the weights.
    ///
    /// # Errors
    /// If they can't be read, don't fit the spec, or aren't those that the file was written with.
    pub fn network(&mut self, device: &Device) -> Result<Network, NetworkError> {
        let network = self.spec.init(0, device);
        let given = self.file.tensors().map(Slot::from);
        network.check_weights(WeightDifference::between(&network.slots(), given))?;
        let (text, expected) = self.hashed();
        let mut state = self.file.read_all(&text, &expected)?;
        network.filled(|name| Ok(state.remove(name)))
    }

    /// Checks that the file holds what it was written with, one tensor after another.
    ///
    /// # Errors
    /// If it can't be read, or its hash is another.
    pub fn verify(&mut self) -> Result<(), NetworkError> {
        let (text, expected) = self.hashed();
        self.file.check(&text, &expected, |_, _| ())
    }

    /// What the hash is of beside the weights, and the hash; one that no file has if it is missing.
    fn hashed(&self) -> (String, String) {
        let mut sections = self.sections.clone();
        let hash = sections.remove("hash");
        let hash = hash.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        (to_json(&sections).to_string(), hash)
    }
}

fn to_json(sections: &Sections) -> serde_json::Value {
    sections.clone().into_iter().collect()
}

fn section_error(path: &Path, section: &str, error: &serde_json::Error) -> NetworkError {
    NetworkError::Section { path: path.into(), section: section.into(), reason: error.to_string() }
}

//! Weights in a file of any format that is read.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use burn::tensor::TensorData;
use sha2::{Digest, Sha256};
use striate_layers::Kind;

use super::hash::hex;
use super::pth::PthFile;
use super::safetensors::TensorFile;
use crate::NetworkError;

/// A tensor in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorInfo {
    /// Its name.
    pub name: String,
    /// Its sides.
    pub shape: Vec<usize>,
    /// What the file holds it as, such as `f32`.
    pub dtype: String,
    /// Whether its numbers are real or whole; none if they are of a type that no weight has.
    pub kind: Option<Kind>,
}

/// A format of files that hold weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileFormat {
    /// Safetensors.
    Safetensors,
    /// What `torch.save` writes since PyTorch 1.6: a zip archive.
    PthZip,
    /// What `torch.save` wrote before.
    PthLegacy,
}

impl fmt::Display for FileFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Safetensors => "safetensors",
            Self::PthZip => "PyTorch (zip)",
            Self::PthLegacy => "PyTorch (before 1.6)",
        })
    }
}

/// An open file with weights: safetensors, or what `torch.save` writes. Its content says which, whatever its name.
///
/// Only names, shapes and types are read when it is opened; a tensor's numbers are read when they are asked for. Nothing in
/// a file is ever run.
#[derive(Debug)]
pub struct WeightsFile(Reader);

#[derive(Debug)]
enum Reader {
    Safetensors(TensorFile),
    Pth(PthFile),
}

impl WeightsFile {
    /// Opens a file.
    ///
    /// # Errors
    /// If it can't be read, is damaged, of another format, or holds something else than weights.
    pub fn open(path: &Path) -> Result<Self, NetworkError> {
        let read_error = |source| NetworkError::File { action: "read", path: path.into(), source };
        let file = File::open(path).map_err(read_error)?;
        let mut start = Vec::new();
        file.take(64).read_to_end(&mut start).map_err(read_error)?;
        if PthFile::is(&start) {
            return PthFile::open(path).map(Reader::Pth).map(Self);
        }
        if start.len() > 8 && start[8] != b'{' {
            let reason = "it is neither safetensors nor weights that torch.save wrote".into();
            return Err(NetworkError::Damaged { path: path.into(), reason });
        }
        TensorFile::open(path).map(Reader::Safetensors).map(Self)
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        match &self.0 {
            Reader::Safetensors(file) => file.path(),
            Reader::Pth(file) => file.path(),
        }
    }

    /// The file's format.
    pub fn format(&self) -> FileFormat {
        match &self.0 {
            Reader::Safetensors(_) => FileFormat::Safetensors,
            Reader::Pth(file) if file.is_zip() => FileFormat::PthZip,
            Reader::Pth(_) => FileFormat::PthLegacy,
        }
    }

    /// Whether it is a model file, which [`ModelFile`](crate::ModelFile) opens.
    pub fn is_model_file(&self) -> bool {
        matches!(&self.0, Reader::Safetensors(file) if file.text(crate::model_file::KEY).is_some())
    }

    /// The tensors, by name.
    pub fn tensors(&self) -> Vec<TensorInfo> {
        match &self.0 {
            Reader::Safetensors(file) => {
                let mut tensors: Vec<_> = file.tensors().collect();
                tensors.sort_by(|a, b| a.name.cmp(&b.name));
                tensors
            }
            Reader::Pth(file) => file.tensors().collect(),
        }
    }

    /// Reads one tensor; real numbers become `f32`, whole ones `i64`.
    ///
    /// # Errors
    /// If there is no such tensor, its type is one that no weight has, or the file can't be read or is damaged there.
    pub fn read(&mut self, name: &str) -> Result<TensorData, NetworkError> {
        match &mut self.0 {
            Reader::Safetensors(file) => file.read(name),
            Reader::Pth(file) => file.read(name),
        }
    }
}

/// The SHA-256 of a file's bytes, in hex.
///
/// # Errors
/// If the file can't be read.
pub fn sha256(path: &Path) -> Result<String, NetworkError> {
    let mut hash = Sha256::new();
    let read = File::open(path).and_then(|mut file| io::copy(&mut file, &mut HashWriter(&mut hash)));
    read.map_err(|source| NetworkError::File { action: "read", path: path.into(), source })?;
    Ok(hex(hash))
}

struct HashWriter<'a>(&'a mut Sha256);

impl io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

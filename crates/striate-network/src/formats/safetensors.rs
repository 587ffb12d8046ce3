//! Safetensors: a header in JSON, then every tensor's bytes (<https://github.com/huggingface/safetensors>).
//!
//! Tensors are read one by one by their range, and nothing is allocated that the file's own length doesn't cover.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use burn::tensor::{DType, TensorData};
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};
use sha2::{Digest, Sha256};
use striate_core::file::write_atomically;

use super::ElementType;
use crate::{NetworkError, State};

/// The longest header that is read, in bytes: some 40,000 tensors. What is made of it takes several times as much.
const MAX_HEADER: u64 = 4 << 20;

/// An open safetensors file.
#[derive(Debug)]
pub struct TensorFile {
    path: PathBuf,
    file: BufReader<File>,
    header: Metadata,
    data_start: u64,
}

/// Texts in a file's header, by key.
pub type Texts = BTreeMap<String, String>;

impl TensorFile {
    /// Opens a file and checks its header against its length.
    ///
    /// # Errors
    /// If it can't be read, isn't safetensors, or is shorter or longer than its header says.
    pub fn open(path: &Path) -> Result<Self, NetworkError> {
        let file = File::open(path).map_err(|source| read_error(path, source))?;
        let length = file.metadata().map_err(|source| read_error(path, source))?.len();
        let mut file = BufReader::new(file);
        let damaged = |reason: String| NetworkError::Damaged { path: path.into(), reason };
        let mut header_length = [0; 8];
        if length < 8 {
            return Err(damaged(format!("it has {length} bytes, too few for a header")));
        }
        file.read_exact(&mut header_length).map_err(|source| read_error(path, source))?;
        let header_length = u64::from_le_bytes(header_length);
        if header_length > length - 8 {
            return Err(damaged(format!("it claims a header of {header_length} bytes but has {length} in all")));
        }
        if header_length > MAX_HEADER {
            return Err(damaged(format!("it has a header of {header_length} bytes; at most {MAX_HEADER} are read")));
        }
        let mut header = vec![0; header_length as usize];
        file.read_exact(&mut header).map_err(|source| read_error(path, source))?;
        let header: Metadata = serde_json::from_slice(&header)
            .map_err(|error| damaged(format!("its header is no tensor list: {error}")))?;
        let data_start = 8 + header_length;
        let expected = data_start.saturating_add(header.data_len() as u64);
        if expected != length {
            return Err(damaged(format!("it has {length} bytes where its header says {expected}")));
        }
        Ok(Self { path: path.into(), file, header, data_start })
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A text in the header.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.header.metadata().as_ref()?.get(key).map(String::as_str)
    }

    /// The names of the tensors, in the order of the file.
    pub fn names(&self) -> Vec<String> {
        self.header.offset_keys()
    }

    /// The tensors, in any order.
    pub fn tensors(&self) -> impl Iterator<Item = super::TensorInfo> {
        self.header.tensors().into_iter().map(|(name, info)| super::TensorInfo {
            name,
            shape: info.shape.clone(),
            dtype: info.dtype.to_string().to_lowercase(),
            kind: element(info.dtype).map(ElementType::kind),
        })
    }

    /// Reads one tensor; real numbers become `f32`, whole ones `i64`.
    ///
    /// # Errors
    /// If there is no such tensor, its type isn't one that networks have, or the file can't be read.
    pub fn read(&mut self, name: &str) -> Result<TensorData, NetworkError> {
        let damaged = |reason: String| NetworkError::Damaged { path: self.path.clone(), reason };
        let Some(info) = self.header.info(name) else {
            return Err(damaged(format!("it has no tensor {name:?}")));
        };
        let Some(element) = element(info.dtype) else {
            return Err(damaged(format!("tensor {name:?} is of type {:?}, which no weight has", info.dtype)));
        };
        let (start, end) = info.data_offsets;
        let position = SeekFrom::Start(self.data_start + start as u64);
        let numbers =
            self.file.seek(position).and_then(|_| element.read(&mut self.file, (end - start) / element.size()));
        let numbers = numbers.map_err(|source| read_error(&self.path, source))?;
        Ok(numbers.into_data(&info.shape))
    }

    /// Reads every tensor.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_all(&mut self) -> Result<State, NetworkError> {
        self.names().into_iter().map(|name| self.read(&name).map(|data| (name, data))).collect()
    }
}

fn read_error(path: &Path, source: io::Error) -> NetworkError {
    NetworkError::File { action: "read", path: path.into(), source }
}

fn element(dtype: Dtype) -> Option<ElementType> {
    Some(match dtype {
        Dtype::F64 => ElementType::F64,
        Dtype::F32 => ElementType::F32,
        Dtype::F16 => ElementType::F16,
        Dtype::BF16 => ElementType::BF16,
        Dtype::I64 => ElementType::I64,
        Dtype::I32 => ElementType::I32,
        Dtype::I16 => ElementType::I16,
        Dtype::I8 => ElementType::I8,
        Dtype::U8 => ElementType::U8,
        Dtype::BOOL => ElementType::Bool,
        _ => return None,
    })
}

/// Writes tensors, in the order of their names, and texts.
///
/// # Errors
/// If the file can't be written; what was there before stays.
pub fn write(path: &Path, texts: &Texts, tensors: &State) -> Result<(), NetworkError> {
    let mut offset = 0;
    let infos = tensors.iter().map(|(name, data)| {
        let start = offset;
        offset += data.as_bytes().len();
        let info =
            TensorInfo { dtype: dtype(data), shape: data.shape().as_slice().to_vec(), data_offsets: (start, offset) };
        (name.clone(), info)
    });
    let infos = infos.collect();
    let texts: HashMap<_, _> = texts.iter().map(|(key, text)| (key.clone(), text.clone())).collect();
    let header = Metadata::new((!texts.is_empty()).then_some(texts), infos).map_err(io::Error::other);
    let header = header.and_then(|header| Ok(serde_json::to_vec(&header)?));
    let written = header.and_then(|mut header| {
        // The reference implementation aligns the data to 8 bytes with spaces.
        header.resize(header.len().next_multiple_of(8), b' ');
        if header.len() as u64 > MAX_HEADER {
            let length = header.len();
            return Err(io::Error::other(format!("its header has {length} bytes; at most {MAX_HEADER} would be read")));
        }
        write_atomically(path, |file| {
            file.write_all(&(header.len() as u64).to_le_bytes())?;
            file.write_all(&header)?;
            tensors.values().try_for_each(|data| file.write_all(data.as_bytes()))
        })
    });
    written.map_err(|source| NetworkError::File { action: "write", path: path.into(), source })
}

fn dtype(data: &TensorData) -> Dtype {
    match data.dtype() {
        DType::F32 => Dtype::F32,
        DType::I64 => Dtype::I64,
        other => unreachable!("a network's state is f32 or i64, not {other:?}"),
    }
}

/// The SHA-256 of a text and of tensors with names, shapes and values, in hex.
pub fn hash(text: &str, tensors: &State) -> String {
    let mut hash = StateHash::new(text);
    tensors.iter().for_each(|(name, data)| hash.add(name, data));
    hash.finish()
}

/// The [`hash`] of tensors that are given one by one, in the order of their names.
#[derive(Debug)]
pub(crate) struct StateHash(Sha256);

impl StateHash {
    pub(crate) fn new(text: &str) -> Self {
        Self(Sha256::new_with_prefix(text))
    }

    pub(crate) fn add(&mut self, name: &str, data: &TensorData) {
        self.0.update(format!("{name}{:?}{:?}\n", data.shape().as_slice(), data.dtype()));
        self.0.update(data.as_bytes());
    }

    pub(crate) fn finish(self) -> String {
        hex(self.0)
    }
}

/// A finished SHA-256 in hex.
pub(super) fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

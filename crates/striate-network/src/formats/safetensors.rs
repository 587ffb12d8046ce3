//! Safetensors: a header in JSON, then every tensor's bytes (<https://github.com/huggingface/safetensors>).
//!
//! Tensors are read one by one by their range, and nothing is allocated that the file's own length doesn't cover.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use burn::tensor::{DType, TensorData, bf16, f16};
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};
use sha2::{Digest, Sha256};
use striate_core::file::write_atomically;

use crate::{NetworkError, State};

/// The longest header that is read, as in the reference implementation.
const MAX_HEADER: u64 = 100_000_000;

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
        if header_length > MAX_HEADER || header_length > length - 8 {
            return Err(damaged(format!("it claims a header of {header_length} bytes but has {length} in all")));
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

    /// The sides of a tensor.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        Some(&self.header.info(name)?.shape)
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
        let (start, end) = info.data_offsets;
        let (shape, dtype) = (info.shape.clone(), info.dtype);
        let position = SeekFrom::Start(self.data_start + start as u64);
        self.file.seek(position).map_err(|source| read_error(&self.path, source))?;
        let bytes = (&mut self.file).take((end - start) as u64);
        let length = end - start;
        let data = match dtype {
            Dtype::F32 => numbers(bytes, length, f32::from_le_bytes).map(|x| TensorData::new(x, shape)),
            Dtype::F64 => numbers(bytes, length, |b| f64::from_le_bytes(b) as f32).map(|x| TensorData::new(x, shape)),
            Dtype::F16 => numbers(bytes, length, |b| f16::from_le_bytes(b).to_f32()).map(|x| TensorData::new(x, shape)),
            Dtype::BF16 => {
                numbers(bytes, length, |b| bf16::from_le_bytes(b).to_f32()).map(|x| TensorData::new(x, shape))
            }
            Dtype::I64 => numbers(bytes, length, i64::from_le_bytes).map(|x| TensorData::new(x, shape)),
            Dtype::I32 => {
                numbers(bytes, length, |b| i32::from_le_bytes(b).into()).map(|x: Vec<i64>| TensorData::new(x, shape))
            }
            other => return Err(damaged(format!("tensor {name:?} is of type {other:?}, which no weight has"))),
        };
        data.map_err(|source| read_error(&self.path, source))
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

/// Reads `length` bytes as numbers of `N` bytes.
fn numbers<const N: usize, T>(
    mut bytes: impl Read,
    length: usize,
    number: impl Fn([u8; N]) -> T,
) -> io::Result<Vec<T>> {
    let mut numbers = Vec::with_capacity(length / N);
    let mut buffer = vec![0; (1 << 16).min(length)];
    while numbers.len() * N < length {
        let chunk = buffer.len().min(length - numbers.len() * N);
        bytes.read_exact(&mut buffer[..chunk])?;
        let (whole, _) = buffer[..chunk].as_chunks::<N>();
        numbers.extend(whole.iter().map(|bytes| number(*bytes)));
    }
    Ok(numbers)
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
    let mut hash = Sha256::new();
    hash.update(text);
    for (name, data) in tensors {
        hash.update(format!("{name}{:?}{:?}\n", data.shape().as_slice(), data.dtype()));
        hash.update(data.as_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

//! Safetensors: a header in JSON, then every tensor's bytes (<https://github.com/huggingface/safetensors>).
//!
//! Tensors are read one by one by their range, and nothing is allocated that the file's own length doesn't cover.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::{mem, panic, thread};

use burn::tensor::{DType, TensorData};
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};
use striate_core::file::write_atomically;
use striate_layers::Kind;

use super::ElementType;
use super::hash::StateHash;
use crate::{NetworkError, State};

/// The longest header that is read, in bytes: some 40,000 tensors. What is made of it takes several times as much.
const MAX_HEADER: u64 = 4 << 20;

/// The numbers of a part: few enough to be in the cache until they are hashed and written.
pub(crate) const PART: usize = 1 << 18;

/// Bundles of parts that may wait to be written: a disk that stops for a while doesn't stop the hash at once.
const WAITING: usize = 4;

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
        self.read_seen(name, |_| ())
    }

    /// As [`read`](Self::read), added to a hash.
    pub(crate) fn read_hashed(&mut self, name: &str, hash: &mut StateHash) -> Result<TensorData, NetworkError> {
        let element = self.header.info(name).and_then(|info| Some((info.shape.clone(), element(info.dtype)?)));
        let kept = element.filter(|(_, element)| element.is_kept());
        if let Some((shape, element)) = &kept {
            hash.name(name, shape, element.kind());
            return self.read_seen(name, |bytes| hash.numbers(bytes));
        }
        let data = self.read(name)?;
        hash.name(name, data.shape().as_slice(), Stored::kind(&data));
        hash.numbers(data.as_bytes());
        Ok(data)
    }

    fn read_seen(&mut self, name: &str, seen: impl FnMut(&[u8]) + Send) -> Result<TensorData, NetworkError> {
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
            self.file.seek(position).and_then(|_| element.read(&mut self.file, (end - start) / element.size(), seen));
        let numbers = numbers.map_err(|source| read_error(&self.path, source))?;
        Ok(numbers.into_data(&info.shape))
    }

    /// Reads every tensor, and checks that `expected` is the hash of `text` and of them all.
    ///
    /// # Errors
    /// As [`read`](Self::read); if the hash is another.
    pub fn read_all(&mut self, text: &str, expected: &str) -> Result<State, NetworkError> {
        let mut state = State::new();
        self.check(text, expected, |name, data| drop(state.insert(name, data)))?;
        Ok(state)
    }

    /// Reads every tensor, gives them one by one, and checks that `expected` is the hash of `text` and of them all.
    pub(crate) fn check(
        &mut self,
        text: &str,
        expected: &str,
        mut give: impl FnMut(String, TensorData),
    ) -> Result<(), NetworkError> {
        let mut hash = StateHash::like(expected, text);
        let mut names = self.names();
        names.sort();
        for name in names {
            let data = self.read_hashed(&name, &mut hash)?;
            give(name, data);
        }
        if hash.finish() == expected {
            return Ok(());
        }
        let reason = "its content is not what was written (the hash differs)".into();
        Err(NetworkError::Damaged { path: self.path.clone(), reason })
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

/// A tensor that can be written.
pub trait Stored: Sync {
    /// Its sides.
    fn shape(&self) -> Vec<usize>;

    /// Whether its numbers are real, written as `f32`, or whole, written as `i64`.
    fn kind(&self) -> Kind;

    /// Gives its numbers' bytes, part after part.
    ///
    /// # Errors
    /// That of the first part that can't be taken.
    fn parts<'a>(&'a self, take: &mut dyn FnMut(Part<'a>) -> io::Result<()>) -> io::Result<()>;
}

/// Bytes of a tensor: where they are, or copied from a device.
#[derive(Debug)]
pub enum Part<'a> {
    /// Where they are.
    Lent(&'a [u8]),
    /// Copied.
    Copied(TensorData),
}

impl Part<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Lent(bytes) => bytes,
            Self::Copied(data) => data.as_bytes(),
        }
    }
}

impl Stored for TensorData {
    fn shape(&self) -> Vec<usize> {
        self.shape().as_slice().to_vec()
    }

    fn kind(&self) -> Kind {
        match self.dtype() {
            DType::F32 => Kind::Float,
            DType::I64 => Kind::Int,
            other => unreachable!("a network's state is f32 or i64, not {other:?}"),
        }
    }

    fn parts<'a>(&'a self, take: &mut dyn FnMut(Part<'a>) -> io::Result<()>) -> io::Result<()> {
        self.as_bytes().chunks(PART * size_of::<f32>()).try_for_each(|bytes| take(Part::Lent(bytes)))
    }
}

impl<T: Stored + ?Sized> Stored for &T {
    fn shape(&self) -> Vec<usize> {
        T::shape(self)
    }

    fn kind(&self) -> Kind {
        T::kind(self)
    }

    fn parts<'a>(&'a self, take: &mut dyn FnMut(Part<'a>) -> io::Result<()>) -> io::Result<()> {
        T::parts(self, take)
    }
}

/// Writes tensors, in the order of their names, and texts.
///
/// # Errors
/// If the file can't be written; what was there before stays.
pub fn write<T: Stored>(path: &Path, texts: Texts, tensors: &BTreeMap<String, T>) -> Result<(), NetworkError> {
    write_file(path, None, &|_| texts.clone(), tensors)
}

/// Writes tensors, in the order of their names, and texts that may have the hash of `text` and of the tensors in them, which
/// is taken as they are written.
///
/// # Errors
/// If the file can't be written; what was there before stays.
pub fn write_with_hash<T: Stored>(
    path: &Path,
    text: &str,
    texts: impl Fn(&str) -> Texts,
    tensors: &BTreeMap<String, T>,
) -> Result<(), NetworkError> {
    write_file(path, Some(StateHash::new(text)), &texts, tensors)
}

/// What is hashed, in order.
enum Piece<'a> {
    /// The tensor whose numbers come next.
    Name(&'a str, &'a dyn Stored),
    Part(Part<'a>),
}

/// Pieces that go from thread to thread together: handing over takes longer than hashing and writing a small tensor.
#[derive(Default)]
struct Bundle<'a> {
    pieces: Vec<Piece<'a>>,
    bytes: usize,
}

impl<'a> Bundle<'a> {
    fn push(&mut self, piece: Piece<'a>) {
        if let Piece::Part(part) = &piece {
            self.bytes += part.bytes().len();
        }
        self.pieces.push(piece);
    }

    fn is_full(&self) -> bool {
        self.bytes >= PART * size_of::<f32>()
    }

    fn hash(&self, hash: &mut StateHash) {
        for piece in &self.pieces {
            match piece {
                Piece::Name(name, tensor) => hash.name(name, &tensor.shape(), tensor.kind()),
                Piece::Part(part) => hash.numbers(part.bytes()),
            }
        }
    }

    fn write(&self, file: &mut impl Write) -> io::Result<()> {
        self.pieces.iter().try_for_each(|piece| match piece {
            Piece::Name(..) => Ok(()),
            Piece::Part(part) => file.write_all(part.bytes()),
        })
    }
}

fn write_file<T: Stored>(
    path: &Path,
    mut hash: Option<StateHash>,
    texts: &dyn Fn(&str) -> Texts,
    tensors: &BTreeMap<String, T>,
) -> Result<(), NetworkError> {
    let written = write_atomically(path, |file| {
        // What is known only at the end is as long as what stands for it until then.
        let unknown = hash.clone().map_or(String::new(), StateHash::finish);
        file.write_all(&header(texts(&unknown), tensors)?)?;
        // Parts are copied from the device on this thread, hashed on a second, and written on a third.
        hash = thread::scope(|scope| {
            let (copied, to_hash) = mpsc::sync_channel::<Bundle<'_>>(WAITING);
            let (hashed, to_write) = mpsc::sync_channel::<Bundle<'_>>(WAITING);
            let hasher = scope.spawn(move || {
                for bundle in to_hash {
                    if let Some(hash) = &mut hash {
                        bundle.hash(hash);
                    }
                    if hashed.send(bundle).is_err() {
                        break;
                    }
                }
                hash
            });
            let writer = scope.spawn(|| to_write.into_iter().try_for_each(|bundle| bundle.write(file)));
            let send = |bundle| copied.send(bundle).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe));
            let mut bundle = Bundle::default();
            let sent = tensors.iter().try_for_each(|(name, tensor)| {
                bundle.push(Piece::Name(name, tensor));
                tensor.parts(&mut |part| {
                    bundle.push(Piece::Part(part));
                    if bundle.is_full() { send(mem::take(&mut bundle)) } else { Ok(()) }
                })
            });
            let sent = sent.and_then(|()| send(bundle));
            drop(copied);
            let hash = hasher.join().unwrap_or_else(|panic| panic::resume_unwind(panic));
            // When the writer has given up, its error is the reason why nothing more could be sent.
            let written = writer.join().unwrap_or_else(|panic| panic::resume_unwind(panic));
            written.and(sent).map(|()| hash)
        })?;
        if let Some(hash) = hash {
            file.rewind()?;
            file.write_all(&header(texts(&hash.finish()), tensors)?)?;
        }
        Ok(())
    });
    written.map_err(|source| NetworkError::File { action: "write", path: path.into(), source })
}

/// The file's beginning: the header with its length.
fn header<T: Stored>(texts: Texts, tensors: &BTreeMap<String, T>) -> io::Result<Vec<u8>> {
    let mut offset = 0;
    let infos = tensors.iter().map(|(name, tensor)| {
        let (shape, kind) = (tensor.shape(), tensor.kind());
        let (dtype, size) = match kind {
            Kind::Float => (Dtype::F32, 4),
            Kind::Int => (Dtype::I64, 8),
        };
        let start = offset;
        offset += shape.iter().product::<usize>() * size;
        (name.clone(), TensorInfo { dtype, shape, data_offsets: (start, offset) })
    });
    let infos = infos.collect();
    let texts = (!texts.is_empty()).then(|| texts.into_iter().collect());
    let header = Metadata::new(texts, infos).map_err(io::Error::other)?;
    let mut header = serde_json::to_vec(&header)?;
    // The reference implementation aligns the data to 8 bytes with spaces.
    header.resize(header.len().next_multiple_of(8), b' ');
    let length = header.len() as u64;
    if length > MAX_HEADER {
        return Err(io::Error::other(format!("its header has {length} bytes; at most {MAX_HEADER} would be read")));
    }
    header.splice(..0, length.to_le_bytes());
    Ok(header)
}

//! What `torch.save` writes: a pickle that describes tensors, and their numbers beside it; in a zip archive (PyTorch 1.6 and
//! later) or one after another (before).
//!
//! Nothing in such a file is run, tensors are read one by one by their range, and nothing is allocated that the file's own
//! length doesn't cover.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use burn::tensor::TensorData;

use super::pickle::{Pickle, Tensor, Value};
use super::zip::{self, Place};
use super::{TensorInfo, Unreadable};
use crate::NetworkError;

/// The most tensors that are listed.
const MAX_TENSORS: usize = 1 << 16;

/// How an archive begins.
const ZIP: &[u8] = b"PK\x03\x04";

/// The number that the older layout begins with, within the first pickle.
const MAGIC: [u8; 10] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19];

/// The keys of a checkpoint under which programs keep a state dict.
const NESTED: [&str; 4] = ["state_dict", "model_state_dict", "model", "net"];

/// An open file that `torch.save` wrote.
#[derive(Debug)]
pub struct PthFile {
    path: PathBuf,
    file: BufReader<File>,
    zip: bool,
    tensors: BTreeMap<String, Stored>,
}

/// Where a tensor's numbers are.
#[derive(Debug)]
struct Stored {
    tensor: Tensor,
    place: Place,
}

impl PthFile {
    /// Whether a file that begins with these bytes is one.
    pub(super) fn is(start: &[u8]) -> bool {
        start.starts_with(ZIP) || (start.starts_with(b"\x80") && start.windows(MAGIC.len()).any(|bytes| bytes == MAGIC))
    }

    /// Opens a file and reads what its pickle describes: a state dict, alone or under `state_dict`, `model_state_dict`,
    /// `model` or `net`.
    ///
    /// # Errors
    /// If it can't be read, is damaged, or holds something else than weights, such as a whole Python object.
    pub fn open(path: &Path) -> Result<Self, NetworkError> {
        Self::read_from(path).map_err(|error| error.of(path))
    }

    fn read_from(path: &Path) -> Result<Self, Unreadable> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut file = BufReader::new(file);
        let mut start = [0; 4];
        file.read_exact(&mut start)?;
        file.rewind()?;
        let zip = start == *ZIP;
        let (pickle, places) = if zip { archive(&mut file, length)? } else { sequence(&mut file, length)? };
        let mut tensors = BTreeMap::new();
        for &(key, value) in state_dict(&pickle)? {
            let (Some(name), &Value::Tensor(arguments)) = (pickle.text(key), pickle.get(value)) else { continue };
            let tensor = pickle.tensor(arguments).ok_or_else(|| format!("its tensor {name:?} is damaged"))?;
            let place = pickle.text(tensor.storage.key).and_then(|key| places.get(key));
            let place = *place.ok_or_else(|| format!("the numbers of its tensor {name:?} are missing"))?;
            let covered = tensor.extent().is_some_and(|extent| {
                let bytes = (extent as u64).checked_mul(tensor.storage.element.size() as u64);
                extent <= tensor.storage.count && bytes.is_some_and(|bytes| bytes <= place.length)
            });
            if !covered {
                return Err(format!("its tensor {name:?} is larger than what is stored for it").into());
            }
            tensors.insert(name.to_owned(), Stored { tensor, place });
            if tensors.len() > MAX_TENSORS {
                return Err(format!("it has more than {MAX_TENSORS} tensors").into());
            }
        }
        Ok(Self { path: path.into(), file, zip, tensors })
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is a zip archive, as PyTorch writes since 1.6.
    pub fn is_zip(&self) -> bool {
        self.zip
    }

    /// The tensors, by name.
    pub fn tensors(&self) -> impl Iterator<Item = TensorInfo> {
        self.tensors.iter().map(|(name, Stored { tensor, .. })| TensorInfo {
            name: name.clone(),
            shape: tensor.shape.clone(),
            dtype: tensor.storage.element.to_string(),
            kind: Some(tensor.storage.element.kind()),
        })
    }

    /// Reads one tensor; real numbers become `f32`, whole ones `i64`.
    ///
    /// # Errors
    /// If there is no such tensor, or the file can't be read or is damaged there.
    pub fn read(&mut self, name: &str) -> Result<TensorData, NetworkError> {
        let data = match self.tensors.get(name) {
            Some(stored) => stored.read(&mut self.file, name),
            None => Err(format!("it has no tensor {name:?}").into()),
        };
        data.map_err(|error| error.of(&self.path))
    }
}

impl Tensor {
    /// How many of the storage's numbers it reaches, from the first on; none if it repeats numbers.
    fn extent(&self) -> Option<usize> {
        let count = self.shape.iter().try_fold(1usize, |count, &side| count.checked_mul(side))?;
        if count == 0 {
            return Some(0);
        }
        let steps = self.shape.iter().zip(&self.strides);
        let last = steps.map(|(&side, &stride)| (side - 1).checked_mul(stride));
        let last = last.into_iter().try_fold(self.offset, |sum, step| sum.checked_add(step?))?;
        let extent = last.checked_add(1)?;
        (count <= extent - self.offset).then_some(extent)
    }

    /// Whether its numbers are stored in rows; it has some.
    fn is_contiguous(&self) -> bool {
        let mut expected = 1;
        self.shape.iter().zip(&self.strides).rev().all(|(&side, &stride)| {
            let fits = side == 1 || stride == expected;
            expected *= side;
            fits
        })
    }
}

impl Stored {
    fn read(&self, file: &mut BufReader<File>, name: &str) -> Result<TensorData, Unreadable> {
        let Self { tensor, place } = self;
        let element = tensor.storage.element;
        let size = element.size();
        let extent = tensor.extent().ok_or("it repeats numbers")?;
        let skipped = if extent == 0 { 0 } else { tensor.offset };
        file.seek(SeekFrom::Start(place.start + (skipped * size) as u64))?;
        let mut checksum = crc32fast::Hasher::new();
        let numbers = element.read(file, extent - skipped, |bytes| checksum.update(bytes))?;
        // A checksum of 0 was never written.
        let whole = skipped == 0 && (extent * size) as u64 == place.length;
        if whole && place.checksum != 0 && checksum.finalize() != place.checksum {
            return Err(format!("its tensor {name:?} is not what was written (the checksum differs)").into());
        }
        let numbers = if extent == 0 || tensor.is_contiguous() {
            numbers
        } else {
            numbers.gather(&tensor.shape, &tensor.strides)
        };
        Ok(numbers.into_data(&tensor.shape))
    }
}

/// A pickle, and the places of the numbers that it describes.
type Described = (Pickle, HashMap<Box<str>, Place>);

/// Reads the layout since PyTorch 1.6: members `NAME/data.pkl`, `NAME/data/KEY`.
fn archive(file: &mut BufReader<File>, length: u64) -> Result<Described, Unreadable> {
    let members = zip::members(file, length)?;
    let folders = members.keys().filter_map(|name| name.strip_suffix("data.pkl"));
    let folder = folders.filter(|folder| folder.is_empty() || folder.ends_with('/')).min_by_key(|folder| folder.len());
    let folder = folder.ok_or("it is a zip archive that torch.save did not write: it has no `data.pkl`")?;
    let place = |file: &mut BufReader<File>, name: &str| {
        members.get(&format!("{folder}{name}")).map(|member| member.place(file, length)).transpose()
    };
    if let Some(order) = place(file, "byteorder")? {
        let mut text = [0; 6];
        let text = &mut text[..(order.length as usize).min(6)];
        file.seek(SeekFrom::Start(order.start))?;
        file.read_exact(text)?;
        if text != b"little" {
            return Err("it was written on a machine with another order of bytes".into());
        }
    }
    let program = place(file, "data.pkl")?.ok_or("its `data.pkl` is missing")?;
    file.seek(SeekFrom::Start(program.start))?;
    let pickle = Pickle::read(&mut (&mut *file).take(program.length))?;
    let mut places = HashMap::new();
    for key in pickle.storages.keys() {
        if let Some(found) = place(file, &format!("data/{key}"))? {
            places.insert(key.clone(), found);
        }
    }
    Ok((pickle, places))
}

/// Reads the layout before: pickles of a magic number, a version, the machine and the weights, then one of the storages'
/// keys, then each storage's count and numbers.
fn sequence(file: &mut BufReader<File>, length: u64) -> Result<Described, Unreadable> {
    const VERSION: i64 = 1001;
    Pickle::read(file)?;
    let version = Pickle::read(file)?;
    if !matches!(version.root(), Value::Int(VERSION)) {
        return Err(format!("it is of another version than {VERSION}").into());
    }
    Pickle::read(file)?;
    let pickle = Pickle::read(file)?;
    let keys = Pickle::read(file)?;
    let Value::List(list) = keys.root() else {
        return Err("its list of storages is damaged".into());
    };
    let mut places = HashMap::new();
    let mut start = file.stream_position()?;
    for &key in list {
        let described = keys.text(key).and_then(|key| Some((key, *pickle.storages.get(key)?)));
        let (key, (element, count)) = described.ok_or("its list of storages is not that of its tensors")?;
        let mut written = [0; 8];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut written)?;
        if u64::from_le_bytes(written) != count as u64 {
            return Err(format!("its storage {key:?} has another length than its tensors say").into());
        }
        let bytes = (count as u64).checked_mul(element.size() as u64);
        let end = bytes.and_then(|bytes| (start + 8).checked_add(bytes)).filter(|&end| end <= length);
        let end = end.ok_or_else(|| format!("its storage {key:?} is beyond the file's end"))?;
        places.insert(key.into(), Place { start: start + 8, length: end - start - 8, checksum: 0 });
        start = end;
    }
    Ok((pickle, places))
}

/// The items of the state dict in a pickle.
fn state_dict(pickle: &Pickle) -> Result<&[(u32, u32)], Unreadable> {
    let Value::Dict(root) = pickle.root() else {
        return Err("it holds no state dict; save `model.state_dict()` with `torch.save`".into());
    };
    let has_tensors = |items: &[(u32, u32)]| items.iter().any(|item| matches!(pickle.get(item.1), Value::Tensor(_)));
    if has_tensors(root) {
        return Ok(root);
    }
    let nested = NESTED.iter().find_map(|name| {
        let (_, value) = root.iter().find(|(key, _)| pickle.text(*key) == Some(name))?;
        match pickle.get(*value) {
            Value::Dict(items) if has_tensors(items) => Some(items.as_slice()),
            _ => None,
        }
    });
    let names = NESTED.map(|name| format!("`{name}`")).join(", ");
    Ok(nested.ok_or_else(|| format!("it holds no tensors, neither at the top nor under {names}"))?)
}

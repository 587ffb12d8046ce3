//! An index's file.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use striate_core::file::write_atomically;

use super::{Origin, SimilarIndex};
use crate::Error;

/// The header's key.
const KEY: &str = "striate_index";

/// The files of this kind.
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    origin: Origin,
    /// Of the origin, the names' bytes and the numbers' bytes.
    hash: String,
}

fn hash(origin: &Origin, names: &[u8], numbers: &[u8]) -> String {
    let mut hash = Sha256::new();
    let origin = serde_json::to_vec(origin).unwrap_or_default();
    for part in [&origin[..], names, numbers] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn write(index: &SimilarIndex, path: &Path) -> Result<(), Error> {
    let failed = |source| Error::File { action: "write", path: path.into(), source };
    let names = serde_json::to_vec(&index.names).map_err(|error| failed(error.into()))?;
    let numbers: Vec<u8> = index.rows.iter().flat_map(|number| number.to_le_bytes()).collect();
    let header = Header { format: FORMAT, origin: index.origin.clone(), hash: hash(&index.origin, &names, &numbers) };
    let header = serde_json::to_string(&header).map_err(|error| failed(error.into()))?;
    let other = |error: safetensors::SafeTensorError| failed(std::io::Error::other(error));
    let tensors = [
        ("embeddings", TensorView::new(Dtype::F32, vec![index.names.len(), index.length], &numbers).map_err(other)?),
        ("names", TensorView::new(Dtype::U8, vec![names.len()], &names).map_err(other)?),
    ];
    let bytes = safetensors::serialize(tensors, Some(HashMap::from([(KEY.into(), header)]))).map_err(other)?;
    write_atomically(path, |file| file.write_all(&bytes)).map_err(failed)
}

pub(super) fn read(path: &Path) -> Result<SimilarIndex, Error> {
    let bytes = fs::read(path).map_err(|source| Error::File { action: "read", path: path.into(), source })?;
    understood(&bytes).map_err(|reason| Error::Index { path: path.into(), reason })
}

/// The index in a file's bytes, or what is wrong with them. Nothing is made that is longer than these.
fn understood(bytes: &[u8]) -> Result<SimilarIndex, String> {
    let broken = |error: safetensors::SafeTensorError| format!("it is no safetensors: {error}");
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(broken)?;
    let header = metadata.metadata().as_ref().and_then(|texts| texts.get(KEY));
    let header = header.ok_or("it is no index of pictures; `striate similar build` makes one")?;
    let Header { format, origin, hash: written } =
        serde_json::from_str(header).map_err(|error| format!("its header can't be understood: {error}"))?;
    if format != FORMAT {
        return Err(format!("it has format {format}, this program reads {FORMAT}; make the index anew"));
    }
    let tensors = SafeTensors::deserialize(bytes).map_err(broken)?;
    let tensor = |name: &str, dtype: Dtype, rank: usize| {
        let tensor = tensors.tensor(name).map_err(|_| format!("it has no tensor {name:?}"))?;
        match tensor.dtype() == dtype && tensor.shape().len() == rank {
            true => Ok(tensor),
            false => Err(format!(
                "tensor {name:?} is {:?} {:?}, not {dtype:?} of rank {rank}",
                tensor.dtype(),
                tensor.shape()
            )),
        }
    };
    let (numbers, names) = (tensor("embeddings", Dtype::F32, 2)?, tensor("names", Dtype::U8, 1)?);
    if hash(&origin, names.data(), numbers.data()) != written {
        return Err("its content is not what was written (the hash differs)".into());
    }
    let (rows, length) = (numbers.shape()[0], numbers.shape()[1]);
    let names: Vec<String> =
        serde_json::from_slice(names.data()).map_err(|error| format!("its names can't be understood: {error}"))?;
    if names.len() != rows || rows == 0 || length == 0 {
        return Err(format!("it has {} names for {rows} rows of {length} numbers", names.len()));
    }
    let numbers: Vec<f32> = numbers.data().as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
    match numbers.iter().all(|number| number.is_finite()) {
        true => Ok(SimilarIndex { origin, names, rows: numbers, length }),
        false => Err("one of its numbers is not finite".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> SimilarIndex {
        let origin = Origin { model: "model.safetensors".into(), sha256: "ab".into(), layer: "fc2".into() };
        let rows = vec![1.0, 0.0, 0.6, 0.8, 0.0, -1.0];
        SimilarIndex { origin, names: ["a.png", "猫/b.png", "c.png"].map(String::from).into(), rows, length: 2 }
    }

    #[test]
    fn an_index_is_read_as_it_was_written_and_damage_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index.safetensors");
        index().save(&path).unwrap();
        assert_eq!(SimilarIndex::open(&path).unwrap(), index());
        let bytes = fs::read(&path).unwrap();
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 0x10;
            if let Ok(read) = understood(&damaged) {
                // White space and the like in the header may change.
                assert_eq!(read, index(), "byte {place}");
            }
        }
        for length in 0..bytes.len() {
            assert!(understood(&bytes[..length]).is_err(), "{length} bytes");
        }
        let message = SimilarIndex::open(&folder.path().join("none")).unwrap_err().to_string();
        assert!(message.contains("cannot read"), "{message}");
    }

    #[test]
    fn the_nearest_come_first() {
        let found = index().query(&[0.8, 0.6], 2).unwrap();
        let names: Vec<_> = found.iter().map(|picture| picture.name.as_str()).collect();
        assert_eq!(names, ["猫/b.png", "a.png"]);
        assert!((found[0].similarity - 0.96).abs() < 1e-6 && (found[1].similarity - 0.8).abs() < 1e-6);
        assert_eq!(index().query(&[1.0, 0.0], 9).unwrap().len(), 3);
        assert!(index().query(&[1.0, 0.0], 0).unwrap().is_empty());
        let message = index().query(&[1.0], 1).unwrap_err().to_string();
        assert!(message.contains("it has 2 numbers for each picture, this model gives 1"), "{message}");
    }
}

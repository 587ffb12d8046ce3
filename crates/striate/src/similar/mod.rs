//! Similar pictures: what a network's layer says of them, in an index on disk.

pub(crate) mod embedder;
mod file;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use striate_core::ClassNames;
use striate_data::{Dataset, Decoding, Files};

pub use self::embedder::Embedder;
use crate::Error;

/// Pictures by what a network's layer says of them.
///
/// Each has a row of numbers of length 1, so that the product of two rows is the cosine of their angle. The search is exact:
/// it looks at every row.
///
/// The file is safetensors: `embeddings` `[pictures, numbers]` in f32, `names` as JSON in bytes, and in its header which model
/// and layer they come from and a SHA-256 of it all, which is checked on reading.
#[derive(Debug, Clone, PartialEq)]
pub struct SimilarIndex {
    origin: Origin,
    names: Vec<String>,
    /// `[pictures, length]`.
    rows: Vec<f32>,
    length: usize,
}

/// Where an index's numbers come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The model's file, where it was.
    pub model: PathBuf,
    /// The SHA-256 of the file.
    pub sha256: String,
    /// The layer.
    pub layer: String,
}

/// A picture of an index that is like another.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SimilarPicture {
    /// Its path below the folder that the index was made of.
    pub name: String,
    /// The cosine of the angle between the two pictures' numbers, in `[-1, 1]`: 1 for equal ones.
    pub similarity: f32,
}

/// An index of a folder, and what it lacks.
#[derive(Debug)]
#[non_exhaustive]
pub struct BuiltIndex {
    /// The index.
    pub index: SimilarIndex,
    /// Pictures that can't be read, and why.
    pub unreadable: Vec<(PathBuf, String)>,
}

/// Pictures in a batch.
const BATCH: usize = 32;

impl SimilarIndex {
    /// Looks at all pictures in a folder and those below it. One that can't be read is left out and told.
    ///
    /// # Errors
    /// If there is no picture that can be read, or the network doesn't take them.
    pub fn build(embedder: &Embedder, folder: &Path) -> Result<BuiltIndex, Error> {
        let pictures = Files::unlabelled(folder, &ClassNames::numbered(0), Decoding::default())?;
        let (mut names, mut rows, mut unreadable) = (Vec::new(), Vec::new(), Vec::new());
        let mut batch = Vec::with_capacity(BATCH);
        for number in 0..pictures.len() {
            let path = pictures.path(number).unwrap_or(folder).to_owned();
            match pictures.get(number) {
                Ok(sample) => {
                    let name = path.strip_prefix(folder).unwrap_or(&path);
                    names.push(name.to_string_lossy().into_owned());
                    batch.push(sample.image.to_u8());
                }
                Err(error) => unreadable.push((path, error.to_string())),
            }
            if batch.len() == BATCH || (number + 1 == pictures.len() && !batch.is_empty()) {
                rows.extend(embedder.embed(&batch)?.into_iter().flatten());
                batch.clear();
            }
        }
        if names.is_empty() {
            return Err(striate_data::DataError::NoPicture { path: folder.into() }.into());
        }
        let length = rows.len() / names.len();
        Ok(BuiltIndex { index: Self { origin: embedder.origin().clone(), names, rows, length }, unreadable })
    }

    /// Reads an index.
    ///
    /// # Errors
    /// If the file can't be read, is damaged or something else.
    pub fn open(path: &Path) -> Result<Self, Error> {
        file::read(path)
    }

    /// Writes the index, whole or not at all.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        file::write(self, path)
    }

    /// Where its numbers come from.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// How many pictures it has.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The numbers of each picture.
    pub fn length(&self) -> usize {
        self.length
    }

    /// The `top` pictures that are most like one with these numbers, as [`Embedder::embed`] gives them, best first; equals in
    /// the order of the index.
    ///
    /// # Errors
    /// [`Error::OtherIndex`] if there are more or fewer numbers than in the index.
    pub fn query(&self, numbers: &[f32], top: usize) -> Result<Vec<SimilarPicture>, Error> {
        if numbers.len() != self.length {
            let reason = format!("it has {} numbers for each picture, this model gives {}", self.length, numbers.len());
            return Err(Error::OtherIndex { reason });
        }
        let product = |row: &[f32]| row.iter().zip(numbers).map(|(a, b)| f64::from(a * b)).sum::<f64>() as f32;
        let mut found: Vec<_> = self.rows.chunks_exact(self.length).map(product).enumerate().collect();
        let by_similarity = |a: &(usize, f32), b: &(usize, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if top < found.len() && top > 0 {
            found.select_nth_unstable_by(top - 1, by_similarity);
        }
        found.truncate(top);
        found.sort_by(by_similarity);
        let named = |(place, similarity): (usize, f32)| SimilarPicture {
            name: self.names[place].clone(),
            similarity: similarity.clamp(-1.0, 1.0),
        };
        Ok(found.into_iter().map(named).collect())
    }
}

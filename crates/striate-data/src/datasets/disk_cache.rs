//! Samples that are kept in a folder once they were read.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use striate_core::file::write_atomically;

use super::stored_sample;
use crate::read::read;
use crate::{DataError, Dataset, Sample};

/// A data set that keeps its samples, decoded, in a folder once they were read, as far as there is room.
///
/// Each data set has a folder of its own in the one that is given, named by its [fingerprint](Dataset::fingerprint), so
/// that what was kept of other data is never taken for it. Files are written whole or not at all, and have a check sum: a
/// damaged one is read from the other data set again and replaced. Several programs may use a folder at once.
///
/// Where decoding is quick, reading a whole picture from a slow disk can take longer.
pub struct DiskCache {
    parent: Arc<dyn Dataset>,
    folder: PathBuf,
    max_bytes: u64,
    bytes: AtomicU64,
}

impl DiskCache {
    /// Keeps samples in a folder below `folder`, in files of at most `max_bytes` in all. Folders are made if need be.
    ///
    /// # Errors
    /// [`DataError::Write`] or [`DataError::Read`] if the folder can't be made or read.
    pub fn new(parent: Arc<dyn Dataset>, folder: &Path, max_bytes: u64) -> Result<Self, DataError> {
        let folder = folder.join(parent.fingerprint());
        fs::create_dir_all(&folder).map_err(|source| DataError::Write { path: folder.clone(), source })?;
        let mut bytes = 0_u64;
        let unreadable = |source| DataError::Read { path: folder.clone(), source };
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            // What another program replaces at this moment is gone.
            bytes = bytes.saturating_add(entry.metadata().map_or(0, |metadata| metadata.len()));
        }
        Ok(Self { parent, folder, max_bytes, bytes: AtomicU64::new(bytes) })
    }

    /// The folder of this data set's samples.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The bytes of the files.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    fn stored(&self, path: &Path) -> Option<Sample> {
        stored_sample::from_bytes(&read(path, self.max_bytes).ok()?, path).ok()
    }
}

impl fmt::Debug for DiskCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DiskCache").field("folder", &self.folder).field("bytes", &self.bytes()).finish_non_exhaustive()
    }
}

impl Dataset for DiskCache {
    forward!(parent => len, label, path, class_names, fingerprint);

    /// # Errors
    /// Those of the other data set, and [`DataError::Write`] if the sample can't be kept.
    fn get(&self, index: usize) -> Result<Sample, DataError> {
        let path = self.folder.join(format!("{index}.sample"));
        if let Some(sample) = self.stored(&path) {
            return Ok(sample);
        }
        let sample = self.parent.get(index)?;
        let bytes = stored_sample::to_bytes(&sample);
        let len = bytes.len() as u64;
        let replaced = fs::metadata(&path).map_or(0, |metadata| metadata.len());
        let reserve = |used: u64| used.saturating_sub(replaced).checked_add(len).filter(|&used| used <= self.max_bytes);
        if self.bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, reserve).is_ok() {
            let written = write_atomically::<io::Error>(&path, |file| io::Write::write_all(file, &bytes));
            written.map_err(|source| {
                self.bytes.fetch_sub(len, Ordering::Relaxed);
                DataError::Write { path, source }
            })?;
        }
        Ok(sample)
    }
}

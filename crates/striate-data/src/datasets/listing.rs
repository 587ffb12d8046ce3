//! What is in folders.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use crate::DataError;

fn unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> DataError {
    let path = path.to_owned();
    |source| DataError::Read { path, source }
}

/// What is in a folder, without hidden and unwanted names, in byte order. A link's metadata is that of its target.
pub(super) fn entries(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Result<Vec<(PathBuf, Metadata)>, DataError> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
        let entry = entry.map_err(unreadable(folder))?;
        let path = entry.path();
        if !entry.file_name().as_encoded_bytes().starts_with(b".") && wanted(&path) {
            let metadata = fs::metadata(&path).map_err(unreadable(&path))?;
            entries.push((path, metadata));
        }
    }
    entries.sort_unstable_by(|(a, _), (b, _)| a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes()));
    Ok(entries)
}

/// The pictures in a folder and all folders below it, with their lengths in bytes, folder by folder in byte order. A
/// folder that links lead to again is looked at once.
pub(super) fn pictures_below(folder: &Path) -> Result<Vec<(PathBuf, u64)>, DataError> {
    let mut seen = BTreeSet::new();
    let mut pictures = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        if !seen.insert(fs::canonicalize(&folder).map_err(unreadable(&folder))?) {
            continue;
        }
        let mut below = Vec::new();
        for (path, metadata) in entries(&folder, |_| true)? {
            if metadata.is_dir() {
                below.push(path);
            } else if metadata.is_file() && has_picture_extension(&path) {
                pictures.push((path, metadata.len()));
            }
        }
        folders.extend(below.into_iter().rev());
    }
    Ok(pictures)
}

pub(super) fn has_picture_extension(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default();
    ["png", "jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff"]
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known))
}

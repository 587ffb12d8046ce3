//! The bytes of a run as a file.

use std::path::PathBuf;
use std::sync::LazyLock;

/// One file a process, written anew each time.
pub(crate) fn with(bytes: &[u8]) -> PathBuf {
    static FOLDER: LazyLock<tempfile::TempDir> =
        LazyLock::new(|| tempfile::tempdir().expect("a temporary folder can be made"));
    let path = FOLDER.path().join("file");
    std::fs::write(&path, bytes).expect("a temporary file can be written");
    path
}

//! The bytes of a run as a file in a folder of others.

use std::path::Path;
use std::sync::LazyLock;

/// A gray picture of 4 x 4 px.
pub(crate) const PNG: &[u8] = include_bytes!("gray.png");

/// One folder a process. The other files are written once, and this one anew each time.
pub(crate) fn with(others: &[(&str, &[u8])], file: &str, bytes: &[u8]) -> &'static Path {
    static FOLDER: LazyLock<tempfile::TempDir> =
        LazyLock::new(|| tempfile::tempdir().expect("a temporary folder can be made"));
    let write = |file: &str, bytes: &[u8]| {
        let path = FOLDER.path().join(file);
        std::fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder can be made");
        std::fs::write(path, bytes).expect("a temporary file can be written");
    };
    for (file, bytes) in others.iter().filter(|(file, _)| !FOLDER.path().join(file).exists()) {
        write(file, bytes);
    }
    write(file, bytes);
    FOLDER.path()
}

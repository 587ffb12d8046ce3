//! File formats that hold weights.

mod element;
pub(crate) mod hash;
mod pickle;
pub mod pth;
pub mod safetensors;
mod weights_file;
mod zip;

pub use element::ElementType;
pub use weights_file::{FileFormat, TensorInfo, WeightsFile, sha256};

use std::io;
use std::path::Path;

use crate::NetworkError;

/// Does two things at once, the first on this thread, which doesn't wait for another to begin.
fn at_once<T>(here: impl FnOnce() -> T, there: impl FnOnce() + Send) -> T {
    rayon::in_place_scope(|scope| {
        scope.spawn(|_| there());
        here()
    })
}

/// Why a file can't be read, before it is said which.
#[derive(Debug)]
enum Unreadable {
    /// The system says so, or it ends too soon.
    Io(io::Error),
    /// Its content isn't what it should be.
    Damaged(String),
}

impl Unreadable {
    fn of(self, path: &Path) -> NetworkError {
        match self {
            Self::Io(source) if source.kind() == io::ErrorKind::UnexpectedEof => {
                NetworkError::Damaged { path: path.into(), reason: "it ends too soon".into() }
            }
            Self::Io(source) => NetworkError::File { action: "read", path: path.into(), source },
            Self::Damaged(reason) => NetworkError::Damaged { path: path.into(), reason },
        }
    }
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<String> for Unreadable {
    fn from(reason: String) -> Self {
        Self::Damaged(reason)
    }
}

impl From<&str> for Unreadable {
    fn from(reason: &str) -> Self {
        Self::Damaged(reason.into())
    }
}

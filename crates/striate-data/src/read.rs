//! Reading files whole, within a limit.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::DataError;

/// Reads a file of at most `max_bytes`.
pub(crate) fn read(path: &Path, max_bytes: u64) -> Result<Vec<u8>, DataError> {
    let failed = |source| DataError::Read { path: path.to_owned(), source };
    let too_large = || DataError::FileTooLarge { path: path.to_owned(), max_bytes };
    let file = File::open(path).map_err(failed)?;
    let claimed = file.metadata().map_err(failed)?.len();
    if claimed > max_bytes {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(claimed as usize);
    // A device or a pipe claims 0 bytes and may go on for ever.
    file.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > max_bytes { Err(too_large()) } else { Ok(bytes) }
}

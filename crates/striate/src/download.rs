//! Files from the network, kept in the user's cache.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use etcetera::BaseStrategy;
use sha2::{Digest, Sha256};
use striate_network::formats::sha256;
use ureq::Agent;
use ureq::http::{HeaderMap, StatusCode};

/// A file at an address, which is fetched once.
///
/// It is kept under the name of its address. A transfer that breaks off goes on where it stopped, also in a later run,
/// as far as the server allows it and the file there is still the same. Several processes may fetch one file.
#[derive(Debug, Clone)]
pub struct Download {
    url: String,
    sha256: Option<String>,
    folder: Option<PathBuf>,
}

/// Why a file can't be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DownloadError {
    /// The server has no such file, or doesn't give it.
    #[error("{url} gives no file: the server answers {status}")]
    Status {
        /// The address.
        url: String,
        /// The code of HTTP.
        status: u16,
    },
    /// The address can't be reached, or the transfer broke off again and again.
    #[error("cannot fetch {url}; what came is kept, and the next try goes on from there")]
    Connection {
        /// The address.
        url: String,
        /// What happened.
        source: io::Error,
    },
    /// The file isn't the one that was meant.
    #[error("{url} has the SHA-256 {got}, which is not {expected}; nothing of it is kept")]
    Checksum {
        /// The address.
        url: String,
        /// What the sum should begin with.
        expected: String,
        /// The sum.
        got: String,
    },
    /// The file is larger than any weights.
    #[error("{url} has more than {MAX_BYTES} bytes")]
    TooLarge {
        /// The address.
        url: String,
    },
    /// The cache can't be used.
    #[error("cannot keep what is fetched in {path:?}")]
    Cache {
        /// A file or folder of the cache.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Neither the environment nor the system says where the user's cache is.
    #[error("there is no home folder for a cache; set XDG_CACHE_HOME")]
    NoCache,
}

impl DownloadError {
    /// Whether a wrong address or sum is the cause, rather than the network or the machine.
    pub fn is_users(&self) -> bool {
        matches!(self, Self::Status { status: 400..500, .. } | Self::Checksum { .. } | Self::TooLarge { .. })
    }

    /// Whether another try may help.
    fn may_pass(&self) -> bool {
        match self {
            Self::Status { status, .. } => *status == 429 || *status >= 500,
            Self::Connection { .. } => true,
            _ => false,
        }
    }
}

/// More than any published network has: 16 GiB.
const MAX_BYTES: u64 = 16 << 30;

/// Waits before further tries, as long as nothing comes.
const PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(3)];

/// A silent server is given up after this.
const SILENCE: Duration = Duration::from_secs(60);

/// The folder for what is fetched or made of it: `striate` in the user's cache, which is `$XDG_CACHE_HOME`, else
/// `~/.cache`, else the system's own.
///
/// # Errors
/// If there is no home folder.
pub fn cache_folder() -> Result<PathBuf, DownloadError> {
    let base = etcetera::choose_base_strategy().map_err(|_| DownloadError::NoCache)?;
    Ok(base.cache_dir().join("striate"))
}

impl Download {
    /// The file at this `http` or `https` address.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), sha256: None, folder: None }
    }

    /// Refuses the file unless its SHA-256 begins with these hexadecimal digits.
    pub fn sha256(self, beginning: impl Into<String>) -> Self {
        Self { sha256: Some(beginning.into().to_lowercase()), ..self }
    }

    /// Keeps it in this folder instead of `downloads` in the [cache](cache_folder).
    pub fn folder(self, folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()), ..self }
    }

    /// The file's path, after it was fetched if it wasn't there. `progress` is told the bytes that are there, and how
    /// many there will be if the server says so.
    ///
    /// # Errors
    /// If it can't be had whole, or has another sum.
    pub fn fetch(&self, progress: &mut dyn FnMut(u64, Option<u64>)) -> Result<PathBuf, DownloadError> {
        let folder = match &self.folder {
            Some(folder) => folder.clone(),
            None => cache_folder()?.join("downloads"),
        };
        let target = folder.join(self.file_name());
        let is_there = || target.is_file() && self.check(&target).is_ok();
        if is_there() {
            return Ok(target);
        }
        let path = with_suffix(&target, ".part");
        let tag = with_suffix(&target, ".tag");
        let cache = |source| cache_error(&path, source);
        fs::create_dir_all(&folder).map_err(cache)?;
        let mut options = OpenOptions::new();
        let mut part = options.read(true).write(true).create(true).truncate(false).open(&path).map_err(cache)?;
        // Whoever comes second waits, and finds the file.
        part.lock().map_err(cache)?;
        if is_there() {
            return Ok(target);
        }
        let mut failures = 0;
        loop {
            let before = part.metadata().map_err(cache)?.len();
            let Err(error) = self.transfer(&mut part, &path, &tag, progress) else { break };
            if part.metadata().map_err(cache)?.len() > before {
                failures = 0;
            }
            let pause = PAUSES.get(failures).filter(|_| error.may_pass());
            let Some(pause) = pause else { return Err(error) };
            failures += 1;
            sleep(*pause);
        }
        part.sync_all().map_err(cache)?;
        let checked = self.check(&path);
        // Either it has its place, or it is of no use.
        let _ = fs::remove_file(&tag);
        match checked {
            Ok(()) => fs::rename(&path, &target).map_err(cache)?,
            Err(_) => part.set_len(0).map_err(cache)?,
        }
        #[cfg(unix)]
        File::open(&folder).and_then(|folder| folder.sync_all()).map_err(cache)?;
        checked.map(|()| target)
    }

    /// Gets what is missing of the file.
    fn transfer(
        &self,
        part: &mut File,
        path: &Path,
        tag: &Path,
        progress: &mut dyn FnMut(u64, Option<u64>),
    ) -> Result<(), DownloadError> {
        let cache = |source| cache_error(path, source);
        let failed = |source| DownloadError::Connection { url: self.url.clone(), source };
        let mut have = part.metadata().map_err(cache)?.len();
        let known_tag = fs::read_to_string(tag).ok().filter(|tag| !tag.is_empty());
        let mut request = agent().get(&self.url);
        // Without a tag the file there may be another by now; a sum would tell.
        if have > 0 && (known_tag.is_some() || self.sha256.is_some()) {
            request = request.header("Range", format!("bytes={have}-"));
            if let Some(tag) = known_tag {
                request = request.header("If-Range", tag);
            }
        }
        let mut response = request.call().map_err(|error| failed(io_error(error)))?;
        let length = response.body().content_length();
        match response.status() {
            StatusCode::PARTIAL_CONTENT if begins_at(response.headers(), have) => {}
            // The rest of something else, or of nothing: from the beginning next time.
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
                part.set_len(0).map_err(cache)?;
                return Err(failed(io::Error::other("the server has no such part of the file")));
            }
            StatusCode::OK => {
                have = 0;
                part.set_len(0).map_err(cache)?;
                fs::write(tag, strong_tag(response.headers())).map_err(cache)?;
            }
            status => return Err(DownloadError::Status { url: self.url.clone(), status: status.as_u16() }),
        }
        part.seek(SeekFrom::Start(have)).map_err(cache)?;
        let total = length.map(|length| have.saturating_add(length));
        let mut reader = response.body_mut().as_reader();
        let mut buffer = vec![0; 1 << 16];
        loop {
            progress(have, total);
            if have.max(total.unwrap_or(0)) > MAX_BYTES {
                return Err(DownloadError::TooLarge { url: self.url.clone() });
            }
            match reader.read(&mut buffer) {
                Ok(0) if total.is_some_and(|total| have < total) => {
                    return Err(failed(io::ErrorKind::UnexpectedEof.into()));
                }
                Ok(0) => return Ok(()),
                Ok(read) => {
                    part.write_all(&buffer[..read]).map_err(cache)?;
                    have += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(error)),
            }
        }
    }

    /// Checks the file's sum if one was given.
    fn check(&self, path: &Path) -> Result<(), DownloadError> {
        let Some(expected) = &self.sha256 else { return Ok(()) };
        let got = sha256(path).map_err(|error| cache_error(path, io::Error::other(error)))?;
        match got.starts_with(expected.as_str()) {
            true => Ok(()),
            false => Err(DownloadError::Checksum { url: self.url.clone(), expected: expected.clone(), got }),
        }
    }

    /// The name at the end of the address, behind a sum of the whole of it.
    fn file_name(&self) -> String {
        let path = self.url.split(['?', '#']).next().unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default();
        let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let name: String = name.chars().filter(plain).take(100).collect();
        let sum: String = Sha256::digest(&self.url).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("{sum}-{name}")
    }
}

fn cache_error(path: &Path, source: io::Error) -> DownloadError {
    DownloadError::Cache { path: path.into(), source }
}

fn agent() -> Agent {
    let silence = Some(SILENCE);
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(silence)
        .timeout_recv_response(silence)
        .timeout_per_read(silence)
        .user_agent(concat!("striate/", env!("CARGO_PKG_VERSION")));
    config.build().new_agent()
}

fn io_error(error: ureq::Error) -> io::Error {
    match error {
        ureq::Error::Io(error) => error,
        error => io::Error::other(error),
    }
}

/// Whether a part of a file is the one from this byte on.
fn begins_at(headers: &HeaderMap, byte: u64) -> bool {
    let range = headers.get("Content-Range").and_then(|value| value.to_str().ok());
    range.is_some_and(|range| range.starts_with(&format!("bytes {byte}-")))
}

/// What a server says to tell versions of a file apart, in a form that `If-Range` takes (RFC 9110, section 13.1.5).
fn strong_tag(headers: &HeaderMap) -> String {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let etag = text("ETag").filter(|tag| tag.starts_with('"'));
    etag.or_else(|| text("Last-Modified")).unwrap_or_default().into()
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

//! Where weights come from.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use striate_backend::Device;
use striate_models::{PublishedWeights, UnknownWeights};

use crate::{Error, ImportOptions};

/// Where weights come from: `resnet50` or `resnet50:v1` (published weights), `https://…` (a file at an address, which may
/// end in `#sha256=` and the sum), or a file's path. A name goes before a file that is called so.
///
/// What comes from the network is kept in the user's cache, with the feature `download`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WeightsSource {
    /// Weights of the list.
    Published(&'static PublishedWeights),
    /// A file at an address.
    Url {
        /// The address.
        url: String,
        /// What the file's SHA-256 has to begin with, in hexadecimal.
        sha256: Option<String>,
    },
    /// A file here.
    File(PathBuf),
}

impl FromStr for WeightsSource {
    type Err = UnknownWeights;

    fn from_str(text: &str) -> Result<Self, UnknownWeights> {
        if text.starts_with("https://") || text.starts_with("http://") {
            let (url, sha256) = text.split_once("#sha256=").map_or((text, None), |(url, sum)| (url, Some(sum.into())));
            return Ok(Self::Url { url: url.into(), sha256 });
        }
        match PublishedWeights::find(text) {
            Ok(published) => Ok(Self::Published(published)),
            Err(unknown) if !text.contains(['/', '\\', '.']) && !Path::new(text).exists() => Err(unknown),
            Err(_) => Ok(Self::File(text.into())),
        }
    }
}

impl WeightsSource {
    /// What the list says of the weights.
    pub fn published(&self) -> Option<&'static PublishedWeights> {
        match self {
            Self::Published(published) => Some(published),
            _ => None,
        }
    }

    /// The file, fetched if it is elsewhere.
    ///
    /// # Errors
    /// If it can't be had.
    pub fn path(&self) -> Result<PathBuf, Error> {
        match self {
            Self::Published(published) => fetch(&published.url(), Some(published.sha256())),
            Self::Url { url, sha256 } => fetch(url, sha256.as_deref()),
            Self::File(path) => Ok(path.clone()),
        }
    }

    /// A model file of published weights, in the user's cache: made once.
    ///
    /// # Errors
    /// If the weights can't be had, or aren't those of the network.
    pub fn model_file(published: &'static PublishedWeights, device: &Device) -> Result<PathBuf, Error> {
        let source = Self::Published(published);
        let weights = source.path()?;
        let mut model = weights.clone().into_os_string();
        // What an older version made may lack what this one reads.
        model.push(concat!(".", env!("CARGO_PKG_VERSION"), ".safetensors"));
        let model = PathBuf::from(model);
        if !model.is_file() {
            crate::import(&source, &model, &ImportOptions::default(), device)?;
        }
        Ok(model)
    }
}

#[cfg(feature = "download")]
fn fetch(url: &str, sha256: Option<&str>) -> Result<PathBuf, Error> {
    let download = crate::Download::new(url);
    let download = match sha256 {
        Some(sum) => download.sha256(sum),
        None => download,
    };
    Ok(download.fetch(&mut |_, _| {})?)
}

#[cfg(not(feature = "download"))]
fn fetch(url: &str, _sha256: Option<&str>) -> Result<PathBuf, Error> {
    Err(Error::NoDownload { url: url.into() })
}

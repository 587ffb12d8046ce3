//! Data sets without their answers.

use std::fmt;
use std::sync::Arc;

use crate::fingerprint::Fingerprint;
use crate::{DataError, Dataset, Sample};

/// The pictures of another data set, with neither labels, boxes, masks nor key points, and of meta
/// data no more than `id` and `file`: what there is to test on.
///
/// Class names stay, so that answers have names. The [fingerprint](Dataset::fingerprint) covers the other data set's.
#[derive(Clone)]
pub struct Unlabelled {
    parent: Arc<dyn Dataset>,
}

impl Unlabelled {
    /// Takes the answers away.
    pub fn new(parent: Arc<dyn Dataset>) -> Self {
        Self { parent }
    }
}

impl fmt::Debug for Unlabelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unlabelled").field("len", &self.parent.len()).finish_non_exhaustive()
    }
}

impl Dataset for Unlabelled {
    forward!(parent => len, path, class_names);

    fn get(&self, index: usize) -> Result<Sample, DataError> {
        let Sample { image, features, mut meta, .. } = self.parent.get(index)?;
        meta.retain(|name, _| matches!(name.as_str(), "id" | "file"));
        Ok(Sample { features, meta, ..Sample::new(image) })
    }

    fn label(&self, _: usize) -> Option<usize> {
        None
    }

    fn fingerprint(&self) -> String {
        Fingerprint::of("unlabelled").bytes(self.parent.fingerprint().as_bytes()).finish()
    }
}

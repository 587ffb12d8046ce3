//! Transforms of the user's own within pipelines.

use std::fmt;
use std::sync::Arc;

use striate_core::{Stream, Streams};

use super::Transform;
use crate::{DataError, Sample};

/// A [`Transform`] of one's own as a step of a [`Pipeline`](super::Pipeline), with a name by which it is replayed.
///
/// It gets a stream of its own, whose seed is recorded. A recipe's file can't hold it.
#[derive(Clone)]
pub struct Own {
    name: String,
    transform: Arc<dyn Transform>,
}

impl Own {
    /// Names a transform; the name is to be the pipeline's only one of its kind.
    pub fn new(name: impl Into<String>, transform: impl Transform + 'static) -> Self {
        Self { name: name.into(), transform: Arc::new(transform) }
    }

    /// Names a function.
    pub fn of(name: impl Into<String>, change: impl Fn(Sample, &mut Stream) -> Sample + Send + Sync + 'static) -> Self {
        Self::new(name, Function(change))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn replay(&self, sample: Sample, seed: u64) -> Result<Sample, DataError> {
        self.transform.apply(sample, &mut Streams::new(seed).open("own"))
    }

    pub(super) fn validate(&self) -> Result<(), DataError> {
        self.transform.validate()
    }
}

struct Function<F>(F);

impl<F: Fn(Sample, &mut Stream) -> Sample + Send + Sync> Transform for Function<F> {
    fn apply(&self, sample: Sample, stream: &mut Stream) -> Result<Sample, DataError> {
        Ok((self.0)(sample, stream))
    }
}

impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Own").field("name", &self.name).finish_non_exhaustive()
    }
}

impl PartialEq for Own {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && Arc::ptr_eq(&self.transform, &other.transform)
    }
}

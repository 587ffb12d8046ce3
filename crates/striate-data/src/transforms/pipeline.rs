//! Lists of transforms, and what they have drawn.

use serde::{Deserialize, Serialize};
use striate_core::Stream;

use super::{Augmentation, Operation, Own, Transform};
use crate::{DataError, Sample};

/// Transforms that follow one another.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pipeline {
    /// The transforms, in order.
    pub steps: Vec<Augmentation>,
}

/// What a pipeline has drawn for a sample: operations with all their numbers, in order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Record {
    /// The operations.
    pub operations: Vec<Operation>,
}

impl Pipeline {
    /// A pipeline that does nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a transform at the end.
    pub fn then(mut self, step: impl Into<Augmentation>) -> Self {
        self.steps.push(step.into());
        self
    }

    /// Adds a function at the end.
    pub fn map(
        self,
        name: impl Into<String>,
        change: impl Fn(Sample, &mut Stream) -> Sample + Send + Sync + 'static,
    ) -> Self {
        self.then(Own::of(name, change))
    }

    /// Changes a sample and tells what was drawn.
    ///
    /// # Errors
    /// If a step can't change the sample.
    pub fn record(&self, sample: Sample, stream: &mut Stream) -> Result<(Sample, Record), DataError> {
        let mut record = Record::default();
        let changed =
            self.steps.iter().try_fold(sample, |sample, step| step.run(sample, stream, &mut record.operations))?;
        Ok((changed, record))
    }

    /// Does once more what was drawn, to the same sample or to another.
    ///
    /// # Errors
    /// If an operation can't change the sample; [`DataError::OwnTransform`] if the record has an own transform that the
    /// pipeline hasn't.
    pub fn replay(&self, sample: Sample, record: &Record) -> Result<Sample, DataError> {
        record.operations.iter().try_fold(sample, |sample, operation| match operation {
            Operation::Own { name, seed } => {
                let own = self.steps.iter().find_map(|step| step.own(name));
                own.ok_or_else(|| DataError::OwnTransform { name: name.clone() })?.replay(sample, *seed)
            }
            operation => operation.apply(sample),
        })
    }
}

impl Transform for Pipeline {
    fn apply(&self, sample: Sample, stream: &mut Stream) -> Result<Sample, DataError> {
        self.record(sample, stream).map(|(sample, _)| sample)
    }

    fn validate(&self) -> Result<(), DataError> {
        self.steps.iter().try_for_each(Augmentation::validate)
    }
}

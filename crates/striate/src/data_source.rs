//! The parts of data that a run needs.

use std::sync::Arc;

use striate_core::Streams;
use striate_data::{Dataset, Mode, Purpose, Source, split};

use crate::Error;

/// What a run needs of its data.
pub(crate) struct Splits {
    pub(crate) train: Arc<dyn Dataset>,
    pub(crate) validation: Arc<dyn Dataset>,
    pub(crate) test: Option<Arc<dyn Dataset>>,
}

impl Splits {
    /// Opens all parts; validation data is a seeded, stratified fraction of the training data unless it has its own
    /// part.
    pub(crate) fn open(source: &Source, purpose: Purpose, fraction: f64, seed: u64) -> Result<Self, Error> {
        let modes = source.modes_for(purpose)?;
        let train = source.open_for(purpose, Mode::Train, None)?;
        let open = |mode| {
            let there = modes.contains(&mode);
            there.then(|| source.open_for(purpose, mode, Some(train.class_names()))).transpose()
        };
        let (validation, test) = (open(Mode::Validation)?, open(Mode::Test)?);
        if let Some(validation) = validation {
            return Ok(Self { train, validation, test });
        }
        let (train, validation) = split(train, fraction, Streams::new(seed))?;
        Ok(Self { train: Arc::new(train), validation: Arc::new(validation), test })
    }
}

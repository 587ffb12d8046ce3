//! From a data set to batches.

mod batch;
mod batches;
mod plan;
mod policy;
mod pool;
mod sampler;
mod targets;

use std::fmt;
use std::sync::Arc;

use striate_core::Preprocessing;

pub use batch::Batch;
pub use batches::Batches;
use plan::{Plan, Source};
pub use policy::{ErrorPolicy, Skipped};
use pool::Pool;
pub use sampler::Sampler;

use crate::transforms::BatchTransform;
use crate::{DataError, Dataset, Transform};

/// How samples are put together. None but the first three fields changes what comes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoaderConfig {
    /// Samples in a batch; the last of an epoch may have fewer.
    pub batch_size: usize,
    /// Whether each epoch has an order of its own; otherwise it is the data set's.
    pub shuffle: bool,
    /// Whether a last batch of fewer samples is left out.
    pub drop_last: bool,
    /// Threads that load; with 0 the caller's own does, when it asks for a batch.
    pub workers: usize,
    /// The most batches that the threads load ahead of the caller, whole or in work. Fewer than the workers leave
    /// some of them idle.
    pub prefetch: usize,
}

impl Default for LoaderConfig {
    /// Shuffled batches of 32, from two workers up to four batches ahead.
    fn default() -> Self {
        Self { batch_size: 32, shuffle: true, drop_last: false, workers: 2, prefetch: 4 }
    }
}

/// The most bytes that are loaded ahead unless said otherwise.
const PREFETCH_BYTES: usize = 1 << 30;

/// Loads a data set in batches, the same ones each time.
///
/// The order of an epoch comes from the stream `shuffle` of (seed, epoch), and what transforms draw for a sample from
/// the stream `augment` of (seed, epoch, index of the sample). So batches are equal, byte for byte, with any number of
/// workers, and from whichever batch an epoch is resumed.
pub struct Loader {
    source: Arc<Source>,
}

impl Loader {
    /// Puts a loader together. Each sample goes through the transforms in order and then through `preprocessing`.
    ///
    /// # Errors
    /// [`DataError::ZeroSetting`], [`DataError::Preprocessing`] or [`DataError::Setting`] for values that can't be used,
    /// [`DataError::EmptyDataset`] or [`DataError::NoWholeBatch`] if no batch would come out, and
    /// [`DataError::LabelOutOfRange`] or [`DataError::Unlabelled`] for the first label that doesn't fit.
    pub fn new(
        dataset: Arc<dyn Dataset>,
        transforms: Vec<Arc<dyn Transform>>,
        preprocessing: Preprocessing,
        config: LoaderConfig,
        seed: u64,
    ) -> Result<Self, DataError> {
        let LoaderConfig { batch_size, workers, prefetch, drop_last, .. } = config;
        if batch_size == 0 {
            return Err(DataError::ZeroSetting { field: "batch_size" });
        }
        if workers > 0 && prefetch == 0 {
            return Err(DataError::ZeroSetting { field: "prefetch" });
        }
        preprocessing.validate()?;
        transforms.iter().try_for_each(|transform| transform.validate())?;
        let samples = dataset.len();
        if samples == 0 {
            return Err(DataError::EmptyDataset);
        }
        if drop_last && samples < batch_size {
            return Err(DataError::NoWholeBatch { samples, batch_size });
        }
        let labelled = check_labels(&*dataset)?;
        let source = Source {
            sampler: Sampler::Each.plan(&*dataset, config.shuffle)?,
            dataset,
            transforms,
            batch_transforms: Vec::new(),
            preprocessing,
            config,
            policy: ErrorPolicy::Fail,
            prefetch_bytes: PREFETCH_BYTES,
            seed,
            labelled,
            pool: Arc::new(Pool::new(prefetch.saturating_add(1))),
        };
        Ok(Self { source: Arc::new(source) })
    }

    /// Chooses which samples an epoch has.
    ///
    /// # Errors
    /// [`DataError::Sampler`] for a number that can't be used, [`DataError::Unlabelled`] for the first sample without a
    /// class to balance, [`DataError::NoWholeBatch`] if no batch would come out.
    pub fn with_sampler(self, sampler: &Sampler) -> Result<Self, DataError> {
        let LoaderConfig { batch_size, drop_last, shuffle, .. } = self.source.config;
        let sampler = sampler.plan(&*self.source.dataset, shuffle)?;
        let samples = sampler.samples();
        if drop_last && samples < batch_size {
            return Err(DataError::NoWholeBatch { samples, batch_size });
        }
        Ok(self.changed(|source| source.sampler = sampler))
    }

    /// Says what becomes of samples that can't be loaded.
    pub fn with_error_policy(self, policy: ErrorPolicy) -> Self {
        self.changed(|source| source.policy = policy)
    }

    /// Sets the most bytes of images that the threads load ahead of the caller, in whole batches and at least one;
    /// 1 GiB unless said otherwise. Nothing else changes.
    pub fn with_prefetch_bytes(self, bytes: usize) -> Self {
        self.changed(|source| source.prefetch_bytes = bytes)
    }

    fn changed(self, change: impl FnOnce(&mut Source)) -> Self {
        let mut source = Source::clone(&self.source);
        change(&mut source);
        Self { source: Arc::new(source) }
    }

    /// Takes back a batch that is done with, so that a later one is loaded into the same memory.
    pub fn recycle(&self, batch: Batch) {
        self.source.pool.put(batch.images);
    }

    /// Changes each batch, in order, once it is whole; [`Batch::soft_labels`] hold the labels then.
    ///
    /// What is drawn comes from the stream `mix` of (seed, epoch, number of the batch).
    ///
    /// # Errors
    /// [`DataError::Setting`] for a number that can't be used, [`DataError::Unlabelled`] if samples have no labels to mix.
    pub fn with_batch_transforms(self, transforms: Vec<Arc<dyn BatchTransform>>) -> Result<Self, DataError> {
        transforms.iter().try_for_each(|transform| transform.validate())?;
        if !transforms.is_empty() && !self.source.labelled {
            return Err(DataError::Unlabelled { index: 0 });
        }
        Ok(self.changed(|source| source.batch_transforms = transforms))
    }

    /// The number of batches in an epoch.
    pub fn batches_per_epoch(&self) -> usize {
        self.source.num_batches()
    }

    /// The number of samples in an epoch: all, or as many as the [`Sampler`] draws, but for those of a batch that is left
    /// out.
    pub fn samples_per_epoch(&self) -> usize {
        self.source.sampler.samples().min(self.batches_per_epoch().saturating_mul(self.source.config.batch_size))
    }

    /// The data set.
    pub fn dataset(&self) -> &Arc<dyn Dataset> {
        &self.source.dataset
    }

    /// What each picture goes through last.
    pub fn preprocessing(&self) -> &Preprocessing {
        &self.source.preprocessing
    }

    /// How samples are put together.
    pub fn config(&self) -> LoaderConfig {
        self.source.config
    }

    /// Starts an epoch (from 0) at a batch (from 0): the batches that come are the same as when it starts at 0.
    ///
    /// Workers begin at once. If the system gives fewer threads than asked for, loading is slower, and otherwise the
    /// same.
    pub fn epoch(&self, epoch: u64, first_batch: usize) -> Batches {
        Batches::start(Plan::new(Arc::clone(&self.source), epoch), first_batch)
    }
}

impl fmt::Debug for Loader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Source { sampler, preprocessing, config, seed, .. } = &*self.source;
        let mut text = f.debug_struct("Loader");
        text.field("samples", &sampler.samples()).field("preprocessing", preprocessing);
        text.field("config", config).field("seed", seed).finish_non_exhaustive()
    }
}

/// Whether samples have labels, all or none, that are numbers of classes.
fn check_labels(dataset: &dyn Dataset) -> Result<bool, DataError> {
    let num_classes = dataset.class_names().len();
    let labelled = (0..dataset.len()).any(|index| dataset.label(index).is_some());
    for index in (0..dataset.len()).filter(|_| labelled) {
        match dataset.label(index) {
            None => return Err(DataError::Unlabelled { index }),
            Some(label) if label >= num_classes => {
                return Err(DataError::LabelOutOfRange { index, label, num_classes });
            }
            Some(_) => {}
        }
    }
    Ok(labelled)
}

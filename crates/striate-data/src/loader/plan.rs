//! What is in each batch of an epoch, and how it is loaded.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use striate_core::{Preprocessing, Streams};

use super::pool::Pool;
use super::sampler::{self, Pick};
use super::targets::Targets;
use super::{Batch, ErrorPolicy, LoaderConfig, Skipped};
use crate::image::ask_image;
use crate::panic::message;
use crate::transforms::BatchTransform;
use crate::{DataError, Dataset, Transform, preprocess};

/// What all epochs of a loader share.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) dataset: Arc<dyn Dataset>,
    pub(super) sampler: sampler::Plan,
    pub(super) transforms: Vec<Arc<dyn Transform>>,
    pub(super) batch_transforms: Vec<Arc<dyn BatchTransform>>,
    pub(super) preprocessing: Preprocessing,
    pub(super) config: LoaderConfig,
    pub(super) policy: ErrorPolicy,
    /// The most bytes of images that are loaded ahead.
    pub(super) prefetch_bytes: usize,
    pub(super) seed: u64,
    pub(super) labelled: bool,
    pub(super) pool: Arc<Pool>,
}

impl Source {
    pub(super) fn num_batches(&self) -> usize {
        let LoaderConfig { batch_size, drop_last, .. } = self.config;
        let samples = self.sampler.samples();
        if drop_last { samples / batch_size } else { samples.div_ceil(batch_size) }
    }

    /// The most batches that may be loaded ahead, at least one.
    pub(super) fn prefetch(&self) -> usize {
        let values = self
            .preprocessing
            .output_shape()
            .iter()
            .fold(self.config.batch_size, |product, &side| product.saturating_mul(side));
        let batches = self.prefetch_bytes / values.saturating_mul(size_of::<f32>()).max(1);
        self.config.prefetch.min(batches.max(1))
    }
}

/// One epoch.
pub(super) struct Plan {
    source: Arc<Source>,
    epoch: u64,
    order: Vec<Pick>,
}

/// A batch, and what it lacks.
pub(super) struct Loaded {
    pub(super) batch: Batch,
    pub(super) skipped: Vec<Skipped>,
}

impl Plan {
    pub(super) fn new(source: Arc<Source>, epoch: u64) -> Self {
        let order = source.sampler.order(source.seed, epoch);
        Self { source, epoch, order }
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    /// Loads a batch; none if `stopped` says yes before it is whole.
    ///
    /// A panic of code from outside is an error: in a worker it would be lost, and its batch awaited for ever.
    pub(super) fn load(&self, number: usize, stopped: impl Fn() -> bool) -> Option<Result<Loaded, DataError>> {
        let picks = &self.order[number * self.source.config.batch_size..];
        let picks = &picks[..picks.len().min(self.source.config.batch_size)];
        // Nothing of the batch is seen after a panic; what transforms share is theirs to keep whole.
        catch_unwind(AssertUnwindSafe(|| self.load_picks(number, picks, stopped))).unwrap_or_else(|panic| {
            Some(Err(DataError::BatchPanicked { batch: number, index: None, message: message(&*panic) }))
        })
    }

    fn load_picks(
        &self,
        number: usize,
        picks: &[Pick],
        stopped: impl Fn() -> bool,
    ) -> Option<Result<Loaded, DataError>> {
        let source = &*self.source;
        let [channels, height, width] = source.preprocessing.output_shape();
        let image_len = channels * height * width;
        let mut images = source.pool.take(picks.len() * image_len);
        let (mut targets, mut indices) = (Vec::with_capacity(picks.len()), Vec::with_capacity(picks.len()));
        let mut skipped = Vec::new();
        for &pick in picks {
            if stopped() {
                return None;
            }
            let start = indices.len() * image_len;
            match self.try_sample(number, pick, &mut images[start..start + image_len]) {
                Ok(of_sample) => {
                    targets.push(of_sample);
                    indices.push(pick.index);
                }
                Err(error) if source.policy == ErrorPolicy::Fail => return Some(Err(error)),
                Err(error) => skipped.push(Skipped { index: pick.index, error }),
            }
        }
        images.truncate(indices.len() * image_len);
        let shape = [indices.len(), channels, height, width];
        let mut batch = match Targets::batch(targets, images, shape, indices) {
            Ok(batch) => batch,
            Err(error) => return Some(Err(error)),
        };
        let mut stream = Streams::new(source.seed).at(self.epoch, number as u64).open("mix");
        for transform in source.batch_transforms.iter().filter(|_| shape[0] > 0) {
            transform.draw(shape, &mut stream).apply(&mut batch, source.dataset.class_names().len());
        }
        Some(Ok(Loaded { batch, skipped }))
    }

    /// Loads a sample, or says which could not be. A panic of the data set or of a transform is an error of this sample.
    fn try_sample(&self, batch: usize, pick: Pick, image: &mut [f32]) -> Result<Targets, DataError> {
        let index = pick.index;
        // Nothing of the sample is seen after a panic; what the data set or a transform shares is theirs to keep whole.
        let error = match catch_unwind(AssertUnwindSafe(|| self.load_sample(pick, image))) {
            Ok(Ok(prepared)) => return Ok(prepared),
            Ok(Err(error)) => error,
            Err(panic) => DataError::BatchPanicked { batch, index: Some(index), message: message(&*panic) },
        };
        let path = self.source.dataset.path(index);
        Err(match error {
            // These say which sample, and nobody knows its file.
            DataError::Sample { .. }
            | DataError::BatchPanicked { .. }
            | DataError::Unlabelled { .. }
            | DataError::LabelOutOfRange { .. }
            | DataError::IndexOutOfRange { .. }
                if path.is_none() =>
            {
                error
            }
            _ => DataError::AtSample { index, path: path.map(Into::into), source: Box::new(error) },
        })
    }

    /// Fills in a sample's image and gives what else it has.
    fn load_sample(&self, Pick { index, repeat }: Pick, image: &mut [f32]) -> Result<Targets, DataError> {
        let Source { dataset, transforms, preprocessing, seed, labelled, .. } = &*self.source;
        let streams = Streams::new(*seed).at(self.epoch, index as u64);
        let mut stream = match repeat {
            0 => streams.open("augment"),
            repeat => streams.open(&format!("augment {repeat}")),
        };
        let sample = dataset.get(index)?;
        let sample = transforms.iter().try_fold(sample, |sample, transform| transform.apply(sample, &mut stream))?;
        ask_image!(&sample.image, picture => preprocess(picture, preprocessing, image));
        Targets::of(sample, index, *labelled, dataset.class_names().len(), preprocessing)
    }
}

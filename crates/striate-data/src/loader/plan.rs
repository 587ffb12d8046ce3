//! What is in each batch of an epoch, and how it is loaded.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use striate_core::{Preprocessing, Streams};

use super::{Batch, LoaderConfig};
use crate::image::ask_image;
use crate::transforms::BatchTransform;
use crate::{DataError, Dataset, Transform, preprocess};

/// What all epochs of a loader share.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) dataset: Arc<dyn Dataset>,
    /// The data set's length, as it was when the loader was made.
    pub(super) samples: usize,
    pub(super) transforms: Vec<Arc<dyn Transform>>,
    pub(super) batch_transforms: Vec<Arc<dyn BatchTransform>>,
    pub(super) preprocessing: Preprocessing,
    pub(super) config: LoaderConfig,
    pub(super) seed: u64,
    pub(super) labelled: bool,
}

impl Source {
    pub(super) fn num_batches(&self) -> usize {
        let LoaderConfig { batch_size, drop_last, .. } = self.config;
        if drop_last { self.samples / batch_size } else { self.samples.div_ceil(batch_size) }
    }
}

/// One epoch.
pub(super) struct Plan {
    source: Arc<Source>,
    epoch: u64,
    /// The samples' indices.
    order: Vec<usize>,
}

impl Plan {
    pub(super) fn new(source: Arc<Source>, epoch: u64) -> Self {
        let mut order = (0..source.samples).collect::<Vec<_>>();
        if source.config.shuffle {
            Streams::new(source.seed).at(epoch, 0).open("shuffle").shuffle(&mut order);
        }
        Self { source, epoch, order }
    }

    pub(super) fn num_batches(&self) -> usize {
        self.source.num_batches()
    }

    pub(super) fn config(&self) -> LoaderConfig {
        self.source.config
    }

    /// Loads a batch; none if `stopped` says yes before it is whole.
    ///
    /// A panic of the data set or of a transform is an error: in a worker it would be lost, and its batch awaited for
    /// ever.
    pub(super) fn load(&self, number: usize, stopped: impl Fn() -> bool) -> Option<Result<Batch, DataError>> {
        let start = number * self.source.config.batch_size;
        let indices = &self.order[start..];
        let indices = &indices[..indices.len().min(self.source.config.batch_size)];
        let current = Cell::new(indices[0]);
        // Nothing of the batch is seen after a panic; what the data set or a transform shares is theirs to keep whole.
        let loaded = catch_unwind(AssertUnwindSafe(|| self.load_samples(number, indices, &current, stopped)));
        loaded
            .unwrap_or_else(|panic| Some(Err(DataError::Panicked { index: current.get(), message: message(&*panic) })))
    }

    fn load_samples(
        &self,
        number: usize,
        indices: &[usize],
        current: &Cell<usize>,
        stopped: impl Fn() -> bool,
    ) -> Option<Result<Batch, DataError>> {
        let [channels, height, width] = self.source.preprocessing.output_shape();
        let image_len = channels * height * width;
        let mut images = vec![0.0; indices.len() * image_len];
        let mut labels = Vec::with_capacity(indices.len());
        for (&index, image) in indices.iter().zip(images.chunks_exact_mut(image_len)) {
            if stopped() {
                return None;
            }
            current.set(index);
            match self.load_sample(index, image) {
                Ok(label) => labels.extend(label),
                Err(error) => return Some(Err(error)),
            }
        }
        let shape = [indices.len(), channels, height, width];
        let mut batch = Batch { images, shape, labels, soft_labels: Vec::new(), indices: indices.to_vec() };
        let mut stream = Streams::new(self.source.seed).at(self.epoch, number as u64).open("mix");
        for transform in &self.source.batch_transforms {
            transform.draw(shape, &mut stream).apply(&mut batch, self.source.dataset.class_names().len());
        }
        Some(Ok(batch))
    }

    /// Fills in a sample's image and gives its label, if samples have them.
    fn load_sample(&self, index: usize, image: &mut [f32]) -> Result<Option<usize>, DataError> {
        let Source { dataset, transforms, preprocessing, seed, labelled, .. } = &*self.source;
        let mut stream = Streams::new(*seed).at(self.epoch, index as u64).open("augment");
        let sample = dataset.get(index)?;
        let sample = transforms.iter().try_fold(sample, |sample, transform| transform.apply(sample, &mut stream))?;
        ask_image!(&sample.image, picture => preprocess(picture, preprocessing, image));
        if !labelled {
            return Ok(None);
        }
        let num_classes = dataset.class_names().len();
        match sample.label {
            None => Err(DataError::Unlabelled { index }),
            Some(label) if label >= num_classes => Err(DataError::LabelOutOfRange { index, label, num_classes }),
            label => Ok(label),
        }
    }
}

/// What `panic!` was given.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}

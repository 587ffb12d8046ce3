//! Samples that are kept once they were read.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use crate::{DataError, Dataset, Image, Sample};

/// A data set that keeps its samples in memory once they were read, as far as there is room.
///
/// Samples come out as those of the other data set do; the [fingerprint](Dataset::fingerprint) is the other data set's.
/// What is read when there is no more room is read again each time.
pub struct Cached {
    parent: Arc<dyn Dataset>,
    samples: Vec<OnceLock<Sample>>,
    max_bytes: u64,
    bytes: AtomicU64,
}

impl Cached {
    /// Keeps samples of at most `max_bytes` in all: what their pictures, masks, boxes, key points and texts take.
    pub fn new(parent: Arc<dyn Dataset>, max_bytes: u64) -> Self {
        let samples = (0..parent.len()).map(|_| OnceLock::new()).collect();
        Self { parent, samples, max_bytes, bytes: AtomicU64::new(0) }
    }

    /// The bytes that are in use.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// How many samples are kept.
    pub fn kept(&self) -> usize {
        self.samples.iter().filter(|sample| sample.get().is_some()).count()
    }
}

impl fmt::Debug for Cached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("Cached");
        text.field("kept", &self.kept()).field("bytes", &self.bytes()).field("max_bytes", &self.max_bytes);
        text.finish_non_exhaustive()
    }
}

impl Dataset for Cached {
    forward!(parent => label, path, class_names, fingerprint);

    fn len(&self) -> usize {
        self.samples.len()
    }

    fn get(&self, index: usize) -> Result<Sample, DataError> {
        let place = self.samples.get(index).ok_or(DataError::IndexOutOfRange { index, len: self.len() })?;
        if let Some(sample) = place.get() {
            return Ok(sample.clone());
        }
        let sample = self.parent.get(index)?;
        let bytes = size(&sample);
        let reserve = |used: u64| used.checked_add(bytes).filter(|&used| used <= self.max_bytes);
        let reserved = self.bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, reserve).is_ok();
        // Another thread may have been quicker.
        if reserved && place.set(sample.clone()).is_err() {
            self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
        Ok(sample)
    }
}

/// The bytes that a sample takes, without what allocations cost.
fn size(sample: &Sample) -> u64 {
    let Sample { image, label: _, labels, boxes, mask, instances, key_points, features, meta } = sample;
    let image = match image {
        Image::U8(picture) => size_of_val(picture.pixels()),
        Image::F32(picture) => size_of_val(picture.pixels()),
    };
    let bytes = size_of::<Sample>()
        + image
        + labels.as_ref().map_or(0, |labels| size_of_val(&labels[..]))
        + boxes.as_ref().map_or(0, |boxes| size_of_val(&boxes.items[..]))
        + mask.as_ref().map_or(0, |mask| mask.pixels().len())
        + instances.as_ref().map_or(0, |mask| size_of_val(mask.numbers()))
        + size_of_val(&key_points[..])
        + features.iter().map(|values| size_of_val(values) + values.len() * size_of::<f64>()).sum::<usize>()
        + meta.iter().map(|(name, text)| name.len() + text.len() + 2 * size_of::<String>()).sum::<usize>();
    bytes as u64
}

//! Batches.

use std::ops::Range;

use burn::Tensor;
use burn::tensor::{Device, Int, TensorData};

use crate::Boxes;
use crate::features::{Array, Encoded, FeatureValues};

/// Samples ready for a network, on the host.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    /// The networks' input, `[batch, channel, height, width]` in rows.
    pub images: Vec<f32>,
    /// The lengths of the axes of `images`.
    pub shape: [usize; 4],
    /// The class of each sample; empty if the data set is unlabelled.
    pub labels: Vec<usize>,
    /// A part for each class, `[batch, class]` in rows, that add up to 1 for each sample; empty unless samples are mixed
    /// with each other ([`MixUp`](crate::transforms::MixUp)).
    pub soft_labels: Vec<f32>,
    /// 1 for each class that a sample has and 0 for the others, `[batch, class]` in rows; empty unless all samples of the
    /// batch have [several labels or none](crate::Sample::labels).
    pub multi_labels: Vec<f32>,
    /// The class of each pixel of the networks' input, `[batch, height, width]` in rows, and [`VOID`](Self::VOID) where the
    /// picture isn't; empty unless all samples of the batch have a mask.
    pub masks: Vec<u8>,
    /// The boxes of each sample: left, upper, right and lower edge in px of the networks' input; empty unless all samples of
    /// the batch have boxes, be it none.
    pub boxes: Vec<Boxes>,
    /// What other inputs than the images' get, `[batch, number]` each, in the order of the samples' features.
    pub features: Vec<Encoded>,
    /// The index of each sample in the data set.
    pub indices: Vec<usize>,
}

impl Batch {
    /// The value of mask pixels that are of no class.
    pub const VOID: u8 = 255;

    /// The samples of a range, in order.
    ///
    /// # Panics
    /// If the range goes beyond the batch.
    pub fn part(&self, range: Range<usize>) -> Self {
        let count = self.indices.len();
        let features = self.features.iter().map(|feature| feature.part(&range));
        Self {
            images: rows(&self.images, count, &range),
            shape: [range.len(), self.shape[1], self.shape[2], self.shape[3]],
            labels: rows(&self.labels, count, &range),
            soft_labels: rows(&self.soft_labels, count, &range),
            multi_labels: rows(&self.multi_labels, count, &range),
            masks: rows(&self.masks, count, &range),
            boxes: rows(&self.boxes, count, &range),
            features: features.collect(),
            indices: rows(&self.indices, count, &range),
        }
    }

    /// The images on a device, `[batch, channel, height, width]`.
    pub fn images_tensor(&self, device: &Device) -> Tensor<4> {
        Tensor::from_data(TensorData::new(self.images.clone(), self.shape), device)
    }

    /// The images on a device, `[batch, channel, height, width]`, without another copy on the host.
    pub fn into_images_tensor(self, device: &Device) -> Tensor<4> {
        Tensor::from_data(TensorData::new(self.images, self.shape), device)
    }

    /// The labels on a device, `[batch]`, or `[0]` if the data set is unlabelled.
    pub fn labels_tensor(&self, device: &Device) -> Tensor<1, Int> {
        let labels = self.labels.iter().map(|&label| label as i64).collect::<Vec<_>>();
        Tensor::from_data(TensorData::new(labels, [self.labels.len()]), device)
    }

    /// 1 for each class that a sample has and 0 for the others on a device, `[batch, class]`; none unless all samples of the
    /// batch have several labels or none.
    pub fn multi_labels_tensor(&self, device: &Device) -> Option<Tensor<2>> {
        let [batch, ..] = self.shape;
        let classes = self.multi_labels.len().checked_div(batch).filter(|&classes| classes > 0)?;
        Some(Tensor::from_data(TensorData::new(self.multi_labels.clone(), [batch, classes]), device))
    }

    /// The class of each pixel on a device, `[batch, height, width]`; none unless all samples of the batch have a mask.
    pub fn masks_tensor(&self, device: &Device) -> Option<Tensor<3, Int>> {
        let [batch, _, height, width] = self.shape;
        let classes = self.masks.iter().map(|&class| i64::from(class)).collect::<Vec<_>>();
        (!classes.is_empty()).then(|| Tensor::from_data(TensorData::new(classes, [batch, height, width]), device))
    }

    /// The whole numbers of an input on a device, `[batch, number]`; none if there is no such input or its numbers are real.
    pub fn int_features_tensor(&self, input: usize, device: &Device) -> Option<Tensor<2, Int>> {
        let Encoded::Int(array) = self.features.get(input)? else { return None };
        let shape: [usize; 2] = array.shape().try_into().ok()?;
        Some(Tensor::from_data(TensorData::new(array.values().to_vec(), shape), device))
    }

    /// The real numbers of an input on a device, `[batch, number]`; none if there is no such input or its numbers are whole.
    pub fn float_features_tensor(&self, input: usize, device: &Device) -> Option<Tensor<2>> {
        let Encoded::Float(array) = self.features.get(input)? else { return None };
        let shape: [usize; 2] = array.shape().try_into().ok()?;
        Some(Tensor::from_data(TensorData::new(array.values().to_vec(), shape), device))
    }
}

/// The rows of a range of `count` rows of equal length; nothing of what is empty.
fn rows<T: Clone>(values: &[T], count: usize, range: &Range<usize>) -> Vec<T> {
    let length = values.len() / count.max(1);
    values[range.start * length..range.end * length].to_vec()
}

/// Puts the samples' numbers for each input together; the index of a sample that has others than the first, if one does.
pub(super) fn stack(samples: Vec<Vec<FeatureValues>>) -> Result<Vec<Encoded>, usize> {
    let count = samples.len();
    let mut samples = samples.into_iter().enumerate();
    let Some((_, mut inputs)) = samples.next() else { return Ok(Vec::new()) };
    let widths = inputs.iter().map(FeatureValues::len).collect::<Vec<_>>();
    for (at, sample) in samples {
        if sample.iter().map(FeatureValues::len).ne(widths.iter().copied()) {
            return Err(at);
        }
        for (to, values) in inputs.iter_mut().zip(sample) {
            match (to, values) {
                (FeatureValues::Int(to), FeatureValues::Int(values)) => to.extend(values),
                (FeatureValues::Float(to), FeatureValues::Float(values)) => to.extend(values),
                _ => return Err(at),
            }
        }
    }
    let whole = |(values, width)| match values {
        FeatureValues::Int(values) => Array::new([count, width], values).map(Encoded::Int),
        FeatureValues::Float(values) => Array::new([count, width], values).map(Encoded::Float),
    };
    // Each sample has as many as the first.
    inputs.into_iter().zip(widths).map(whole).collect::<Result<_, _>>().map_err(|_| 0)
}

//! Batches.

use burn::Tensor;
use burn::tensor::{Device, Int, TensorData};

use crate::features::{Array, Encoded, FeatureValues};

/// Samples ready for a network, on the host.
#[derive(Debug, Clone, PartialEq, Default)]
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
    /// What other inputs than the images' get, `[batch, number]` each, in the order of the samples' features.
    pub features: Vec<Encoded>,
    /// The index of each sample in the data set.
    pub indices: Vec<usize>,
}

impl Batch {
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

//! Batches.

use burn::Tensor;
use burn::tensor::{Device, Int, TensorData};

/// Samples ready for a network, on the host.
#[derive(Debug, Clone, PartialEq)]
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
}

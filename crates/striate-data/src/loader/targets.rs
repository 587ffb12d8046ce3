//! What is known of samples besides their images, ready for a network.

use striate_core::{BoxFormat, BoxUnit, Preprocessing};

use super::Batch;
use super::batch::stack;
use crate::features::FeatureValues;
use crate::{Boxes, DataError, Picture, Placement, Sample};

/// What a sample has besides its image.
pub(super) struct Targets {
    label: Option<usize>,
    /// 1 for each class that it has and 0 for the others.
    labels: Option<Vec<f32>>,
    /// As large as the network's input.
    mask: Option<Picture>,
    /// In px of the network's input.
    boxes: Option<Boxes>,
    features: Vec<FeatureValues>,
}

impl Targets {
    /// Takes a sample's apart. What belongs to pixels follows the image through `how`.
    pub(super) fn of(
        sample: Sample,
        index: usize,
        labelled: bool,
        num_classes: usize,
        how: &Preprocessing,
    ) -> Result<Self, DataError> {
        let below = |label: usize| match label < num_classes {
            true => Ok(label),
            false => Err(DataError::LabelOutOfRange { index, label, num_classes }),
        };
        let size = sample.image.size();
        let Sample { label, labels, boxes, mask, features, .. } = sample;
        let label = match label {
            _ if !labelled => None,
            None => return Err(DataError::Unlabelled { index }),
            Some(label) => Some(below(label)?),
        };
        let row = |labels: Vec<usize>| {
            let mut row = vec![0.0; num_classes];
            for label in labels {
                row[below(label)?] = 1.0;
            }
            Ok::<_, DataError>(row)
        };
        let labels = labels.map(row).transpose()?;
        let placement = Placement::of(size, how);
        let place = |mask: Picture| match mask.size() == size && mask.channels() == 1 {
            true => Ok(placement.mask(&mask, Batch::VOID)),
            false => Err(DataError::MaskSize { mask: mask.size(), channels: mask.channels(), image: size }),
        };
        let mask = mask.map(place).transpose()?;
        let boxes =
            boxes.map(|boxes| placement.boxes(boxes).written(BoxFormat::Xyxy, BoxUnit::Absolute, placement.size()));
        Ok(Self { label, labels, mask, boxes, features })
    }

    /// A batch of images with what is known of them. What not all samples have, the batch hasn't.
    ///
    /// # Errors
    /// [`DataError::Features`] for a sample that has other numbers for inputs than the first.
    pub(super) fn batch(
        samples: Vec<Self>,
        images: Vec<f32>,
        shape: [usize; 4],
        indices: Vec<usize>,
    ) -> Result<Batch, DataError> {
        let mut batch = Batch { images, shape, indices, ..Batch::default() };
        let all = |has: fn(&Self) -> bool| samples.iter().all(has);
        let (with_labels, with_mask) = (all(|sample| sample.labels.is_some()), all(|sample| sample.mask.is_some()));
        let with_boxes = all(|sample| sample.boxes.is_some());
        let mut features = Vec::with_capacity(samples.len());
        for sample in samples {
            let Self { label, labels, mask, boxes, features: values } = sample;
            batch.labels.extend(label);
            batch.multi_labels.extend(labels.filter(|_| with_labels).into_iter().flatten());
            batch.masks.extend(mask.iter().filter(|_| with_mask).flat_map(|mask| mask.pixels()));
            batch.boxes.extend(boxes.filter(|_| with_boxes));
            features.push(values);
        }
        batch.features = stack(features).map_err(|at| DataError::Features { index: batch.indices[at] })?;
        Ok(batch)
    }
}

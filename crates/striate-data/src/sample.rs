//! Samples.

use std::collections::BTreeMap;

use crate::features::FeatureValues;
use crate::{Boxes, Image, IndexMask, KeyPoint, Picture};

/// One example: a picture and what is known of it.
///
/// A classifier's sample has an image and a label; what else there is, transforms change along with the image.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Sample {
    /// The picture.
    pub image: Image,
    /// The number of its class, from 0; none if that is not known.
    pub label: Option<usize>,
    /// The numbers of all its classes, where it may have several or none; none if they are not known.
    pub labels: Option<Vec<usize>>,
    /// Boxes around things.
    pub boxes: Option<Boxes>,
    /// The class of each pixel, of one channel and as large as the image.
    pub mask: Option<Picture<u8>>,
    /// The number of the thing that each pixel shows, from 1, or 0 for none, as large as the image. Where there are boxes
    /// too, a [`BoundingBox::instance`](crate::BoundingBox::instance) says which belong together.
    pub instances: Option<IndexMask>,
    /// Points in the image; their order says what they are.
    pub key_points: Vec<KeyPoint>,
    /// Numbers for other inputs of a network than the picture's, as [`Features`](crate::features::Features) make them of a
    /// table's row.
    pub features: Vec<FeatureValues>,
    /// What else is known, by name, such as where the picture came from. Nothing here changes a result.
    pub meta: BTreeMap<String, String>,
}

impl Sample {
    /// A sample of which nothing but the picture is known.
    pub fn new(image: impl Into<Image>) -> Self {
        Self {
            image: image.into(),
            label: None,
            labels: None,
            boxes: None,
            mask: None,
            instances: None,
            key_points: Vec::new(),
            features: Vec::new(),
            meta: BTreeMap::new(),
        }
    }

    /// The numbers of its classes, one or several; none if they are not known.
    pub fn classes(&self) -> Option<Vec<usize>> {
        let known = self.label.is_some() || self.labels.is_some();
        known.then(|| self.label.iter().chain(self.labels.iter().flatten()).copied().collect())
    }

    /// The same sample with this label.
    pub fn with_label(self, label: usize) -> Self {
        Self { label: Some(label), ..self }
    }

    /// The same sample with these labels, of a task where there may be several or none.
    pub fn with_labels(self, labels: Vec<usize>) -> Self {
        Self { labels: Some(labels), ..self }
    }

    /// The same sample with these boxes.
    pub fn with_boxes(self, boxes: Boxes) -> Self {
        Self { boxes: Some(boxes), ..self }
    }

    /// The same sample with this mask.
    pub fn with_mask(self, mask: Picture<u8>) -> Self {
        Self { mask: Some(mask), ..self }
    }

    /// The same sample with this mask of things.
    pub fn with_instances(self, instances: IndexMask) -> Self {
        Self { instances: Some(instances), ..self }
    }

    /// The same sample with these key points.
    pub fn with_key_points(self, key_points: Vec<KeyPoint>) -> Self {
        Self { key_points, ..self }
    }

    /// The same sample with these numbers for other inputs.
    pub fn with_features(self, features: Vec<FeatureValues>) -> Self {
        Self { features, ..self }
    }

    /// The same sample with one more thing known.
    pub fn with_meta(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.meta.insert(name.into(), value.into());
        self
    }
}

//! Samples.

use crate::Picture;

/// One example: a picture and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sample {
    /// The picture.
    pub picture: Picture,
    /// The number of its class, from 0; none if that is not known.
    pub label: Option<usize>,
}

impl Sample {
    /// An unlabelled sample.
    pub fn new(picture: Picture) -> Self {
        Self { picture, label: None }
    }

    /// The same sample with this label.
    pub fn with_label(self, label: usize) -> Self {
        Self { label: Some(label), ..self }
    }
}

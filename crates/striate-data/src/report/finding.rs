//! What is wrong with data.

use std::fmt;

use serde::Serialize;

use crate::value::Kind as _;

/// A sample of a part of the data.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The part, such as `train`.
    pub split: String,
    /// Its number in the part.
    pub index: usize,
    /// What the data calls it, such as its file; none if it has no name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.split, self.index)?;
        match &self.name {
            Some(name) => write!(f, " ({name})"),
            None => Ok(()),
        }
    }
}

/// Something that is wrong, or likely to be.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Finding {
    /// A sample can't be read.
    Unreadable {
        /// Which.
        sample: Place,
        /// Why.
        reason: String,
    },
    /// Samples of several parts have the same px: what is measured on one part was learned by heart on another.
    Leak {
        /// Which.
        samples: Vec<Place>,
        /// Whether they have different labels too.
        labels_differ: bool,
    },
    /// Samples of one part have the same px.
    Duplicates {
        /// Which.
        samples: Vec<Place>,
        /// Whether they have different labels too.
        labels_differ: bool,
    },
    /// Samples of several parts look alike.
    NearLeak {
        /// Which; each is like another of them.
        samples: Vec<Place>,
        /// How far those are apart at most, in standard deviations of their px.
        distance: f64,
    },
    /// Samples of one part look alike.
    NearDuplicates {
        /// Which; each is like another of them.
        samples: Vec<Place>,
        /// How far those are apart at most, in standard deviations of their px.
        distance: f64,
    },
    /// A class has far fewer samples than another.
    Imbalance {
        /// The part.
        split: String,
        /// The class.
        class: String,
        /// Its samples.
        samples: usize,
        /// Samples of the largest class.
        largest: usize,
    },
    /// A part that has labels has a sample without one.
    Unlabelled {
        /// Which.
        sample: Place,
    },
    /// A box has no area, or numbers that are none.
    EmptyBox {
        /// Which sample.
        sample: Place,
        /// Left, upper, right and lower edge, in px.
        xyxy: [f32; 4],
    },
    /// A box reaches out of the picture.
    BoxOutside {
        /// Which sample.
        sample: Place,
        /// Left, upper, right and lower edge, in px.
        xyxy: [f32; 4],
        /// Height and width of the picture, in px.
        size: [usize; 2],
    },
    /// A mask has other sides than its picture.
    MaskSize {
        /// Which sample.
        sample: Place,
        /// Height and width of the mask, in px.
        mask: [usize; 2],
        /// Height and width of the picture, in px.
        size: [usize; 2],
    },
    /// Pictures have more than 8 bits in their files, and would be nearly black or plain if only the high 8 were read, as
    /// [`Depth::Eight`](crate::Depth::Eight) does.
    Faint {
        /// The part.
        split: String,
        /// How many.
        pictures: usize,
        /// Their least and their greatest value; those of 16 bits are in `[0, 1]`.
        range: [f32; 2],
    },
    /// A picture is much smaller, larger, longer or higher than the others.
    OddSize {
        /// Which sample.
        sample: Place,
        /// Height and width, in px.
        size: [usize; 2],
        /// What is odd.
        reason: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |samples: &[Place]| samples.iter().map(Place::to_string).collect::<Vec<_>>().join(", ");
        let differ = |differ: &bool| if *differ { ", with different labels" } else { "" };
        match self {
            Self::Unreadable { sample, reason } => write!(f, "unreadable: {sample}: {reason}"),
            Self::Leak { samples, labels_differ } => {
                write!(f, "the same picture in several parts{}: {}", differ(labels_differ), list(samples))
            }
            Self::Duplicates { samples, labels_differ } => {
                write!(f, "the same picture{}: {}", differ(labels_differ), list(samples))
            }
            Self::NearLeak { samples, distance } => {
                write!(f, "nearly the same picture in several parts ({distance:.3}): {}", list(samples))
            }
            Self::NearDuplicates { samples, distance } => {
                write!(f, "nearly the same picture ({distance:.3}): {}", list(samples))
            }
            Self::Imbalance { split, class, samples, largest } => {
                write!(f, "class {class:?} of {split} has {samples} samples, the largest {largest}")
            }
            Self::Unlabelled { sample } => write!(f, "without a label: {sample}"),
            Self::EmptyBox { sample, xyxy } => write!(f, "a box without area: {sample}: {xyxy:?}"),
            Self::BoxOutside { sample, xyxy, size: [height, width] } => {
                write!(f, "a box reaches out of the picture of {width} x {height} px: {sample}: {xyxy:?}")
            }
            Self::MaskSize { sample, mask: [mask_height, mask_width], size: [height, width] } => {
                write!(f, "a mask of {mask_width} x {mask_height} px for a picture of {width} x {height} px: {sample}")
            }
            Self::Faint { split, pictures, range: [low, high] } => {
                let levels = [low, high].map(|value| f32::level(*value));
                write!(
                    f,
                    "{pictures} pictures of {split} have more than 8 bits but little contrast, and lose it if they are read as \
                     8 bits: values from {low:.5} to {high:.5} become {} to {} of 255",
                    levels[0], levels[1]
                )
            }
            Self::OddSize { sample, size: [height, width], reason } => {
                write!(f, "{width} x {height} px, {reason}: {sample}")
            }
        }
    }
}

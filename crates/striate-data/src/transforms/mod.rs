//! Changes to samples while they are loaded: augmentation.
//!
//! A [`Pipeline`] is a list of transforms, from code or from a recipe's TOML. Each draws what it does, an [`Operation`]
//! with all its numbers, once for the image, its boxes, mask and key points. What a pipeline has drawn is a [`Record`],
//! which can be kept as JSON and replayed to the same bytes, on the same sample or on another frame of a film.
//!
//! ```
//! use striate_core::Streams;
//! use striate_data::transforms::{ColorJitter, OneOf, Pipeline, RandomHorizontalFlip, RandomNoise, RandomResizedCrop};
//! use striate_data::transforms::{RandomBlur, Record};
//! use striate_data::{Boxes, Picture, Sample};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let pipeline = Pipeline::new()
//!     .then(RandomResizedCrop::new([16, 16]))
//!     .then(RandomHorizontalFlip::default())
//!     .then(ColorJitter { brightness: [0.8, 1.2], hue: [-0.1, 0.1], ..ColorJitter::default() })
//!     .then(OneOf::new([RandomBlur::default().into(), RandomNoise::default().into()]))
//!     .map("dim", |mut sample, stream| {
//!         let by = 1 + stream.below(3) as u8;
//!         let mut picture = sample.image.to_u8();
//!         picture.pixels_mut().iter_mut().for_each(|value| *value /= by);
//!         sample.image = picture.into();
//!         sample
//!     });
//! let sample = Sample::new(Picture::new(20, 30, 3, vec![200; 1800])?).with_boxes(Boxes::xyxy([([2.0, 3.0, 25.0, 18.0], 7)]));
//! let (changed, record) = pipeline.record(sample.clone(), &mut Streams::new(1).open("augment"))?;
//! let kept = serde_json::to_string(&record)?;
//! assert_eq!(pipeline.replay(sample, &serde_json::from_str::<Record>(&kept)?)?, changed);
//! # Ok(())
//! # }
//! ```
//!
//! The numbers of torchvision's transforms hold here, except where one says otherwise. Values of fills and thresholds are
//! in `[0, 255]`, for pictures of numbers in `[0, 1]` as well.

/// Gives transforms a method that sets how pixels are made.
macro_rules! with_targets {
    ($($transform:ty),+) => {
        $(impl $transform {
            /// How the pixels of image and mask are made.
            pub fn targets(self, targets: crate::transforms::Targets) -> Self {
                Self { targets, ..self }
            }
        })+
    };
}

/// Gives transforms a method that sets how likely they are.
macro_rules! with_probability {
    ($($transform:ty),+) => {
        $(impl $transform {
            /// How likely it is, in `[0, 1]`.
            pub fn probability(mut self, probability: f32) -> Self {
                self.probability = probability;
                self
            }
        })+
    };
}

mod affine;
mod augmentation;
mod auto;
mod check;
mod color;
mod compose;
mod crop;
mod flip;
mod mix;
mod noise;
mod operation;
mod own;
mod pipeline;
mod random_shift;
mod size;
mod targets;
mod tone;
mod warp;

use striate_core::Stream;

pub use affine::{RandomAffine, RandomRotation, RandomShear, RandomTranslation, RandomZoom};
pub use augmentation::Augmentation;
pub use auto::{RandAugment, TrivialAugment};
pub use color::{
    ColorJitter, RandomBrightness, RandomContrast, RandomGamma, RandomGrayscale, RandomHue, RandomSaturation,
    RandomSharpness,
};
pub use compose::{OneOf, Sequence, Shuffled, SomeOf, Sometimes};
pub use crop::{CenterCrop, Pad, RandomCrop, RandomResizedCrop};
pub use flip::{RandomHorizontalFlip, RandomVerticalFlip};
pub use mix::{BatchOperation, BatchTransform, CutMix, Mix, MixUp};
pub use noise::{Eraser, RandomBlur, RandomErasing, RandomNoise};
pub use operation::{Adjustment, DropBoxes, Operation};
pub use own::Own;
pub use pipeline::{Pipeline, Record};
pub use random_shift::RandomShift;
pub use size::{RandomHeight, RandomWidth, Resize, ResizeShorter};
pub use targets::{Sampling, Targets};
pub use tone::{RandomAutocontrast, RandomEqualize, RandomInvert, RandomPosterize, RandomSolarize};
pub use warp::{RandomElastic, RandomPerspective};

use crate::{DataError, Sample};

/// A change to a sample, random or not.
///
/// Whatever is random comes from `stream`, which the [`Loader`](crate::Loader) names after seed, epoch and sample. So
/// a sample is changed in the same way on any thread and in a resumed run, and differently in each epoch. Own transforms
/// implement this, or [`Draw`] if they choose among [`Operation`]s; [`Own`] makes one a step of a [`Pipeline`].
pub trait Transform: Send + Sync {
    /// Changes a sample.
    ///
    /// # Errors
    /// If the sample can't be changed; [`DataError::Sample`] carries an error of one's own.
    fn apply(&self, sample: Sample, stream: &mut Stream) -> Result<Sample, DataError>;

    /// Checks that every number is in its range; the [`Loader`](crate::Loader) does so before it begins.
    ///
    /// # Errors
    /// [`DataError::Setting`] names the first that isn't.
    fn validate(&self) -> Result<(), DataError> {
        Ok(())
    }
}

/// A transform that draws operations, and does nothing else.
pub trait Draw: Send + Sync {
    /// Chooses what is done, one after the other, to a picture of `[height, width]` px; nothing is allowed.
    fn draw(&self, size: [usize; 2], stream: &mut Stream) -> Vec<Operation>;

    /// Checks that every number is in its range.
    ///
    /// # Errors
    /// [`DataError::Setting`] names the first that isn't.
    fn check(&self) -> Result<(), DataError> {
        Ok(())
    }
}

impl<T: Draw> Transform for T {
    fn apply(&self, sample: Sample, stream: &mut Stream) -> Result<Sample, DataError> {
        self.draw(sample.image.size(), stream).into_iter().try_fold(sample, |sample, operation| operation.apply(sample))
    }

    fn validate(&self) -> Result<(), DataError> {
        self.check()
    }
}

/// A number between two, the second included for all that it matters.
fn between([least, most]: [f64; 2], stream: &mut Stream) -> f64 {
    least + (most - least) * f64::from(stream.uniform())
}

//! Any transform, as a recipe names it.

use serde::{Deserialize, Serialize};
use striate_core::Stream;

use super::compose::Choose;
use super::*;

/// Makes the list of transforms: those that draw operations, and those that are made of others.
macro_rules! augmentations {
    (draw: $($drawing:ident),+; compose: $($composed:ident),+) => {
        /// Any transform of this crate, or an [own one](Own), as a step of a [`Pipeline`].
        ///
        /// In a recipe's TOML it is a table with its name in snake case and its settings, such as
        /// `{ name = "random_crop", size = [32, 32], padding = [4, 4, 4, 4] }`. Unknown names and settings are refused.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "name", rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Augmentation {
            $(#[doc = concat!("[`", stringify!($drawing), "`].")] $drawing($drawing),)+
            $(#[doc = concat!("[`", stringify!($composed), "`].")] $composed($composed),)+
            /// [`Own`]; a recipe can't hold it.
            #[serde(skip)]
            Own(Own),
        }

        $(impl From<$drawing> for Augmentation {
            fn from(transform: $drawing) -> Self {
                Self::$drawing(transform)
            }
        })+

        $(impl From<$composed> for Augmentation {
            fn from(transform: $composed) -> Self {
                Self::$composed(transform)
            }
        })+

        impl Augmentation {
            /// What kind of transform it is.
            fn kind(&self) -> Kind<'_> {
                match self {
                    $(Self::$drawing(transform) => Kind::Draw(transform),)+
                    $(Self::$composed(transform) => Kind::Composed(transform),)+
                    Self::Own(own) => Kind::Own(own),
                }
            }
        }
    };
}

augmentations! {
    draw: RandomShift, RandomHorizontalFlip, RandomVerticalFlip, RandomCrop, CenterCrop, Pad, RandomResizedCrop, Resize,
        ResizeShorter, RandomHeight, RandomWidth, RandomRotation, RandomTranslation, RandomZoom, RandomShear, RandomAffine,
        RandomPerspective, RandomElastic, RandomBrightness, RandomContrast, RandomSaturation, RandomHue, RandomGamma,
        RandomSharpness, ColorJitter, RandomGrayscale, RandomInvert, RandomEqualize, RandomAutocontrast, RandomPosterize,
        RandomSolarize, RandomNoise, RandomBlur, RandomErasing, DropBoxes, RandAugment, TrivialAugment;
    compose: Sequence, Sometimes, OneOf, SomeOf, Shuffled
}

enum Kind<'a> {
    Draw(&'a dyn Draw),
    Composed(&'a dyn Choose),
    Own(&'a Own),
}

impl From<Own> for Augmentation {
    fn from(transform: Own) -> Self {
        Self::Own(transform)
    }
}

impl Augmentation {
    /// Changes a sample and adds what was drawn.
    pub(super) fn run(
        &self,
        mut sample: Sample,
        stream: &mut Stream,
        record: &mut Vec<Operation>,
    ) -> Result<Sample, DataError> {
        match self.kind() {
            Kind::Draw(transform) => {
                for operation in transform.draw(sample.image.size(), stream) {
                    sample = operation.apply(sample)?;
                    record.push(operation);
                }
                Ok(sample)
            }
            Kind::Composed(transform) => transform.run(sample, stream, record),
            Kind::Own(own) => {
                let seed = stream.next_u64();
                record.push(Operation::Own { name: own.name().into(), seed });
                own.replay(sample, seed)
            }
        }
    }

    /// The own transform of this name, here or within.
    pub(super) fn own(&self, name: &str) -> Option<&Own> {
        match self.kind() {
            Kind::Draw(_) => None,
            Kind::Composed(transform) => transform.parts().iter().find_map(|part| part.own(name)),
            Kind::Own(own) => (own.name() == name).then_some(own),
        }
    }
}

impl Transform for Augmentation {
    fn apply(&self, sample: Sample, stream: &mut Stream) -> Result<Sample, DataError> {
        self.run(sample, stream, &mut Vec::new())
    }

    fn validate(&self) -> Result<(), DataError> {
        match self.kind() {
            Kind::Draw(transform) => transform.check(),
            Kind::Composed(transform) => transform.check_all(),
            Kind::Own(own) => own.validate(),
        }
    }
}

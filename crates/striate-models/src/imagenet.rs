//! What weights learned on ImageNet share: preprocessing and class names.

use striate_core::{ClassNames, PixelMode, Preprocessing};
use striate_network::NameStyle;

use crate::entry::{Build, Entry};

/// A classifier as torchvision has most: pictures of 224 px, 1,000 classes, one size.
pub(crate) const fn torchvision(name: &'static str, year: u16, paper: &'static str, build: Build) -> Entry {
    Entry {
        name,
        year,
        paper,
        input: [3, 224, 224],
        classes: 1000,
        style: NameStyle::Torch,
        preprocessing: torch,
        class_names: Some(class_names),
        options: &[],
        build,
    }
}

/// torchvision's: the middle 224 of 256 px.
pub(crate) fn torch() -> Preprocessing {
    Preprocessing::torch(256, 224)
}

/// That of the Inception networks: RGB in `[-1, 1]`, the middle `crop` of `resize` px. torchvision normalizes as for its
/// other networks, and those networks' `transform_input` makes this of it.
pub(crate) fn inception(resize: usize, crop: usize) -> Preprocessing {
    Preprocessing::torch(resize, crop).mode(PixelMode::Tf)
}

/// Keras's `caffe`: BGR in `[0, 255]`, less ImageNet's mean.
pub(crate) fn caffe(size: [usize; 2]) -> Preprocessing {
    Preprocessing::rgb(size).mode(PixelMode::Caffe)
}

/// Keras's `tf`: RGB in `[-1, 1]`.
pub(crate) fn tf(size: [usize; 2]) -> Preprocessing {
    Preprocessing::rgb(size).mode(PixelMode::Tf)
}

/// RGB as it is, in `[0, 255]`, for networks that begin with a scaling of their own.
pub(crate) fn unscaled(size: [usize; 2]) -> Preprocessing {
    Preprocessing { scale: 1.0, ..Preprocessing::rgb(size) }
}

/// RGB of the whole picture, with ImageNet's mean and standard deviation taken out: Keras's `torch`.
pub(crate) fn normalized(size: [usize; 2]) -> Preprocessing {
    Preprocessing::rgb(size).mode(PixelMode::Torch)
}

/// The 1,000 classes.
pub(crate) fn class_names() -> ClassNames {
    ClassNames::imagenet()
}

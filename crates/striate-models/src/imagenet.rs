//! What weights learned on ImageNet share: preprocessing and class names.

use striate_core::{ClassNames, Interpolation, PixelOrder, Preprocessing};

/// ImageNet's pictures, RGB in `[0, 1]`.
pub(crate) struct Statistics {
    pub(crate) mean: [f32; 3],
    pub(crate) std: [f32; 3],
}

pub(crate) const STATISTICS: Statistics = Statistics { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/// torchvision's: RGB in `[0, 1]`, less ImageNet's mean, divided by its standard deviation; the middle 224 of 256 px.
pub(crate) fn torch() -> Preprocessing {
    torch_sized(256, 224)
}

/// torchvision's, with the middle `crop` of `resize` px.
pub(crate) fn torch_sized(resize: usize, crop: usize) -> Preprocessing {
    Preprocessing {
        mean: STATISTICS.mean.to_vec(),
        std: STATISTICS.std.to_vec(),
        crop: Some([crop, crop]),
        ..Preprocessing::rgb([resize, resize])
    }
}

/// That of the Inception networks: RGB in `[-1, 1]`, the middle `crop` of `resize` px. torchvision normalizes as for its
/// other networks, and those networks' `transform_input` makes this of it.
pub(crate) fn inception(resize: usize, crop: usize) -> Preprocessing {
    Preprocessing { mean: vec![0.5; 3], std: vec![0.5; 3], ..torch_sized(resize, crop) }
}

/// Keras's `caffe`: BGR in `[0, 255]`, less ImageNet's mean.
pub(crate) fn caffe(size: [usize; 2]) -> Preprocessing {
    Preprocessing {
        pixel_order: PixelOrder::Bgr,
        scale: 1.0,
        mean: vec![103.939, 116.779, 123.68],
        interpolation: Interpolation::Bilinear,
        ..Preprocessing::rgb(size)
    }
}

/// Keras's `tf`: RGB in `[-1, 1]`.
pub(crate) fn tf(size: [usize; 2]) -> Preprocessing {
    Preprocessing { scale: 1.0 / 127.5, offset: -1.0, ..Preprocessing::rgb(size) }
}

/// RGB as it is, in `[0, 255]`, for networks that begin with a scaling of their own.
pub(crate) fn unscaled(size: [usize; 2]) -> Preprocessing {
    Preprocessing { scale: 1.0, ..Preprocessing::rgb(size) }
}

/// RGB of the whole picture, with ImageNet's mean and standard deviation taken out: Keras's `torch`.
pub(crate) fn normalized(size: [usize; 2]) -> Preprocessing {
    Preprocessing { size, crop: None, ..torch() }
}

/// The 1,000 classes, as torchvision names WordNet's synsets.
pub fn class_names() -> ClassNames {
    ClassNames::new(include_str!("imagenet.txt").lines())
}

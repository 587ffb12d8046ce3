//! Pictures of either kind of value.

use crate::Picture;

/// A sample's picture: of whole numbers in `[0, 255]`, as files have them, or of numbers, usually in `[0, 1]`.
#[derive(Debug, Clone, PartialEq)]
pub enum Image {
    /// Whole numbers in `[0, 255]`.
    U8(Picture<u8>),
    /// Numbers, usually in `[0, 1]`.
    F32(Picture<f32>),
}

/// Does the same with a picture of either kind: `change_image!(image, picture => expression)` is an [`Image`] again.
macro_rules! change_image {
    ($image:expr, $picture:ident => $change:expr) => {
        match $image {
            $crate::Image::U8($picture) => $crate::Image::U8($change),
            $crate::Image::F32($picture) => $crate::Image::F32($change),
        }
    };
}
pub(crate) use change_image;

/// Asks a picture of either kind.
macro_rules! ask_image {
    ($image:expr, $picture:ident => $ask:expr) => {
        match $image {
            $crate::Image::U8($picture) => $ask,
            $crate::Image::F32($picture) => $ask,
        }
    };
}
pub(crate) use ask_image;

impl Image {
    /// Rows, in px.
    pub fn height(&self) -> usize {
        ask_image!(self, picture => picture.height())
    }

    /// Columns, in px.
    pub fn width(&self) -> usize {
        ask_image!(self, picture => picture.width())
    }

    /// Rows and columns, in px.
    pub fn size(&self) -> [usize; 2] {
        ask_image!(self, picture => picture.size())
    }

    /// 1 (gray) or 3 (red, green, blue).
    pub fn channels(&self) -> usize {
        ask_image!(self, picture => picture.channels())
    }

    /// The picture with whole numbers in `[0, 255]`.
    pub fn to_u8(&self) -> Picture<u8> {
        ask_image!(self, picture => picture.to_u8())
    }

    /// The picture with numbers in `[0, 1]`.
    pub fn to_f32(&self) -> Picture<f32> {
        ask_image!(self, picture => picture.to_f32())
    }
}

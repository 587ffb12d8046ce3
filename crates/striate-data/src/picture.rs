//! Pictures: their pixels.

use std::fmt;

use crate::value::Value;
use crate::{DataError, Image};

/// The pixels of one picture.
///
/// Values are whole numbers in `[0, 255]` (`u8`) or numbers (`f32`), usually in `[0, 1]`, and lie in rows, interleaved:
/// `[height, width, channel]`. The channels are one of gray, or three of red, green and blue.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture<T = u8> {
    height: usize,
    width: usize,
    channels: usize,
    pixels: Vec<T>,
}

impl<T: Value> Picture<T> {
    /// Takes the pixels of a picture, `[height, width, channel]`.
    ///
    /// # Errors
    /// [`DataError::PictureShape`] if there are not height times width times channels values, a side is 0 or over
    /// 4294967295 px, or there are neither 1 nor 3 channels.
    pub fn new(height: usize, width: usize, channels: usize, pixels: Vec<T>) -> Result<Self, DataError> {
        let side = |side| side > 0 && u32::try_from(side).is_ok();
        let values = height.checked_mul(width).and_then(|area| area.checked_mul(channels));
        if !(side(height) && side(width) && matches!(channels, 1 | 3) && values == Some(pixels.len())) {
            return Err(DataError::PictureShape { height, width, channels, values: pixels.len() });
        }
        Ok(Self { height, width, channels, pixels })
    }

    /// The picture with whole numbers in `[0, 255]`; those from `[0, 1]` are spread as torchvision's `to_dtype` does.
    pub fn to_u8(&self) -> Picture<u8> {
        self.convert(|value| value.level())
    }

    /// The picture with numbers in `[0, 1]`: a 255th of those in `[0, 255]`.
    pub fn to_f32(&self) -> Picture<f32> {
        self.convert(|value| value.unit())
    }

    /// The same sides and channels with other values.
    pub(crate) fn convert<U: Value>(&self, convert: impl Fn(T) -> U) -> Picture<U> {
        let Self { height, width, channels, .. } = *self;
        Picture { height, width, channels, pixels: self.pixels.iter().map(|&value| convert(value)).collect() }
    }

    /// Changes each value by a function of numbers; the result is cut off at the range's ends, and of whole numbers the
    /// fraction is dropped.
    pub(crate) fn map(mut self, change: impl Fn(f32) -> f32) -> Self {
        T::map(&mut self.pixels, change);
        self
    }
}

impl<T> Picture<T> {
    /// Rows, in px.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Columns, in px.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows and columns, in px.
    pub fn size(&self) -> [usize; 2] {
        [self.height, self.width]
    }

    /// 1 (gray) or 3 (red, green, blue).
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// The values, as `[height, width, channel]`.
    pub fn pixels(&self) -> &[T] {
        &self.pixels
    }

    /// The values to change, as `[height, width, channel]`.
    pub fn pixels_mut(&mut self) -> &mut [T] {
        &mut self.pixels
    }

    /// The values of one row, `[width, channel]`.
    pub(crate) fn row(&self, row: usize) -> &[T] {
        &self.pixels[row * self.width * self.channels..][..self.width * self.channels]
    }

    /// A picture whose values are known to fit.
    pub(crate) fn from_parts(height: usize, width: usize, channels: usize, pixels: Vec<T>) -> Self {
        debug_assert_eq!(pixels.len(), height * width * channels);
        Self { height, width, channels, pixels }
    }
}

impl Picture<f32> {
    /// The least and the greatest value that is a number; infinity and minus infinity if there is none.
    pub(crate) fn range(&self) -> [f32; 2] {
        let finite = self.pixels.iter().copied().filter(|value| value.is_finite());
        finite.fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], x| [low.min(x), high.max(x)])
    }

    /// The values spread over `[0, 255]` from their least and greatest, for eyes: what uses a small part of 16 bits would be
    /// black in 8. Where there is no number, the picture is black.
    pub fn spread(&self) -> Picture<u8> {
        let [low, high] = self.range();
        self.convert(|value| ((value - low) / (high - low).max(f32::MIN_POSITIVE) * 255.0).round() as u8)
    }
}

impl<T: Value> fmt::Debug for Picture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { height, width, channels, pixels } = self;
        let mut text = f.debug_struct("Picture");
        text.field("height", height).field("width", width).field("channels", channels);
        // Few enough to help in a failed assertion.
        if pixels.len() <= 64 { text.field("pixels", pixels).finish() } else { text.finish_non_exhaustive() }
    }
}

impl From<Picture<u8>> for Image {
    fn from(picture: Picture<u8>) -> Self {
        Self::U8(picture)
    }
}

impl From<Picture<f32>> for Image {
    fn from(picture: Picture<f32>) -> Self {
        Self::F32(picture)
    }
}

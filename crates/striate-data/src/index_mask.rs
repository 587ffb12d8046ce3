//! Masks of whole numbers.

use std::fmt;

use crate::{DataError, Picture};

/// A whole number in `[0, 65535]` for each pixel of a picture, such as the number of the thing that it shows.
#[derive(Clone, PartialEq, Eq)]
pub struct IndexMask {
    height: usize,
    width: usize,
    numbers: Vec<u16>,
}

impl IndexMask {
    /// Takes the numbers of a mask, `[height, width]`.
    ///
    /// # Errors
    /// [`DataError::PictureShape`] if there are not height times width of them, or a side is 0 or over 4294967295 px.
    pub fn new(height: usize, width: usize, numbers: Vec<u16>) -> Result<Self, DataError> {
        let side = |side| side > 0 && u32::try_from(side).is_ok();
        if !(side(height) && side(width) && height.checked_mul(width) == Some(numbers.len())) {
            return Err(DataError::PictureShape { height, width, channels: 1, values: numbers.len() });
        }
        Ok(Self { height, width, numbers })
    }

    /// Rows and columns, in px.
    pub fn size(&self) -> [usize; 2] {
        [self.height, self.width]
    }

    /// The numbers, `[height, width]`.
    pub fn numbers(&self) -> &[u16] {
        &self.numbers
    }

    /// The highest number.
    pub fn highest(&self) -> u16 {
        self.numbers.iter().copied().max().unwrap_or(0)
    }

    /// Where a number stands: 1 there and 0 elsewhere, of one channel.
    pub fn only(&self, number: u16) -> Picture<u8> {
        let pixels = self.numbers.iter().map(|&here| u8::from(here == number)).collect();
        Picture::from_parts(self.height, self.width, 1, pixels)
    }

    /// The same numbers as a mask of classes; none if one is over 255.
    pub fn to_classes(&self) -> Option<Picture<u8>> {
        let pixels = self.numbers.iter().map(|&number| u8::try_from(number).ok()).collect::<Option<_>>()?;
        Some(Picture::from_parts(self.height, self.width, 1, pixels))
    }

    /// A mask whose numbers are known to fit.
    pub(crate) fn from_parts([height, width]: [usize; 2], numbers: Vec<u16>) -> Self {
        debug_assert_eq!(numbers.len(), height * width);
        Self { height, width, numbers }
    }

    /// Moves the numbers by what moves pictures: their high and their low bytes, in the same way.
    pub(crate) fn moved(&self, change: impl Fn(&Picture<u8>) -> Picture<u8>) -> Self {
        let plane = |byte: fn(u16) -> u8| {
            let pixels = self.numbers.iter().map(|&number| byte(number)).collect();
            change(&Picture::from_parts(self.height, self.width, 1, pixels))
        };
        let (high, low) = (plane(|number| (number >> 8) as u8), plane(|number| number as u8));
        let pairs = high.pixels().iter().zip(low.pixels());
        Self::from_parts(high.size(), pairs.map(|(&high, &low)| u16::from_be_bytes([high, low])).collect())
    }
}

impl fmt::Debug for IndexMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("IndexMask");
        text.field("height", &self.height).field("width", &self.width);
        // Few enough to help in a failed assertion.
        if self.numbers.len() <= 64 {
            text.field("numbers", &self.numbers).finish()
        } else {
            text.finish_non_exhaustive()
        }
    }
}

//! COCO's masks, as pycocotools 2.0 reads them (`common/maskApi.c`).

use super::super::FormatError;
use super::polygon;
use crate::Picture;

/// A mask as lengths of runs: how many pixels are outside, then inside, then outside, …, column by column.
///
/// ```
/// use striate_data::datasets::Rle;
///
/// # fn main() -> Result<(), striate_data::datasets::FormatError> {
/// let mask = Rle::from_counts([2, 3], vec![1, 2, 3])?;
/// assert_eq!(mask.to_mask().pixels(), [0, 1, 0, 1, 0, 0]);
/// assert_eq!(mask.area(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rle {
    size: [u32; 2],
    counts: Vec<u32>,
}

impl Rle {
    /// Takes the runs of a mask of `[height, width]` px, as uncompressed ones stand in a file.
    ///
    /// # Errors
    /// [`FormatError::MaskArea`] if they don't add up to its pixels, or there are 2^32 of those or more.
    pub fn from_counts(size: [u32; 2], counts: Vec<u32>) -> Result<Self, FormatError> {
        let area = u64::from(size[0]) * u64::from(size[1]);
        let found = counts.iter().fold(0_u64, |sum, &count| sum.saturating_add(count.into()));
        if found != area || area == 0 || u32::try_from(area).is_err() {
            return Err(FormatError::MaskArea { found, size });
        }
        Ok(Self { size, counts })
    }

    /// Reads the runs of a mask of `[height, width]` px from the text of a compressed one: 5 bits a character with a
    /// sixth that says whether more come, and from the fourth run on the difference to the one before the last.
    ///
    /// # Errors
    /// [`FormatError::MaskText`] for a character that can't be there, and those of [`from_counts`](Self::from_counts).
    pub fn from_text(size: [u32; 2], text: &str) -> Result<Self, FormatError> {
        let mut counts = Vec::<u32>::new();
        let mut characters = text.bytes().enumerate().peekable();
        while characters.peek().is_some() {
            let (mut value, mut shift) = (0_i64, 0);
            loop {
                let Some((place, character)) = characters.next() else {
                    return Err(FormatError::MaskText { place: text.len() });
                };
                let bits = character.wrapping_sub(48);
                // A run needs 33 bits with its sign, so seven characters.
                if bits >= 64 || shift > 30 {
                    return Err(FormatError::MaskText { place });
                }
                value |= i64::from(bits & 0x1f) << shift;
                shift += 5;
                if bits & 0x20 == 0 {
                    if bits & 0x10 != 0 {
                        value |= -1 << shift;
                    }
                    if let [.., before, _] = counts[..]
                        && counts.len() > 2
                    {
                        value += i64::from(before);
                    }
                    counts.push(u32::try_from(value).map_err(|_| FormatError::MaskText { place })?);
                    break;
                }
            }
        }
        Self::from_counts(size, counts)
    }

    /// Fills a polygon, whose corners are x and y in px by turns, in a picture of `[height, width]` px.
    ///
    /// # Errors
    /// [`FormatError::Polygon`] if there are fewer than three corners, half a one, or one that is no number or far
    /// outside; [`FormatError::MaskArea`] for a picture without pixels or with 2^31 or more.
    pub fn from_polygon(size: [u32; 2], corners: &[f64]) -> Result<Self, FormatError> {
        let area = u64::from(size[0]) * u64::from(size[1]);
        if area == 0 || i32::try_from(area).is_err() {
            return Err(FormatError::MaskArea { found: area, size });
        }
        Ok(Self { size, counts: polygon::runs(size, corners)? })
    }

    /// The runs of a mask: px that aren't 0 are inside.
    ///
    /// # Errors
    /// [`FormatError::MaskArea`] for a picture with 2^32 px or more.
    pub fn from_mask(mask: &Picture<u8>) -> Result<Self, FormatError> {
        let [height, width] = mask.size();
        let size = [height, width].map(|side| side as u32);
        let area = height as u64 * width as u64;
        if mask.channels() != 1 || u32::try_from(area).is_err() {
            return Err(FormatError::MaskArea { found: area, size });
        }
        let (mut counts, mut is_inside) = (vec![0_u32], false);
        for place in 0..height * width {
            let now = mask.pixels()[place % height * width + place / height] != 0;
            match counts.last_mut() {
                Some(last) if now == is_inside => *last += 1,
                _ => counts.push(1),
            }
            is_inside = now;
        }
        Ok(Self { size, counts })
    }

    /// The runs as the text of a compressed mask, which [`from_text`](Self::from_text) reads.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for (place, &count) in self.counts.iter().enumerate() {
            let before = if place > 2 { self.counts[place - 2] } else { 0 };
            let mut value = i64::from(count) - i64::from(before);
            loop {
                let bits = (value & 0x1f) as u8;
                value >>= 5;
                // The sign is that of the last five bits.
                let is_last = value == if bits & 0x10 != 0 { -1 } else { 0 };
                text.push(char::from(48 + if is_last { bits } else { bits | 0x20 }));
                if is_last {
                    break;
                }
            }
        }
        text
    }

    /// Rows and columns, in px.
    pub fn size(&self) -> [u32; 2] {
        self.size
    }

    /// The lengths of the runs.
    pub fn counts(&self) -> &[u32] {
        &self.counts
    }

    /// How many pixels are inside.
    pub fn area(&self) -> u64 {
        self.counts.iter().skip(1).step_by(2).map(|&count| u64::from(count)).sum()
    }

    /// The mask as a picture of one channel: 1 inside and 0 outside.
    pub fn to_mask(&self) -> Picture<u8> {
        let [height, width] = self.size.map(|side| side as usize);
        let mut pixels = vec![0; height * width];
        self.each(|place| pixels[place] = 1);
        Picture::from_parts(height, width, 1, pixels)
    }

    /// Visits the places, in rows, of the pixels inside.
    pub(super) fn each(&self, mut visit: impl FnMut(usize)) {
        let [height, width] = self.size.map(|side| side as usize);
        let mut at = 0;
        for pair in self.counts.chunks(2) {
            let [outside, ref inside @ ..] = *pair else { continue };
            at += outside as usize;
            for place in at..at + inside.first().map_or(0, |&count| count as usize) {
                visit(place % height * width + place / height);
            }
            at += inside.first().map_or(0, |&count| count as usize);
        }
    }
}

impl Rle {
    /// The mask of what is inside of either, of two masks of one size.
    pub(super) fn union(&self, other: &Self) -> Self {
        let mut runs = [self, other].map(|mask| mask.counts.iter().map(|&count| u64::from(count)));
        let mut left = runs.each_mut().map(|runs| runs.next().unwrap_or(0_u64));
        let mut inside = [false; 2];
        let mut counts = vec![0_u32];
        let mut is_inside = false;
        let mut rest = u64::from(self.size[0]) * u64::from(self.size[1]);
        while rest > 0 {
            for ((left, runs), inside) in left.iter_mut().zip(&mut runs).zip(&mut inside) {
                while *left == 0 {
                    // What is not said is outside.
                    (*left, *inside) = runs.next().map_or((u64::MAX, false), |count| (count, !*inside));
                }
            }
            let step = left[0].min(left[1]).min(rest);
            let now = inside[0] || inside[1];
            match counts.last_mut() {
                Some(last) if now == is_inside => *last += step as u32,
                _ => counts.push(step as u32),
            }
            is_inside = now;
            left = left.map(|left| left - step);
            rest -= step;
        }
        Self { size: self.size, counts }
    }
}

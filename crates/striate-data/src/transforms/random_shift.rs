//! Moving a picture about.

use serde::{Deserialize, Serialize};
use striate_core::Stream;

use crate::{Picture, Sample, Transform};

/// Moves the picture by a whole number of px, drawn for each direction alone from `[-max_px, max_px]`.
///
/// The size stays; what moves out is lost and what comes in is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomShift {
    /// The farthest move in each direction, in px.
    pub max_px: usize,
}

impl Transform for RandomShift {
    fn apply(&self, sample: Sample, stream: &mut Stream) -> Sample {
        let max = i64::try_from(self.max_px).unwrap_or(i64::MAX);
        let down = stream.integer(-max..=max);
        let right = stream.integer(-max..=max);
        Sample { picture: shift(&sample.picture, down, right), ..sample }
    }
}

/// Moves a picture down and to the right, or the other way if negative.
fn shift(picture: &Picture, down: i64, right: i64) -> Picture {
    let (height, width, channels) = (picture.height(), picture.width(), picture.channels());
    let (rows, columns) = (Overlap::new(height, down), Overlap::new(width, right));
    let mut pixels = vec![0; picture.pixels().len()];
    for row in 0..rows.len {
        let at = |row, column| (row * width + column) * channels;
        let from = at(rows.from + row, columns.from);
        let to = at(rows.to + row, columns.to);
        let len = columns.len * channels;
        pixels[to..to + len].copy_from_slice(&picture.pixels()[from..from + len]);
    }
    Picture::from_parts(height, width, channels, pixels)
}

/// The part of an axis that stays within it when moved.
struct Overlap {
    from: usize,
    to: usize,
    len: usize,
}

impl Overlap {
    fn new(side: usize, by: i64) -> Self {
        let lost = usize::try_from(by.unsigned_abs()).map_or(side, |by| by.min(side));
        let (from, to) = if by < 0 { (lost, 0) } else { (0, lost) };
        Self { from, to, len: side - lost }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_moves_pixels_and_fills_with_zero() {
        let picture = Picture::new(2, 3, 1, vec![1, 2, 3, 4, 5, 6]).unwrap();
        let check = |down, right, pixels: [u8; 6]| assert_eq!(shift(&picture, down, right).pixels(), pixels);
        check(0, 0, [1, 2, 3, 4, 5, 6]);
        check(1, 0, [0, 0, 0, 1, 2, 3]);
        check(0, 1, [0, 1, 2, 0, 4, 5]);
        check(-1, -2, [6, 0, 0, 0, 0, 0]);
        check(2, 0, [0; 6]);
        check(0, -3, [0; 6]);
        check(i64::MIN, i64::MAX, [0; 6]);
    }

    #[test]
    fn a_shift_keeps_channels_together() {
        let picture = Picture::new(1, 2, 3, vec![1, 2, 3, 4, 5, 6]).unwrap();
        assert_eq!(shift(&picture, 0, 1).pixels(), [0, 0, 0, 1, 2, 3]);
    }
}

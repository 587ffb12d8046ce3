//! Pictures with values of more than 8 bits.

use std::fmt;

use serde::Serialize;

use crate::Image;
use crate::value::Kind as _;

/// Pictures with values of more than 8 bits, such as 16-bit TIFF and PNG files that are read with
/// [`Depth::Full`](crate::Depth::Full).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Deep {
    /// How many there are.
    pub pictures: usize,
    /// Their least value; those of 16 bits are in `[0, 1]`.
    pub low: f32,
    /// Their greatest value.
    pub high: f32,
    /// How many of them would have [too few levels](Self::FEW) if they were read as 8 bits.
    pub faint: usize,
}

impl Deep {
    /// Fewer levels of 8 bits than this show next to nothing of a picture that has more in its file.
    pub const FEW: usize = 32;

    /// What is to be said of a picture; none if it has values of 8 bits.
    pub(super) fn of(image: &Image) -> Option<Self> {
        let Image::F32(picture) = image else { return None };
        let [low, high] = picture.range();
        if low > high {
            return None;
        }
        // One value alone is as plain in any depth.
        let few = usize::from(high.level() - low.level()) + 1 < Self::FEW && low < high;
        Some(Self { pictures: 1, low, high, faint: usize::from(few) })
    }

    /// Several together; none if there is none.
    pub(super) fn sum(all: impl IntoIterator<Item = Self>) -> Option<Self> {
        all.into_iter().reduce(|sum, more| Self {
            pictures: sum.pictures + more.pictures,
            low: sum.low.min(more.low),
            high: sum.high.max(more.high),
            faint: sum.faint + more.faint,
        })
    }
}

impl fmt::Display for Deep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pictures, low, high, .. } = *self;
        write!(f, "{pictures} with more than 8 bits, values from {low:.5} to {high:.5}")?;
        // Numbers of a file that has such are no parts of 65535.
        if low < 0.0 || high > 1.0 {
            return Ok(());
        }
        write!(f, " ({:.0} to {:.0} of 65535)", low * 65535.0, high * 65535.0)
    }
}

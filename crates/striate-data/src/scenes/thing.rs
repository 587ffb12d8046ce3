//! Things cut out of their pictures.

use striate_core::Interpolation;

use crate::ops::resize;
use crate::{DataError, Image, Picture};

/// From which value on a px of a thing's picture is more than darkness, in `[0, 1]`.
const INK: f32 = 0.15;

/// From which opacity on a px of a scene shows the thing, in `[0, 1]`.
const SHOWN: f32 = 0.35;

/// A thing to be laid over a canvas: how much each px covers, and how bright it is.
pub(super) struct Thing {
    pub(super) size: [usize; 2],
    pub(super) opacity: Vec<f32>,
    pub(super) shade: Vec<f32>,
    /// The px that show the thing, cut to their box.
    pub(super) mask: Vec<bool>,
}

impl Thing {
    /// Cuts a thing to its bright px and makes its longer side `side` px long; none if nothing in it is bright.
    pub(super) fn cut(image: &Image, side: usize, solid: bool) -> Result<Option<Self>, DataError> {
        let gray = gray(image);
        let [height, width] = gray.size();
        let value = |row: usize, column: usize| gray.pixels()[row * width + column];
        let rows = ends(height, |row| (0..width).any(|column| value(row, column) >= INK));
        let columns = ends(width, |column| (0..height).any(|row| value(row, column) >= INK));
        let (Some((top, bottom)), Some((left, right))) = (rows, columns) else { return Ok(None) };
        let size = [bottom - top, right - left];
        let part: Vec<_> = (top..bottom).flat_map(|row| (left..right).map(move |column| value(row, column))).collect();
        let cover = if solid { filled(&part, size) } else { part.iter().map(|value| (1.3 * value).min(1.0)).collect() };
        let longer = size[0].max(size[1]);
        let to = size.map(|length| (length * side).div_ceil(longer).max(1));
        let resized = |values: Vec<f32>| -> Result<Vec<f32>, DataError> {
            let picture = Picture::new(size[0], size[1], 1, values)?;
            Ok(resize(&picture, to, Interpolation::Bilinear, true).pixels().to_vec())
        };
        Ok(Self { size: to, opacity: resized(cover)?, shade: resized(part)?, mask: Vec::new() }.trimmed())
    }

    /// Cut to the px that show it.
    fn trimmed(self) -> Option<Self> {
        let Self { size: [height, width], opacity, shade, .. } = self;
        let shows = |row: usize, column: usize| opacity[row * width + column] >= SHOWN;
        let (top, bottom) = ends(height, |row| (0..width).any(|column| shows(row, column)))?;
        let (left, right) = ends(width, |column| (0..height).any(|row| shows(row, column)))?;
        let places = || (top..bottom).flat_map(|row| (left..right).map(move |column| row * width + column));
        Some(Self {
            size: [bottom - top, right - left],
            opacity: places().map(|place| opacity[place]).collect(),
            shade: places().map(|place| shade[place]).collect(),
            mask: places().map(|place| opacity[place] >= SHOWN).collect(),
        })
    }
}

/// The brightest of a px's channels, in `[0, 1]`.
fn gray(image: &Image) -> Picture<f32> {
    let picture = image.to_f32();
    if picture.channels() == 1 {
        return picture;
    }
    let brightest =
        picture.pixels().as_chunks::<3>().0.iter().map(|px| px.iter().copied().fold(0.0, f32::max)).collect();
    Picture::from_parts(picture.height(), picture.width(), 1, brightest)
}

/// The first number for which something holds and the one after the last; none if it holds for none.
fn ends(count: usize, holds: impl Fn(usize) -> bool) -> Option<(usize, usize)> {
    let first = (0..count).find(|&at| holds(at))?;
    let last = (first..count).rev().find(|&at| holds(at))?;
    Some((first, last + 1))
}

/// 1 for bright px and for dark ones that they enclose.
fn filled(values: &[f32], [height, width]: [usize; 2]) -> Vec<f32> {
    let is_ink = |place: usize| values[place] >= INK;
    let mut outside = vec![false; values.len()];
    let is_edge = |place: usize| {
        let (row, column) = (place / width, place % width);
        row == 0 || column == 0 || row + 1 == height || column + 1 == width
    };
    let mut next: Vec<_> = (0..values.len()).filter(|&place| is_edge(place) && !is_ink(place)).collect();
    next.iter().for_each(|&place| outside[place] = true);
    while let Some(place) = next.pop() {
        let (row, column) = (place / width, place % width);
        let beside = [
            (row > 0).then(|| place - width),
            (row + 1 < height).then(|| place + width),
            (column > 0).then(|| place - 1),
            (column + 1 < width).then(|| place + 1),
        ];
        for other in beside.into_iter().flatten() {
            if !outside[other] && !is_ink(other) {
                outside[other] = true;
                next.push(other);
            }
        }
    }
    outside.into_iter().map(|outside| f32::from(u8::from(!outside))).collect()
}

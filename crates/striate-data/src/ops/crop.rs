//! Parts, borders and mirror images of pictures.

use serde::{Deserialize, Serialize};
use striate_core::Interpolation;

use super::resize::{Filter, Region, resize};
use crate::value::Value;
use crate::{Fill, Picture};

/// What a border around a picture shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Border {
    /// The fill.
    #[default]
    Constant,
    /// The pixel at the edge.
    Edge,
    /// The picture's mirror image, without its edge.
    Reflect,
    /// The picture's mirror image, with its edge.
    Symmetric,
}

impl Border {
    /// Which of `len` values along an axis is shown at `at`, which may be outside; none for the fill.
    pub(crate) fn source(self, at: i64, len: usize) -> Option<usize> {
        let len = len as i64;
        if (0..len).contains(&at) {
            return Some(at as usize);
        }
        let back = |period: i64, last: i64| {
            let at = at.rem_euclid(period);
            if at > last { period - at } else { at }
        };
        Some(match self {
            Self::Constant => return None,
            Self::Edge => at.clamp(0, len - 1),
            Self::Reflect if len == 1 => 0,
            Self::Reflect => back(2 * (len - 1), len - 1),
            Self::Symmetric => {
                let at = at.rem_euclid(2 * len);
                if at < len { at } else { 2 * len - 1 - at }
            }
        } as usize)
    }
}

/// Cuts `[height, width]` px out of a picture, from `top` and `left` on.
///
/// Equals `torchvision.transforms.v2.functional.crop`: what lies outside of the picture is 0, or the fill.
///
/// # Panics
/// If a side is 0.
pub fn crop<T: Value>(picture: &Picture<T>, top: i64, left: i64, size: [usize; 2], fill: Option<Fill>) -> Picture<T> {
    window(picture, top, left, size, Border::Constant, fill)
}

/// Cuts `[height, width]` px out of a picture's middle.
///
/// Equals `torchvision.transforms.v2.functional.center_crop`: where the picture is smaller it gets a border of 0, of which
/// the smaller half comes first; a difference that is odd is halved to the even number.
///
/// # Panics
/// If a side is 0.
pub fn center_crop<T: Value>(picture: &Picture<T>, size: [usize; 2]) -> Picture<T> {
    let [top, left] = [0, 1].map(|axis| centered(picture.size()[axis], size[axis]));
    crop(picture, top, left, size, None)
}

/// Cuts a part out of a picture and resizes it to `[height, width]` px.
///
/// Equals `torchvision.transforms.v2.functional.resized_crop`: nothing outside of the part counts.
///
/// # Panics
/// If a side is 0.
pub fn resized_crop<T: Value>(
    picture: &Picture<T>,
    top: i64,
    left: i64,
    part: [usize; 2],
    size: [usize; 2],
    interpolation: Interpolation,
    antialias: bool,
) -> Picture<T> {
    let [height, width] = part;
    let within = |start: i64, len: usize, side: usize| {
        let start = usize::try_from(start).ok()?;
        (start.checked_add(len)? <= side).then_some(start)
    };
    match (within(top, height, picture.height()), within(left, width, picture.width())) {
        (Some(top), Some(left)) if height > 0 && width > 0 => {
            Region::part(picture, top, left, height, width).resize(size, Filter::torchvision(interpolation, antialias))
        }
        _ => resize(&crop(picture, top, left, part, None), size, interpolation, antialias),
    }
}

/// Puts a border of `[left, top, right, bottom]` px around a picture.
///
/// Equals `torchvision.transforms.v2.functional.pad`. A mirror image that is longer than the picture is mirrored again.
pub fn pad<T: Value>(
    picture: &Picture<T>,
    [left, top, right, bottom]: [usize; 4],
    border: Border,
    fill: Option<Fill>,
) -> Picture<T> {
    let size = [picture.height() + top + bottom, picture.width() + left + right];
    window(picture, -(top as i64), -(left as i64), size, border, fill)
}

/// Mirrors a picture from left to right; equals `torchvision.transforms.v2.functional.horizontal_flip`.
pub fn horizontal_flip<T: Value>(picture: &Picture<T>) -> Picture<T> {
    let pixels = match picture.channels() {
        1 => mirrored::<T, 1>(picture),
        _ => mirrored::<T, 3>(picture),
    };
    Picture::from_parts(picture.height(), picture.width(), picture.channels(), pixels)
}

fn mirrored<T: Value, const CHANNELS: usize>(picture: &Picture<T>) -> Vec<T> {
    let (pixels, _) = picture.pixels().as_chunks::<CHANNELS>();
    let mut mirrored = Vec::with_capacity(pixels.len());
    pixels.chunks_exact(picture.width()).for_each(|row| mirrored.extend(row.iter().rev()));
    mirrored.into_flattened()
}

/// Turns a picture upside down, as in a mirror; equals `torchvision.transforms.v2.functional.vertical_flip`.
pub fn vertical_flip<T: Value>(picture: &Picture<T>) -> Picture<T> {
    let mut pixels = Vec::with_capacity(picture.pixels().len());
    (0..picture.height()).rev().for_each(|row| pixels.extend_from_slice(picture.row(row)));
    Picture::from_parts(picture.height(), picture.width(), picture.channels(), pixels)
}

/// Where the middle `want` of `have` px begins; negative if there are fewer.
pub(crate) fn centered(have: usize, want: usize) -> i64 {
    if have < want {
        return -(((want - have) / 2) as i64);
    }
    let rest = have - want;
    let half = (rest / 2) as i64;
    // An odd rest has a half in the middle: to the even side.
    if rest % 2 == 1 && half % 2 == 1 { half + 1 } else { half }
}

/// What a picture shows from `top` and `left` on, `[height, width]` px.
fn window<T: Value>(
    picture: &Picture<T>,
    top: i64,
    left: i64,
    [height, width]: [usize; 2],
    border: Border,
    fill: Option<Fill>,
) -> Picture<T> {
    assert!(height > 0 && width > 0, "a picture has at least one pixel");
    let channels = picture.channels();
    let fill: [T; 3] = std::array::from_fn(|channel| T::round(fill.map_or(0.0, |fill| fill.channel(channel))));
    let fill = &fill[..channels];
    let mut pixels = Vec::with_capacity(height * width * channels);
    let end = left.saturating_add(width as i64);
    // The columns that the picture has itself are copied as they are.
    let own = left.clamp(0, picture.width() as i64)..end.clamp(0, picture.width() as i64);
    for row in 0..height as i64 {
        let Some(row) = border.source(top.saturating_add(row), picture.height()) else {
            (0..width).for_each(|_| pixels.extend_from_slice(fill));
            continue;
        };
        let row = picture.row(row);
        let one_by_one = |columns: std::ops::Range<i64>, pixels: &mut Vec<T>| {
            for column in columns {
                let source = border.source(column, picture.width());
                pixels.extend_from_slice(source.map_or(fill, |column| &row[column * channels..][..channels]));
            }
        };
        if own.is_empty() {
            one_by_one(left..end, &mut pixels);
        } else {
            one_by_one(left..own.start, &mut pixels);
            pixels.extend_from_slice(&row[own.start as usize * channels..own.end as usize * channels]);
            one_by_one(own.end..end, &mut pixels);
        }
    }
    Picture::from_parts(height, width, channels, pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_begins_where_torchvision_crops() {
        // int(round((have - want) / 2.0)) in Python, and for padding (want - have) // 2.
        for (have, want, start) in
            [(4, 4, 0), (6, 4, 1), (5, 4, 0), (7, 4, 2), (9, 4, 2), (11, 4, 4), (4, 6, -1), (4, 7, -1)]
        {
            assert_eq!(centered(have, want), start, "{have} to {want}");
        }
    }

    #[test]
    fn a_border_wider_than_the_picture_goes_on_mirroring() {
        let shown = |border: Border, len| (-4..7).map(|at| border.source(at, len).unwrap()).collect::<Vec<_>>();
        assert_eq!(shown(Border::Reflect, 3), [0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2]);
        assert_eq!(shown(Border::Symmetric, 2), [0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1]);
        assert_eq!(shown(Border::Reflect, 1), [0; 11]);
        assert_eq!(shown(Border::Edge, 2), [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
    }
}

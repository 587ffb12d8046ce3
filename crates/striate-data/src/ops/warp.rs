//! Pictures under affine and perspective maps.

use striate_core::Interpolation;

use super::crop::{horizontal_flip, vertical_flip};
use super::matrix::{Affine, Perspective};
use super::resize::cubic;
use crate::value::{Value, each};
use crate::{Fill, Picture};

/// Turns a picture by degrees counter-clockwise.
///
/// Equals `torchvision.transforms.v2.functional.rotate`, with cubic interpolation (a = -0.75) besides. `expand` makes the
/// picture as large as holds all of the old one; otherwise the size stays. `center` is x and y in px, the middle if none.
/// What comes from outside is 0, or the fill; at the old picture's edge linear interpolation mixes in 0 before the fill, as
/// torchvision does.
pub fn rotate<T: Value>(
    picture: &Picture<T>,
    degrees: f64,
    expand: bool,
    center: Option<[f64; 2]>,
    interpolation: Interpolation,
    fill: Option<Fill>,
) -> Picture<T> {
    if let Some(turns) = quarter_turns(picture.size(), degrees, expand, center) {
        return match turns {
            0 => picture.clone(),
            1 => vertical_flip(&transpose(picture)),
            2 => horizontal_flip(&vertical_flip(picture)),
            _ => horizontal_flip(&transpose(picture)),
        };
    }
    let map = Affine::rotation(-degrees.rem_euclid(360.0), center);
    warp_affine(picture, &map, rotated_size(picture.size(), degrees, expand, center), interpolation, fill)
}

/// Turns, moves, scales and shears a picture, whose size stays.
///
/// Equals `torchvision.transforms.v2.functional.affine`, with cubic interpolation (a = -0.75) besides. What comes from
/// outside is as in [`rotate`].
pub fn affine<T: Value>(
    picture: &Picture<T>,
    map: &Affine,
    interpolation: Interpolation,
    fill: Option<Fill>,
) -> Picture<T> {
    warp_affine(picture, map, picture.size(), interpolation, fill)
}

/// Shows a picture in another perspective; its size stays.
///
/// Equals `torchvision.transforms.v2.functional.perspective`, with cubic interpolation (a = -0.75) besides. What comes
/// from outside is as in [`rotate`].
pub fn perspective<T: Value>(
    picture: &Picture<T>,
    map: &Perspective,
    interpolation: Interpolation,
    fill: Option<Fill>,
) -> Picture<T> {
    let [a, b, c, d, e, f, g, h] = map.coefficients.map(|coefficient| coefficient as f32);
    let [height, width] = picture.size();
    let [half_width, half_height] = [width, height].map(|side| side as f32 * 0.5);
    let ([a, b, c], [d, e, f]) = ([a, b, c].map(|part| part / half_width), [d, e, f].map(|part| part / half_height));
    warp(picture, [height, width], interpolation, fill, |row, column| {
        let (x, y) = (column as f32 + 0.5, row as f32 + 0.5);
        let below = x * g + y * h + 1.0;
        [(x * a + y * b + c) / below - 1.0, (x * d + y * e + f) / below - 1.0]
    })
}

/// By how many quarters a picture is turned, if nothing has to be interpolated.
fn quarter_turns([height, width]: [usize; 2], degrees: f64, expand: bool, center: Option<[f64; 2]>) -> Option<u8> {
    if center.is_some() {
        return None;
    }
    let fits = expand || height == width;
    match degrees.rem_euclid(360.0) {
        0.0 => Some(0),
        90.0 if fits => Some(1),
        180.0 => Some(2),
        270.0 if fits => Some(3),
        _ => None,
    }
}

/// `[height, width]` of a turned picture; torch computes it in `f32`.
pub(crate) fn rotated_size(
    [height, width]: [usize; 2],
    degrees: f64,
    expand: bool,
    center: Option<[f64; 2]>,
) -> [usize; 2] {
    if !expand {
        return [height, width];
    }
    match quarter_turns([height, width], degrees, expand, center) {
        Some(0 | 2) => return [height, width],
        Some(_) => return [width, height],
        None => {}
    }
    let map = Affine::rotation(-degrees.rem_euclid(360.0), center);
    let [half_height, half_width] = [height, width].map(|side| side as f32 * 0.5);
    let rows = centered(&map, [height, width]).map(|row| row.map(|part| part as f32));
    let corners = [(-1.0, -1.0), (-1.0, 1.0), (1.0, 1.0), (1.0, -1.0)];
    let side = |[a, b, c]: [f32; 3], half: f32| {
        let ends = corners.map(|(x, y): (f32, f32)| a * (x * half_width) + b * (y * half_height) + c + half);
        let exact = |end: f32| (end * 1e4).trunc() * 1e-4;
        let least = ends.into_iter().fold(f32::INFINITY, f32::min);
        let most = ends.into_iter().fold(f32::NEG_INFINITY, f32::max);
        (exact(most).ceil() - exact(least).floor()).max(1.0) as usize
    };
    [side(rows[1], half_height), side(rows[0], half_width)]
}

/// The inverse map, with coordinates that are 0 in the picture's middle.
fn centered(map: &Affine, size: [usize; 2]) -> [[f64; 3]; 2] {
    let [height, width] = size.map(|side| side as f64 * 0.5);
    map.inverse(map.center.map_or([0.0; 2], |[x, y]| [x - width, y - height]))
}

fn warp_affine<T: Value>(
    picture: &Picture<T>,
    map: &Affine,
    [height, width]: [usize; 2],
    interpolation: Interpolation,
    fill: Option<Fill>,
) -> Picture<T> {
    let rows = centered(map, picture.size()).map(|row| row.map(|part| part as f32));
    let [[a, b, c], [d, e, f]] = [(rows[0], picture.width()), (rows[1], picture.height())]
        .map(|(row, side)| row.map(|part| part / (side as f32 * 0.5)));
    let [middle_x, middle_y] = [width, height].map(|side| (side as f32 - 1.0) * 0.5);
    warp(picture, [height, width], interpolation, fill, |row, column| {
        let (x, y) = (column as f32 - middle_x, row as f32 - middle_y);
        [x * a + y * b + c, x * d + y * e + f]
    })
}

/// Fills a picture of `[height, width]` px with what `source` says for row and column: x and y from -1 at the old
/// picture's left and upper edge to 1 at its right and lower edge (torch's `grid_sample`, corners not aligned).
pub(crate) fn warp<T: Value>(
    picture: &Picture<T>,
    size: [usize; 2],
    interpolation: Interpolation,
    fill: Option<Fill>,
    source: impl Fn(usize, usize) -> [f32; 2],
) -> Picture<T> {
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || match picture.channels() {
            1 => warp_pixels::<T, 1>(picture, size, interpolation, fill, source),
            _ => warp_pixels::<T, 3>(picture, size, interpolation, fill, source),
        },
    )
}

#[inline(always)]
fn warp_pixels<T: Value, const CHANNELS: usize>(
    picture: &Picture<T>,
    [height, width]: [usize; 2],
    interpolation: Interpolation,
    fill: Option<Fill>,
    source: impl Fn(usize, usize) -> [f32; 2],
) -> Picture<T> {
    let source_of = Source::<T, CHANNELS>::new(picture);
    let fill: Option<[f32; CHANNELS]> = fill.map(|fill| std::array::from_fn(|channel| fill.channel(channel)));
    let outside = fill.unwrap_or([0.0; CHANNELS]);
    let mut pixels = vec![[T::default(); CHANNELS]; height * width];
    let [columns, rows] = [picture.width(), picture.height()].map(|side| side as f32);
    for (row, pixels) in pixels.chunks_exact_mut(width).enumerate() {
        for (column, pixel) in pixels.iter_mut().enumerate() {
            let [x, y] = source(row, column);
            let (x, y) = (((x + 1.0) * columns - 1.0) / 2.0, ((y + 1.0) * rows - 1.0) / 2.0);
            // So far out nothing of the picture counts; a NaN is out, too.
            let near = x > -2.0 && y > -2.0 && x < columns + 1.0 && y < rows + 1.0;
            let values = if !near {
                outside
            } else if let Interpolation::Nearest = interpolation {
                source_of.get(x.round_ties_even() as i32, y.round_ties_even() as i32).unwrap_or(outside)
            } else {
                let (mut values, inside) = match interpolation {
                    Interpolation::Bicubic => source_of.cubic(x, y),
                    _ => source_of.linear(x, y),
                };
                if let Some(fill) = fill {
                    for (value, fill) in values.iter_mut().zip(fill) {
                        *value = (*value - fill) * inside + fill;
                    }
                }
                values
            };
            *pixel = each(values, T::round);
        }
    }
    Picture::from_parts(height, width, CHANNELS, pixels.into_flattened())
}

/// A picture that is asked for its pixels.
struct Source<'a, T, const CHANNELS: usize> {
    pixels: &'a [[T; CHANNELS]],
    height: i32,
    width: i32,
}

impl<'a, T: Value, const CHANNELS: usize> Source<'a, T, CHANNELS> {
    fn new(picture: &'a Picture<T>) -> Self {
        let [height, width] = picture.size().map(|side| side as i32);
        Self { pixels: picture.pixels().as_chunks().0, height, width }
    }

    #[inline(always)]
    fn get(&self, x: i32, y: i32) -> Option<[f32; CHANNELS]> {
        let inside = x >= 0 && y >= 0 && x < self.width && y < self.height;
        inside.then(|| each(self.pixels[y as usize * self.width as usize + x as usize], T::number))
    }

    /// The weighted sum over the pixels from (`left`, `top`) on, and of the weights of those that there are.
    #[inline(always)]
    fn sum<const TAPS: usize>(
        &self,
        [left, top]: [i32; 2],
        across: [f32; TAPS],
        down: [f32; TAPS],
    ) -> ([f32; CHANNELS], f32) {
        let (mut values, mut inside) = ([0.0; CHANNELS], 0.0);
        let taps = TAPS as i32;
        if left >= 0 && top >= 0 && left <= self.width - taps && top <= self.height - taps {
            // All of them are there, as nearly everywhere.
            let rows = self.pixels[top as usize * self.width as usize..].chunks(self.width as usize);
            for (row, down) in rows.zip(down) {
                for (pixel, across) in row[left as usize..].iter().zip(across) {
                    let weight = across * down;
                    for (value, pixel) in values.iter_mut().zip(pixel) {
                        *value += pixel.number() * weight;
                    }
                }
            }
            return (values, 1.0);
        }
        for (y, down) in (top..).zip(down) {
            for (x, across) in (left..).zip(across) {
                if let Some(pixel) = self.get(x, y) {
                    let weight = across * down;
                    inside += weight;
                    for (value, pixel) in values.iter_mut().zip(pixel) {
                        *value += pixel * weight;
                    }
                }
            }
        }
        (values, inside)
    }

    #[inline(always)]
    fn linear(&self, x: f32, y: f32) -> ([f32; CHANNELS], f32) {
        let (left, top) = (x.floor(), y.floor());
        let weights = |at: f32, first: f32| [first + 1.0 - at, at - first];
        self.sum([left as i32, top as i32], weights(x, left), weights(y, top))
    }

    #[inline(always)]
    fn cubic(&self, x: f32, y: f32) -> ([f32; CHANNELS], f32) {
        let (left, top) = (x.floor(), y.floor());
        let weights =
            |at: f32, first: f32| each([-1.0, 0.0, 1.0, 2.0], |tap| cubic(f64::from(first + tap - at), -0.75) as f32);
        self.sum([left as i32 - 1, top as i32 - 1], weights(x, left), weights(y, top))
    }
}

/// Rows become columns.
fn transpose<T: Value>(picture: &Picture<T>) -> Picture<T> {
    let [height, width] = picture.size();
    let channels = picture.channels();
    let mut pixels = Vec::with_capacity(picture.pixels().len());
    for column in 0..width {
        for row in 0..height {
            pixels.extend_from_slice(&picture.row(row)[column * channels..][..channels]);
        }
    }
    Picture::from_parts(width, height, channels, pixels)
}

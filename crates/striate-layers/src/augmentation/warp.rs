//! Pictures whose px come from elsewhere in the picture.

use burn::Tensor;
use burn::tensor::{DType, Device, FloatDType, Int, TensorData};
use serde::{Deserialize, Serialize};

use crate::{DataFormat, Interpolation};

/// What is beyond a picture's edges, for `a b c d` at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FillMode {
    /// One value: `a b c d | k k k k`.
    Constant,
    /// The picture mirrored about its edge: `a b c d | d c b a`.
    #[default]
    Reflect,
    /// The picture again: `a b c d | a b c d`. Between its end and its beginning values are interpolated as elsewhere,
    /// as in Keras on JAX; TensorFlow takes the beginning's.
    Wrap,
    /// The px at the edge: `a b c d | d d d d`.
    Nearest,
}

impl FillMode {
    /// The px that stands at each place on a side. Places are whole numbers, at most `reach` from 0.
    fn px(self, places: Tensor<3>, reach: f64, side: usize) -> Tensor<3> {
        let side = side as f64;
        // By halves, so that the quotient is never close to a whole number.
        let modulo = |places: Tensor<3>, count: f64| places.clone() - ((places + 0.5) / count).floor() * count;
        match self {
            Self::Constant | Self::Nearest => places.clamp(0.0, side - 1.0),
            Self::Wrap => modulo(places, side),
            Self::Reflect => {
                let near = if reach < 2.0 * side { places } else { modulo(places, 2.0 * side) };
                ((near + 0.5).abs() - side).abs().neg() + (side - 0.5)
            }
        }
    }
}

/// Where a px comes from: x and y in the given picture are `[a, b, c]` and `[d, e, f]` times `[x, y, 1]` in the new
/// one, in px from the centre of the top left px, as Keras's `affine_transform` has its first six numbers.
pub(crate) type Map = [[f64; 3]; 2];

/// How the values between px and beyond the edges are found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sampling {
    /// Nearest, or else bilinear.
    pub(crate) interpolation: Interpolation,
    pub(crate) fill_mode: FillMode,
    pub(crate) fill_value: f64,
    pub(crate) data_format: DataFormat,
}

/// One px that counts at each place along a side.
struct Tap {
    px: Tensor<3, Int>,
    /// How much it counts; none: it is all that counts.
    weight: Option<Tensor<3>>,
}

/// What counts at each place along a side.
struct Taps {
    taps: Vec<Tap>,
    /// How much of it is beyond the edges and filled with the value; none: nothing can be.
    outside: Option<Tensor<3>>,
}

impl Taps {
    /// At places in px along a side, at most `reach` from 0.
    fn at(places: Tensor<3>, reach: f64, side: usize, how: Sampling) -> Self {
        let weighted = match how.interpolation {
            // Halves away from 0.
            Interpolation::Nearest => vec![((places.clone().abs() + 0.5).floor() * places.sign(), None)],
            _ => {
                let first = places.clone().floor();
                let part = places - first.clone();
                vec![(first.clone(), Some(part.clone().neg() + 1.0)), (first + 1.0, Some(part))]
            }
        };
        let mut outside: Option<Tensor<3>> = None;
        let taps = weighted.into_iter().map(|(place, weight)| {
            let px = how.fill_mode.px(place.clone(), reach + 1.0, side);
            let weight = match how.fill_mode {
                FillMode::Constant => {
                    let inside = px.clone().equal(place).float().cast(px.dtype());
                    let weight = weight.unwrap_or_else(|| px.ones_like());
                    let seen = weight.clone() * inside;
                    let missing = weight - seen.clone();
                    outside = Some(match outside.take() {
                        Some(outside) => outside + missing,
                        None => missing,
                    });
                    Some(seen)
                }
                _ => weight,
            };
            Tap { px: px.int(), weight }
        });
        Self { taps: taps.collect(), outside }
    }
}

/// The places along one side that the maps lead to, `[batch, height, width]` where they differ, and how far they are
/// from 0 at most. `which` is 0 for x, 1 for y.
fn places(
    maps: &[Map],
    which: usize,
    [height, width]: [usize; 2],
    device: &Device,
    dtype: FloatDType,
) -> (Tensor<3>, f64) {
    let column = |number: usize| {
        let numbers: Vec<f64> = maps.iter().map(|map| map[which][number]).collect();
        Tensor::<3>::from_data(TensorData::new(numbers, [maps.len(), 1, 1]), (device, dtype.into()))
    };
    let mut places = column(2);
    for (number, count, shape) in [(0, width, [1, 1, width]), (1, height, [1, height, 1])] {
        if maps.iter().any(|map| map[which][number] != 0.0) {
            let px = Tensor::<1, Int>::arange(0..count as i64, device).cast(dtype).reshape(shape);
            places = places + column(number) * px;
        }
    }
    let reach = maps.iter().fold(0.0, |reach: f64, map| {
        let [a, b, c] = map[which];
        reach.max(c.abs() + a.abs() * width as f64 + b.abs() * height as f64)
    });
    (places, reach)
}

/// Warps each picture of a batch by its map.
pub(crate) fn warp(images: Tensor<4>, maps: &[Map], how: Sampling) -> Tensor<4> {
    // Channels before the batch, so that one number for each place serves them all.
    let images = match how.data_format {
        DataFormat::ChannelsFirst => images.permute([1, 0, 2, 3]),
        DataFormat::ChannelsLast => images.permute([3, 0, 1, 2]),
    };
    let [channels, batch, height, width] = images.dims();
    let (device, dtype) = (images.device(), images.dtype());
    // Half precision doesn't tell the px of a large picture apart.
    let exact = if dtype == DType::F64 { FloatDType::F64 } else { FloatDType::F32 };
    let taps = |which: usize, side: usize| {
        let (places, reach) = places(maps, which, [height, width], &device, exact);
        Taps::at(places, reach, side, how)
    };
    let (columns, rows) = (taps(0, width), taps(1, height));

    let (count, full) = (batch * height * width, [batch, height, width]);
    let pixels = images.reshape([channels, count]);
    let weigh = |weights: Tensor<3>| weights.expand(full).reshape([1, count]).cast(dtype);
    let first = Tensor::<1, Int>::arange(0..batch as i64, &device).mul_scalar((height * width) as i64);
    let first = first.reshape([batch, 1, 1]);
    let mut warped: Option<Tensor<2>> = None;
    for row in rows.taps {
        let begin = row.px.mul_scalar(width as i64) + first.clone();
        for column in &columns.taps {
            let px = (begin.clone() + column.px.clone()).expand(full).reshape([count]);
            let term = pixels.clone().select(1, px);
            let term = match (&row.weight, &column.weight) {
                (Some(down), Some(right)) => term * weigh(down.clone() * right.clone()),
                _ => term,
            };
            warped = Some(match warped {
                Some(sum) => sum + term,
                None => term,
            });
        }
    }
    let mut warped = warped.expect("there is a tap");
    if let (Some(down), Some(right)) = (rows.outside, columns.outside)
        && how.fill_value != 0.0
    {
        let outside = down.clone() + right.clone() - down * right;
        warped = warped + weigh(outside * how.fill_value);
    }
    let warped = warped.reshape([channels, batch, height, width]);
    match how.data_format {
        DataFormat::ChannelsFirst => warped.permute([1, 0, 2, 3]),
        DataFormat::ChannelsLast => warped.permute([1, 2, 3, 0]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers<const D: usize>(x: Tensor<D>) -> Vec<f64> {
        x.into_data().iter::<f64>().collect()
    }

    #[test]
    fn fill_modes_continue_a_row_as_documented() {
        let device = striate_backend::device("flex").unwrap();
        let row = |mode: FillMode| -> String {
            let places = Tensor::<1, Int>::arange(-9..13, &device).float().reshape([1, 1, 22]);
            numbers(mode.px(places, 13.0, 4)).into_iter().map(|px| ['a', 'b', 'c', 'd'][px as usize]).collect()
        };
        assert_eq!(row(FillMode::Reflect), "aabcddcbaabcddcbaabcdd");
        assert_eq!(row(FillMode::Wrap), "dabcdabcdabcdabcdabcda");
        assert_eq!(row(FillMode::Nearest), "aaaaaaaaaabcdddddddddd");
    }

    /// The px at a place, and whether it is beyond the edges.
    fn px(mode: FillMode, place: i64, side: i64) -> (usize, bool) {
        let px = match mode {
            FillMode::Constant | FillMode::Nearest => place.clamp(0, side - 1),
            FillMode::Wrap => place.rem_euclid(side),
            FillMode::Reflect => {
                let place = place.rem_euclid(2 * side);
                place.min(2 * side - 1 - place)
            }
        };
        (px as usize, px != place)
    }

    #[test]
    fn warp_equals_a_plain_loop_for_every_fill_mode() {
        let device = striate_backend::device("flex").unwrap();
        let [height, width, channels] = [5usize, 7, 2];
        // Sixteenths, so that ties are ties in f32 too.
        let all: [Map; 4] = [
            [[1.0, 0.0, -2.5], [0.0, 1.0, 1.5]],
            [[0.3125, -1.125, 4.0], [0.8125, 0.4375, -20.0]],
            [[1.6875, 0.1875, 9.3125], [-0.625, 2.125, 0.25]],
            [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]],
        ];
        let value = |sample: usize, channel: usize, y: usize, x: usize| {
            ((sample * 71 + channel * 37 + y * 17 + x * 5) % 23) as f64
        };
        let modes = [FillMode::Constant, FillMode::Reflect, FillMode::Wrap, FillMode::Nearest];
        let ways = modes.into_iter().flat_map(|mode| [(mode, Interpolation::Nearest), (mode, Interpolation::Bilinear)]);
        // The first alone stays near the edges.
        for ((fill_mode, interpolation), maps) in ways.flat_map(|way| [(way, &all[..]), (way, &all[..1])]) {
            let at = |i: usize| (i / 70, i / 35 % channels, i / width % height, i % width);
            let images: Vec<f64> = (0..maps.len() * channels * height * width)
                .map(|i| {
                    let (sample, channel, y, x) = at(i);
                    value(sample, channel, y, x)
                })
                .collect();
            let images =
                Tensor::<4>::from_data(TensorData::new(images, [maps.len(), channels, height, width]), &device);
            let how = Sampling { interpolation, fill_mode, fill_value: 9.0, data_format: DataFormat::ChannelsFirst };
            for (i, got) in numbers(warp(images, maps, how)).into_iter().enumerate() {
                let (sample, channel, y, x) = at(i);
                let [x, y] = maps[sample].map(|[a, b, c]| a * x as f64 + b * y as f64 + c);
                let read = |y: f64, x: f64| {
                    let ((y, above), (x, aside)) =
                        (px(fill_mode, y as i64, height as i64), px(fill_mode, x as i64, width as i64));
                    if fill_mode == FillMode::Constant && (above || aside) { 9.0 } else { value(sample, channel, y, x) }
                };
                let (top, left) = (y.floor(), x.floor());
                let (down, right) = (y - top, x - left);
                let want = match interpolation {
                    Interpolation::Nearest => read(y.round(), x.round()),
                    _ => {
                        let row = |y| read(y, left) * (1.0 - right) + read(y, left + 1.0) * right;
                        row(top) * (1.0 - down) + row(top + 1.0) * down
                    }
                };
                assert!((got - want).abs() < 1e-3, "{fill_mode:?} {interpolation:?} at {i}: {got}, not {want}");
            }
        }
    }
}

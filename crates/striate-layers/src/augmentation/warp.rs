//! Pictures whose px come from elsewhere in the picture.

use burn::Tensor;
use burn::tensor::{Int, TensorData};
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
    /// The px that stands at a place on a side, if one does.
    fn index(self, place: i64, side: usize) -> Option<usize> {
        let side = side as i64;
        let index = match self {
            _ if (0..side).contains(&place) => place,
            Self::Constant => return None,
            Self::Nearest => place.clamp(0, side - 1),
            Self::Wrap => place.rem_euclid(side),
            Self::Reflect => {
                let place = place.rem_euclid(2 * side);
                place.min(2 * side - 1 - place)
            }
        };
        Some(index as usize)
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

/// One px that counts in each new px: its row in the batch and its weight.
#[derive(Default)]
struct Tap {
    rows: Vec<i64>,
    weights: Vec<f64>,
}

/// Warps each picture of a batch by its map.
pub(crate) fn warp(images: Tensor<4>, maps: &[Map], how: Sampling) -> Tensor<4> {
    let images = match how.data_format {
        DataFormat::ChannelsFirst => images.permute([0, 2, 3, 1]),
        DataFormat::ChannelsLast => images,
    };
    let [batch, height, width, channels] = images.dims();
    let options = (&images.device(), images.dtype());
    let count = batch * height * width;
    let (taps, outside) = taps(maps, [height, width], how);
    let pixels = images.reshape([count, channels]);
    let column = |weights| Tensor::<2>::from_data(TensorData::new(weights, [count, 1]), options);
    // Every px comes whole from another one.
    let whole = how.interpolation == Interpolation::Nearest && how.fill_mode != FillMode::Constant;
    let terms = taps.into_iter().map(|tap| {
        let rows = Tensor::<1, Int>::from_data(TensorData::new(tap.rows, [count]), options.0);
        let term = pixels.clone().select(0, rows);
        if whole { term } else { term * column(tap.weights) }
    });
    let warped = terms.reduce(|sum, term| sum + term).expect("there is a tap");
    let warped = match how.fill_mode == FillMode::Constant && how.fill_value != 0.0 {
        true => warped + column(outside) * how.fill_value,
        false => warped,
    };
    let warped = warped.reshape([batch, height, width, channels]);
    match how.data_format {
        DataFormat::ChannelsFirst => warped.permute([0, 3, 1, 2]),
        DataFormat::ChannelsLast => warped,
    }
}

/// The px that count in each new px, and how much of it is beyond the edges.
fn taps(maps: &[Map], [height, width]: [usize; 2], how: Sampling) -> (Vec<Tap>, Vec<f64>) {
    let corners: &[(i64, i64)] = match how.interpolation {
        Interpolation::Nearest => &[(0, 0)],
        _ => &[(0, 0), (0, 1), (1, 0), (1, 1)],
    };
    let mut taps: Vec<_> = corners.iter().map(|_| Tap::default()).collect();
    let mut outside = Vec::with_capacity(maps.len() * height * width);
    for (sample, [to_x, to_y]) in maps.iter().enumerate() {
        let first = sample * height * width;
        for place in 0..height * width {
            let (x, y) = ((place % width) as f64, (place / width) as f64);
            let [x, y] = [to_x, to_y].map(|[a, b, c]| a * x + b * y + c);
            let [left, top] = match how.interpolation {
                Interpolation::Nearest => [x.round(), y.round()],
                _ => [x.floor(), y.floor()],
            };
            let mut missing = 0.0;
            for (tap, (down, right)) in taps.iter_mut().zip(corners) {
                let weight = match how.interpolation {
                    Interpolation::Nearest => 1.0,
                    _ => share(y - top, *down) * share(x - left, *right),
                };
                let row = how.fill_mode.index(top as i64 + down, height);
                let column = how.fill_mode.index(left as i64 + right, width);
                let pixel = row.zip(column).map(|(row, column)| first + row * width + column);
                missing += if pixel.is_none() { weight } else { 0.0 };
                tap.weights.push(if pixel.is_some() { weight } else { 0.0 });
                tap.rows.push(pixel.unwrap_or(first) as i64);
            }
            outside.push(missing);
        }
    }
    (taps, outside)
}

/// How much a px counts that is this part of a px behind, or before the next one.
fn share(part: f64, next: i64) -> f64 {
    if next == 0 { 1.0 - part } else { part }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fill_modes_continue_a_row_as_documented() {
        let row = |mode: FillMode| -> String {
            let letters = ['a', 'b', 'c', 'd'];
            (-5..9).map(|place| mode.index(place, 4).map_or('k', |index| letters[index])).collect()
        };
        assert_eq!(row(FillMode::Constant), "kkkkkabcdkkkkk");
        assert_eq!(row(FillMode::Reflect), "ddcbaabcddcbaa");
        assert_eq!(row(FillMode::Wrap), "dabcdabcdabcda");
        assert_eq!(row(FillMode::Nearest), "aaaaaabcdddddd");
    }
}

//! Parts of pictures wiped out, and noise.

use serde::{Deserialize, Serialize};
use striate_core::Stream;

use crate::value::Value;
use crate::{Fill, Picture};

/// A part of a picture, in px.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rect {
    /// The first row.
    pub top: usize,
    /// The first column.
    pub left: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

/// Gives every pixel of a part the same value, in the picture's own range; what lies outside is left out.
///
/// Equals `torchvision.transforms.v2.functional.erase`.
pub fn erase<T: Value>(picture: Picture<T>, part: Rect, value: Fill) -> Picture<T> {
    erase_with(picture, part, |channel| T::round(value.channel(channel)))
}

/// Gives every value of a part, channel by channel of each pixel, what `value` says.
pub(crate) fn erase_with<T: Value>(
    mut picture: Picture<T>,
    Rect { top, left, height, width }: Rect,
    mut value: impl FnMut(usize) -> T,
) -> Picture<T> {
    let ([rows, columns], channels) = (picture.size(), picture.channels());
    let span = |start: usize, len: usize, side: usize| start.min(side)..start.saturating_add(len).min(side);
    for row in span(top, height, rows) {
        let part = span(left, width, columns);
        let row = &mut picture.pixels_mut()[row * columns * channels..][..columns * channels];
        for pixel in row[part.start * channels..part.end * channels].chunks_exact_mut(channels) {
            pixel.iter_mut().enumerate().for_each(|(channel, pixel)| *pixel = value(channel));
        }
    }
    picture
}

/// Adds normally distributed noise to each value, with mean and standard deviation as parts of white; the result is cut
/// off at the range's ends.
///
/// As `torchvision.transforms.v2.functional.gaussian_noise`: noise for whole numbers is whole, without its fraction.
pub fn add_noise<T: Value>(mut picture: Picture<T>, mean: f32, std: f32, stream: &mut Stream) -> Picture<T> {
    for values in picture.pixels_mut().chunks_mut(2) {
        for (value, normal) in values.iter_mut().zip(normals(stream)) {
            let noise = (mean + std * normal) * T::MAX;
            let noise = if T::MAX == 1.0 { noise } else { noise.trunc() };
            *value = T::cut(value.number() + noise);
        }
    }
    picture
}

/// Two numbers from the standard normal distribution (Box and Muller 1958), in `f32` for speed.
fn normals(stream: &mut Stream) -> [f32; 2] {
    let bits = stream.next_u64();
    // In (0, 1], so that the logarithm is finite.
    let radius = (-2.0 * (((bits >> 40) + 1) as f32 / (1 << 24) as f32).ln()).sqrt();
    let (sin, cos) = ((bits & 0xff_ffff) as f32 / (1 << 24) as f32 * std::f32::consts::TAU).sin_cos();
    [radius * cos, radius * sin]
}

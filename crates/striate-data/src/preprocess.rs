//! From pictures to networks' inputs, on the host.

use std::borrow::Cow;

use striate_core::{PixelOrder, Preprocessing};

use crate::Picture;
use crate::resize::resize;

/// Prepares a picture for a network, as `[channel, height, width]`.
///
/// The steps are those of [`Preprocessing`], in its order:
/// - Gray from color is `(19595 R + 38470 G + 7471 B + 32768) >> 16`, as Pillow's mode `L`; color from gray repeats it.
/// - Inversion is `255 - x`.
/// - The resize gives whole numbers. Linear and cubic interpolation equal Pillow's up to 1; the nearest pixel is
///   `floor(i * from / to)`, as torchvision's for tensors. A picture that has the size already is not touched. Of a
///   picture so thin that covering the size would take over 2^24 px, only the middle is resized.
/// - The centre crop is torchvision's `center_crop`: it begins at half the difference, rounded half to even, and a
///   picture that is smaller gets a border of 0 (before scaling), of which the smaller half comes first.
/// - Last `(x * scale + offset - mean) / std`.
///
/// # Panics
/// If `out` has not as many values as [`Preprocessing::output_shape`] says, or `how` is not
/// [valid](Preprocessing::validate).
pub fn preprocess(picture: &Picture, how: &Preprocessing, out: &mut [f32]) {
    let [channels, height, width] = how.output_shape();
    assert_eq!(out.len(), channels * height * width, "the output is for another size or number of channels");
    let mut picture = arrange(picture, how.pixel_order);
    if how.invert {
        picture.to_mut().change_values(|value| 255 - value);
    }
    if let Some(middle) = middle_of_thin(&picture, how) {
        picture = Cow::Owned(middle);
    }
    let sides = [picture.height(), picture.width()];
    let resized = how.resized(sides);
    if sides != resized {
        picture = Cow::Owned(resize(&picture, resized, how));
    }
    let rows = Window::centre(picture.height(), height);
    let columns = Window::centre(picture.width(), width);
    for (channel, plane) in out.chunks_exact_mut(height * width).enumerate() {
        // A pixel has 256 values, a picture thousands of pixels.
        let prepared: [f32; 256] =
            std::array::from_fn(|value| (value as f32 * how.scale + how.offset - how.mean[channel]) / how.std[channel]);
        plane.fill(prepared[0]);
        for row in 0..rows.len {
            let to = (rows.to + row) * width + columns.to;
            let from = ((rows.from + row) * picture.width() + columns.from) * channels;
            let source = picture.pixels()[from..from + columns.len * channels].chunks_exact(channels);
            for (out, pixel) in plane[to..to + columns.len].iter_mut().zip(source) {
                *out = prepared[usize::from(pixel[channel])];
            }
        }
    }
}

/// Prepares a picture for a network, as `[channel, height, width]`, in a new vector.
///
/// # Panics
/// If `how` is not [valid](Preprocessing::validate).
pub fn preprocess_to_vec(picture: &Picture, how: &Preprocessing) -> Vec<f32> {
    let mut out = vec![0.0; how.output_shape().iter().product()];
    preprocess(picture, how, &mut out);
    out
}

/// Gives a picture the channels that a network expects.
fn arrange(picture: &Picture, order: PixelOrder) -> Cow<'_, Picture> {
    let pixels = picture.pixels();
    let pixels = match (picture.channels(), order) {
        (1, PixelOrder::Gray) | (3, PixelOrder::Rgb) => return Cow::Borrowed(picture),
        (1, PixelOrder::Rgb | PixelOrder::Bgr) => pixels.iter().flat_map(|&gray| [gray; 3]).collect(),
        (_, PixelOrder::Gray) => pixels.as_chunks().0.iter().map(|&rgb| luma(rgb)).collect(),
        (_, PixelOrder::Rgb | PixelOrder::Bgr) => {
            pixels.as_chunks().0.iter().flat_map(|&[red, green, blue]| [blue, green, red]).collect()
        }
    };
    Cow::Owned(Picture::from_parts(picture.height(), picture.width(), order.channels(), pixels))
}

/// The middle of a picture that would be very long after a resize that keeps its ratio; none if it wouldn't.
fn middle_of_thin(picture: &Picture, how: &Preprocessing) -> Option<Picture> {
    const MAX_PIXELS: usize = 1 << 24;
    let sides = [picture.height(), picture.width()];
    let resized = how.resized(sides);
    let long = usize::from(resized[1] > resized[0]);
    let [_, wanted @ ..] = how.output_shape();
    // Twice what the crop takes, so that what lies beside it counts as ever.
    let most = (MAX_PIXELS / resized[1 - long]).max(2 * wanted[long]).max(how.size[long]);
    if resized[long] <= most {
        return None;
    }
    let kept = (sides[long] as u128 * most as u128).div_ceil(resized[long] as u128) as usize;
    let mut keep = sides;
    keep[long] = kept.min(sides[long]);
    let [rows, columns] = [0, 1].map(|axis| Window::centre(sides[axis], keep[axis]));
    let channels = picture.channels();
    let mut pixels = Vec::with_capacity(keep[0] * keep[1] * channels);
    for row in rows.from..rows.from + rows.len {
        let from = (row * sides[1] + columns.from) * channels;
        pixels.extend_from_slice(&picture.pixels()[from..from + columns.len * channels]);
    }
    Some(Picture::from_parts(keep[0], keep[1], channels, pixels))
}

/// ITU-R BT.601 luma in 16-bit fixed point, as Pillow rounds it.
fn luma([red, green, blue]: [u8; 3]) -> u8 {
    ((19595 * u32::from(red) + 38470 * u32::from(green) + 7471 * u32::from(blue) + 32768) >> 16) as u8
}

/// Where a centre crop takes pixels along an axis, and where it puts them.
#[derive(Debug, PartialEq)]
struct Window {
    from: usize,
    to: usize,
    len: usize,
}

impl Window {
    fn centre(have: usize, want: usize) -> Self {
        if have < want {
            return Self { from: 0, to: (want - have) / 2, len: have };
        }
        let rest = have - want;
        let half = rest / 2;
        // An odd rest has a half in the middle: to the even side.
        let from = if rest % 2 == 1 && half % 2 == 1 { half + 1 } else { half };
        Self { from, to: 0, len: want }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_begins_where_torchvision_crops() {
        // int(round((have - want) / 2.0)) in Python, and for padding (want - have) // 2.
        let check = |have, want, from, to| {
            assert_eq!(Window::centre(have, want), Window { from, to, len: have.min(want) }, "{have} to {want}");
        };
        check(4, 4, 0, 0);
        check(6, 4, 1, 0);
        check(5, 4, 0, 0);
        check(7, 4, 2, 0);
        check(9, 4, 2, 0);
        check(11, 4, 4, 0);
        check(4, 6, 0, 1);
        check(4, 7, 0, 1);
    }

    #[test]
    fn luma_rounds_as_pillow_does() {
        // PIL.Image.new("RGB", (1, 1), color).convert("L")
        for (color, expected) in
            [([255, 0, 0], 76), ([0, 255, 0], 150), ([0, 0, 255], 29), ([255; 3], 255), ([1; 3], 1)]
        {
            assert_eq!(luma(color), expected, "{color:?}");
        }
    }
}

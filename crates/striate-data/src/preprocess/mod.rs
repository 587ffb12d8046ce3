//! From pictures to networks' inputs, on the host.

mod placement;

use std::borrow::Cow;

use striate_core::{Interpolation, PixelOrder, Preprocessing};

pub use self::placement::Placement;
use crate::Picture;
use crate::ops::{Filter, Region, centered, crop, invert};
use crate::value::Value;

/// Prepares a picture for a network, as `[channel, height, width]`.
///
/// The steps are those of [`Preprocessing`], in its order:
/// - Gray from color is `(19595 R + 38470 G + 7471 B + 32768) >> 16`, as Pillow's mode `L`; color from gray repeats it.
/// - Inversion is `255 - x`.
/// - The resize gives whole numbers. Linear and cubic interpolation equal Pillow's up to 1; the nearest pixel is
///   `floor(i * from / to)`, as torchvision's for tensors. A picture that has the size already is not touched. Of a
///   picture so thin that covering the size would take over 2^24 px, only the middle is resized. [`Placement`] tells where
///   pixels come to lie.
/// - The centre crop is torchvision's `center_crop`: it begins at half the difference, rounded half to even, and a
///   picture that is smaller gets a border of 0 (before scaling), of which the smaller half comes first.
/// - Last `(x * scale + offset - mean) / std`.
///
/// A picture of numbers in `[0, 1]` takes the same steps without rounding, and counts as one in `[0, 255]` in the last.
///
/// # Panics
/// If `out` has not as many values as [`Preprocessing::output_shape`] says, or `how` is not
/// [valid](Preprocessing::validate).
pub fn preprocess<T: Value>(picture: &Picture<T>, how: &Preprocessing, out: &mut [f32]) {
    let [channels, height, width] = how.output_shape();
    assert_eq!(out.len(), channels * height * width, "the output is for another size or number of channels");
    let mut picture = arrange(picture, how.pixel_order);
    if how.invert {
        picture = Cow::Owned(invert(picture.into_owned()));
    }
    let placement = Placement::of(picture.size(), how);
    if let Some(([top, left], size)) = placement.part() {
        picture = Cow::Owned(crop(&picture, top as i64, left as i64, size, None));
    }
    if picture.size() != placement.resized() {
        picture = Cow::Owned(Region::of(&*picture).resize(placement.resized(), filter(how)));
    }
    let [rows, columns] = placement.windows();
    let prepare =
        |channel: usize| move |value: f32| (value * how.scale + how.offset - how.mean[channel]) / how.std[channel];
    if [rows.len, columns.len] != [height, width] {
        for (channel, plane) in out.chunks_exact_mut(height * width).enumerate() {
            plane.fill(prepare(channel)(0.0));
        }
    }
    let places = (0..rows.len).map(|row| (rows.from + row, (rows.to + row) * width + columns.to));
    let places = places.map(|(row, to)| (&picture.row(row)[columns.from * channels..], to..to + columns.len));
    match channels {
        1 => {
            let prepared = T::prepared(prepare(0));
            for (row, to) in places {
                out[to].iter_mut().zip(row).for_each(|(out, value)| *out = prepared(*value));
            }
        }
        _ => {
            let prepared = [T::prepared(prepare(0)), T::prepared(prepare(1)), T::prepared(prepare(2))];
            let (red, rest) = out.split_at_mut(height * width);
            let (green, blue) = rest.split_at_mut(height * width);
            for (row, to) in places {
                let pixels = row.as_chunks::<3>().0.iter();
                let planes = red[to.clone()].iter_mut().zip(&mut green[to.clone()]).zip(&mut blue[to]);
                for (((red, green), blue), pixel) in planes.zip(pixels) {
                    *red = prepared[0](pixel[0]);
                    *green = prepared[1](pixel[1]);
                    *blue = prepared[2](pixel[2]);
                }
            }
        }
    }
}

/// Prepares a picture for a network, as `[channel, height, width]`, in a new vector.
///
/// # Panics
/// If `how` is not [valid](Preprocessing::validate).
pub fn preprocess_to_vec<T: Value>(picture: &Picture<T>, how: &Preprocessing) -> Vec<f32> {
    let mut out = vec![0.0; how.output_shape().iter().product()];
    preprocess(picture, how, &mut out);
    out
}

/// Gives a picture the channels that a network expects.
pub(crate) fn arrange<T: Value>(picture: &Picture<T>, order: PixelOrder) -> Cow<'_, Picture<T>> {
    let pixels = picture.pixels();
    let pixels = match (picture.channels(), order) {
        (1, PixelOrder::Gray) | (3, PixelOrder::Rgb) => return Cow::Borrowed(picture),
        (1, PixelOrder::Rgb | PixelOrder::Bgr) => pixels.iter().flat_map(|&gray| [gray; 3]).collect(),
        (_, PixelOrder::Gray) => pixels.as_chunks().0.iter().map(|&rgb| T::luma(rgb)).collect(),
        (_, PixelOrder::Rgb | PixelOrder::Bgr) => {
            pixels.as_chunks().0.iter().flat_map(|&[red, green, blue]| [blue, green, red]).collect()
        }
    };
    Cow::Owned(Picture::from_parts(picture.height(), picture.width(), order.channels(), pixels))
}

/// Cubic interpolation is always that of Pillow and TensorFlow.
fn filter(how: &Preprocessing) -> Filter {
    let antialias = how.antialias;
    match how.interpolation {
        Interpolation::Nearest => Filter::Nearest,
        Interpolation::Bilinear => Filter::Linear { antialias },
        Interpolation::Bicubic => Filter::Cubic { antialias },
    }
}

/// Where a centre crop takes pixels along an axis, and where it puts them.
struct Window {
    from: usize,
    to: usize,
    len: usize,
}

impl Window {
    fn centre(have: usize, want: usize) -> Self {
        let start = centered(have, want);
        let start_outside = usize::try_from(-start).unwrap_or(0);
        Self { from: usize::try_from(start).unwrap_or(0), to: start_outside, len: have.min(want) }
    }
}

//! From a decoder's pixels to ours.

use image::DynamicImage;

use super::{Alpha, Decoding, Depth};
use crate::preprocess::arrange as arrange_channels;
use crate::value::Value;
use crate::{Image, Picture};

/// Gives a picture the values and channels that are wanted.
pub(super) fn arrange(image: DynamicImage, decoding: &Decoding) -> Image {
    let size = [image.height() as usize, image.width() as usize];
    let eight_bit = decoding.depth == Depth::Eight;
    let channels = usize::from(image.color().channel_count());
    match image {
        DynamicImage::ImageLuma8(image) => finish(size, channels, image.into_raw(), decoding),
        DynamicImage::ImageLumaA8(image) => finish(size, channels, image.into_raw(), decoding),
        DynamicImage::ImageRgb8(image) => finish(size, channels, image.into_raw(), decoding),
        DynamicImage::ImageRgba8(image) => finish(size, channels, image.into_raw(), decoding),
        DynamicImage::ImageLuma16(image) => words(size, channels, &image, decoding),
        DynamicImage::ImageLumaA16(image) => words(size, channels, &image, decoding),
        DynamicImage::ImageRgb16(image) => words(size, channels, &image, decoding),
        DynamicImage::ImageRgba16(image) => words(size, channels, &image, decoding),
        // What is left has 32-bit numbers.
        image if channels == 4 => numbers(size, 4, image.into_rgba32f().into_raw(), eight_bit, decoding),
        image => numbers(size, 3, image.into_rgb32f().into_raw(), eight_bit, decoding),
    }
}

fn words(size: [usize; 2], channels: usize, values: &[u16], decoding: &Decoding) -> Image {
    match decoding.depth {
        Depth::Eight => finish(size, channels, values.iter().map(|value| (value >> 8) as u8).collect(), decoding),
        Depth::Full => {
            finish(size, channels, values.iter().map(|&value| f32::from(value) / 65535.0).collect(), decoding)
        }
    }
}

fn numbers(size: [usize; 2], channels: usize, values: Vec<f32>, eight_bit: bool, decoding: &Decoding) -> Image {
    match finish(size, channels, values, decoding) {
        Image::F32(picture) if eight_bit => picture.to_u8().into(),
        image => image,
    }
}

/// Takes values of 1 (gray), 2 (with alpha), 3 (color) or 4 (with alpha) channels.
fn finish<T: Value>([height, width]: [usize; 2], channels: usize, values: Vec<T>, decoding: &Decoding) -> Image
where
    Image: From<Picture<T>>,
{
    let (channels, values) = match channels {
        2 => (1, opaque::<T, 2, 1>(&values, decoding.alpha)),
        4 => (3, opaque::<T, 4, 3>(&values, decoding.alpha)),
        _ => (channels, values),
    };
    let picture = Picture::from_parts(height, width, channels, values);
    match decoding.channels {
        Some(order) => arrange_channels(&picture, order).into_owned().into(),
        None => picture.into(),
    }
}

/// The first `KEPT` of every `CHANNELS` values, of which the last is alpha.
fn opaque<T: Value, const CHANNELS: usize, const KEPT: usize>(values: &[T], alpha: Alpha) -> Vec<T> {
    let mut kept = Vec::with_capacity(values.len() / CHANNELS * KEPT);
    match alpha {
        Alpha::Drop => {
            for pixel in values.as_chunks::<CHANNELS>().0 {
                kept.extend_from_slice(&pixel[..KEPT]);
            }
        }
        Alpha::Over(color) => {
            let color = color.map(T::from_level);
            let below: [T; KEPT] =
                std::array::from_fn(|channel| if KEPT == 1 { T::luma(color) } else { color[channel] });
            for pixel in values.as_chunks::<CHANNELS>().0 {
                let part = pixel[KEPT].unit();
                let mix = |(above, below): (&T, T)| T::round(above.number() * part + below.number() * (1.0 - part));
                kept.extend(pixel[..KEPT].iter().zip(below).map(mix));
            }
        }
    }
    kept
}

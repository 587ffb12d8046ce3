//! Changing the size of pictures.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{U8, U8x3};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};
use striate_core::{Interpolation, Preprocessing};

use crate::Picture;

/// Resizes a picture to `[height, width]` px, values rounded to whole numbers.
///
/// Linear and cubic interpolation equal Pillow's `resize` and torchvision's with `antialias=True`, up to 1 in rounding
/// (more where a cubic one leaves `[0, 255]`, since the passes are in another order);
/// without antialiasing the linear one equals torchvision's with `antialias=False`, whose cubic one has another a. The
/// nearest pixel is that of torchvision: `floor(i * from / to)`.
pub(crate) fn resize(picture: &Picture, [height, width]: [usize; 2], how: &Preprocessing) -> Picture {
    let filter = match how.interpolation {
        Interpolation::Nearest => return nearest(picture, [height, width]),
        Interpolation::Bilinear => FilterType::Bilinear,
        // The cubic with a = -0.5.
        Interpolation::Bicubic => FilterType::CatmullRom,
    };
    let algorithm = if how.antialias { ResizeAlg::Convolution(filter) } else { ResizeAlg::Interpolation(filter) };
    let channels = picture.channels();
    let mut pixels = vec![0; height * width * channels];
    let options = ResizeOptions::new().resize_alg(algorithm);
    match channels {
        1 => convolve::<U8>(picture, &mut pixels, [height, width], &options),
        _ => convolve::<U8x3>(picture, &mut pixels, [height, width], &options),
    }
    Picture::from_parts(height, width, channels, pixels)
}

/// Of one pixel type; the untyped call would compile every type's kernels into this crate.
fn convolve<P: PixelTrait>(picture: &Picture, pixels: &mut [u8], [height, width]: [usize; 2], options: &ResizeOptions) {
    let side = |side| u32::try_from(side).expect("sides of pictures and of networks' inputs fit in 32 bits");
    let source = TypedImageRef::<P>::from_buffer(side(picture.width()), side(picture.height()), picture.pixels())
        .expect("a picture has all its pixels");
    let mut target =
        TypedImage::<P>::from_buffer(side(width), side(height), pixels).expect("the buffer was made for this size");
    Resizer::new().resize_typed(&source, &mut target, options).expect("neither size is 0");
}

fn nearest(picture: &Picture, [height, width]: [usize; 2]) -> Picture {
    let source = |target: usize, from: usize, to: usize| (target as u64 * from as u64 / to as u64) as usize;
    let channels = picture.channels();
    let mut pixels = Vec::with_capacity(height * width * channels);
    for row in 0..height {
        let row = source(row, picture.height(), height) * picture.width();
        for column in 0..width {
            let at = (row + source(column, picture.width(), width)) * channels;
            pixels.extend_from_slice(&picture.pixels()[at..at + channels]);
        }
    }
    Picture::from_parts(height, width, channels, pixels)
}

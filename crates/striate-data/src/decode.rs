//! Reading picture files.

use std::fs::File;
use std::io::{Cursor, ErrorKind, Read};
use std::path::Path;

use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageResult, Limits};

use crate::{DataError, Picture};

/// How large a picture file may be, so that a damaged or hostile one can't take all memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeLimits {
    /// The most pixels (height times width), 100 million by default. The file's header is held against it before
    /// memory for the pixels is allocated.
    pub max_pixels: u64,
    /// The most bytes of the file, 256 MiB by default.
    pub max_file_bytes: u64,
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self { max_pixels: 100_000_000, max_file_bytes: 256 << 20 }
    }
}

impl Picture {
    /// Reads a PNG or JPEG file.
    ///
    /// Which of them it is, the content says and not the file's name. Gray pictures get one channel, all others three.
    /// Transparency is dropped: a pixel keeps the color that is stored for it, whatever its alpha. Of 16-bit values
    /// the high byte is kept; values of fewer than 8 bits are spread over `[0, 255]`; palettes become RGB. The picture
    /// is turned as its EXIF orientation says. Color profiles are not applied. A file that is cut short is an error, but
    /// damage within a JPEG's compressed data may show in the pixels alone.
    ///
    /// # Errors
    /// [`DataError::Read`] or [`DataError::FileTooLarge`] for the file, [`DataError::NotAPicture`],
    /// [`DataError::TooManyPixels`] or [`DataError::Decode`] for its content.
    pub fn open(path: &Path, limits: DecodeLimits) -> Result<Self, DataError> {
        decode(&read(path, limits.max_file_bytes)?, path, limits)
    }
}

fn read(path: &Path, max_bytes: u64) -> Result<Vec<u8>, DataError> {
    let failed = |source| DataError::Read { path: path.to_owned(), source };
    let too_large = || DataError::FileTooLarge { path: path.to_owned(), max_bytes };
    let file = File::open(path).map_err(failed)?;
    let claimed = file.metadata().map_err(failed)?.len();
    if claimed > max_bytes {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(claimed as usize);
    // A device or a pipe claims 0 bytes and may go on for ever.
    file.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > max_bytes { Err(too_large()) } else { Ok(bytes) }
}

/// Decodes the content of the file at `path`.
fn decode(bytes: &[u8], path: &Path, limits: DecodeLimits) -> Result<Picture, DataError> {
    let failed = |source| DataError::Decode { path: path.to_owned(), source };
    let check = |(width, height): (u32, u32)| {
        let max_pixels = limits.max_pixels;
        if u64::from(width) * u64::from(height) > max_pixels {
            return Err(DataError::TooManyPixels { path: path.to_owned(), height, width, max_pixels });
        }
        Ok(())
    };
    match image::guess_format(bytes) {
        Ok(ImageFormat::Png) => {
            png_size(bytes).map_or(Ok(()), check)?;
            // 8 bytes a pixel are RGBA with 16 bits; the rest is for what stands beside the pixels.
            let max_alloc = limits.max_pixels.saturating_mul(8).saturating_add(64 << 20);
            let mut decoder_limits = Limits::no_limits();
            decoder_limits.max_alloc = Some(max_alloc);
            PngDecoder::with_limits(Cursor::new(bytes), decoder_limits).and_then(pixels).map_err(failed)
        }
        Ok(ImageFormat::Jpeg) => {
            let decoder = JpegDecoder::new(Cursor::new(bytes)).map_err(failed)?;
            check(decoder.dimensions())?;
            // The decoder would fill the rest with gray.
            if jpeg_is_cut(bytes) {
                return Err(failed(ImageError::IoError(ErrorKind::UnexpectedEof.into())));
            }
            pixels(decoder).map_err(failed)
        }
        _ => Err(DataError::NotAPicture { path: path.to_owned() }),
    }
}

/// Width and height from a PNG's first chunk (<https://www.w3.org/TR/png-3/#11IHDR>), before a decoder sees the rest.
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let number = |at| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    if bytes.get(12..16)? != b"IHDR" {
        return None;
    }
    Some((number(16)?, number(20)?))
}

/// Whether a JPEG has no end-of-image marker after its first scan begins (ITU-T T.81, annex B).
fn jpeg_is_cut(bytes: &[u8]) -> bool {
    // What comes before the scan is in segments with lengths, one of which may hold a thumbnail with an end of its own.
    let mut at = 2;
    while let Some(&[0xff, marker, high, low]) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        match marker {
            0xda => return !bytes[at..].windows(2).rev().any(|pair| pair == [0xff, 0xd9]),
            // Fill before a marker.
            0xff => at += 1,
            _ => at += 2 + usize::from(u16::from_be_bytes([high, low])),
        }
    }
    false
}

fn pixels(mut decoder: impl ImageDecoder) -> ImageResult<Picture> {
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    let (width, height) = (image.width() as usize, image.height() as usize);
    let high_byte = |value: u16| (value >> 8) as u8;
    let (channels, values) = match image {
        DynamicImage::ImageLuma8(image) => (1, image.into_raw()),
        DynamicImage::ImageLumaA8(image) => (1, keep(&image, 2, 1, |value| value)),
        DynamicImage::ImageRgb8(image) => (3, image.into_raw()),
        DynamicImage::ImageRgba8(image) => (3, keep(&image, 4, 3, |value| value)),
        DynamicImage::ImageLuma16(image) => (1, keep(&image, 1, 1, high_byte)),
        DynamicImage::ImageLumaA16(image) => (1, keep(&image, 2, 1, high_byte)),
        DynamicImage::ImageRgb16(image) => (3, keep(&image, 3, 3, high_byte)),
        DynamicImage::ImageRgba16(image) => (3, keep(&image, 4, 3, high_byte)),
        // Neither format has other kinds today.
        other => (3, other.into_rgb8().into_raw()),
    };
    Ok(Picture::from_parts(height, width, channels, values))
}

/// The first `kept` of every `channels` values.
fn keep<T: Copy>(values: &[T], channels: usize, kept: usize, byte: impl Fn(T) -> u8) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(values.len() / channels * kept);
    for pixel in values.chunks_exact(channels) {
        bytes.extend(pixel[..kept].iter().map(|&value| byte(value)));
    }
    bytes
}

//! The formats of picture files: what has to be looked at before, and beside, the pixels.

use std::io::{Cursor, ErrorKind};
use std::path::Path;

use image::codecs::bmp::BmpDecoder;
use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::tiff::TiffDecoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageResult, Limits};

use super::{Animation, Decoding};
use crate::DataError;

/// Reads a file's first picture, turned as it should be.
pub(super) fn open(
    format: ImageFormat,
    bytes: &[u8],
    path: &Path,
    decoding: &Decoding,
) -> Result<DynamicImage, DataError> {
    let file = File { bytes, path, decoding };
    match format {
        ImageFormat::Png => {
            png_size(bytes).map_or(Ok(()), |size| file.check(size))?;
            let decoder = file.try_to(|cursor| PngDecoder::with_limits(cursor, file.limits()))?;
            file.check_still(|| decoder.is_apng())?;
            file.pixels(decoder)
        }
        ImageFormat::Jpeg => {
            let decoder = file.try_to(JpegDecoder::new)?;
            file.check(decoder.dimensions())?;
            // The decoder would fill the rest with gray.
            if jpeg_is_cut(bytes) {
                return Err(file.failed(ImageError::IoError(ErrorKind::UnexpectedEof.into())));
            }
            file.pixels(decoder)
        }
        ImageFormat::Gif => {
            let decoder = file.try_to(GifDecoder::new)?;
            file.check(decoder.dimensions())?;
            file.check_still(|| {
                let mut again = GifDecoder::new(Cursor::new(bytes))?;
                again.set_limits(file.limits())?;
                Ok(again.into_frames().take_while(Result::is_ok).nth(1).is_some())
            })?;
            file.pixels(decoder)
        }
        ImageFormat::WebP => {
            let decoder = file.try_to(WebPDecoder::new)?;
            file.check(decoder.dimensions())?;
            file.check_still(|| Ok(decoder.has_animation()))?;
            file.pixels(decoder)
        }
        ImageFormat::Bmp => {
            let decoder = file.try_to(BmpDecoder::new)?;
            file.check(decoder.dimensions())?;
            file.pixels(decoder)
        }
        _ => {
            let decoder = file.try_to(TiffDecoder::new)?;
            file.check(decoder.dimensions())?;
            file.pixels(decoder)
        }
    }
}

#[derive(Clone, Copy)]
struct File<'a> {
    bytes: &'a [u8],
    path: &'a Path,
    decoding: &'a Decoding,
}

impl<'a> File<'a> {
    fn failed(self, source: ImageError) -> DataError {
        DataError::Decode { path: self.path.to_owned(), source }
    }

    fn try_to<T>(self, open: impl FnOnce(Cursor<&'a [u8]>) -> ImageResult<T>) -> Result<T, DataError> {
        open(Cursor::new(self.bytes)).map_err(|source| self.failed(source))
    }

    /// Holds a picture's sides against the limit.
    fn check(self, (width, height): (u32, u32)) -> Result<(), DataError> {
        // Decoders count bytes of four channels in 32 bits.
        let max_pixels = self.decoding.limits.max_pixels.min((1 << 30) - 1);
        if u64::from(width) * u64::from(height) > max_pixels {
            return Err(DataError::TooManyPixels { path: self.path.to_owned(), height, width, max_pixels });
        }
        Ok(())
    }

    fn check_still(self, moves: impl FnOnce() -> ImageResult<bool>) -> Result<(), DataError> {
        if self.decoding.animation == Animation::Refuse && moves().map_err(|source| self.failed(source))? {
            return Err(DataError::Animated { path: self.path.to_owned() });
        }
        Ok(())
    }

    fn limits(self) -> Limits {
        // 16 bytes a pixel are RGBA of 32-bit numbers; the rest is for what stands beside the pixels.
        let max_alloc = self.decoding.limits.max_pixels.saturating_mul(16).saturating_add(64 << 20);
        let mut limits = Limits::no_limits();
        limits.max_alloc = Some(max_alloc);
        limits
    }

    fn pixels(self, mut decoder: impl ImageDecoder) -> Result<DynamicImage, DataError> {
        let orientation = decoder.orientation().map_err(|source| self.failed(source))?;
        decoder.set_limits(self.limits()).map_err(|source| self.failed(source))?;
        let mut image = DynamicImage::from_decoder(decoder).map_err(|source| self.failed(source))?;
        if self.decoding.orientation {
            image.apply_orientation(orientation);
        }
        Ok(image)
    }
}

/// Width and height from a PNG's first chunk (<https://www.w3.org/TR/png-3/#11IHDR>), before a decoder sees the rest.
pub(super) fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
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

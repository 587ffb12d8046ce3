//! Pictures whose values are numbers of classes or things, and not shades.

use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, ImageError, ImageFormat};
use png::{BitDepth, ColorType, Transformations};

use super::formats::{self, png_size};
use super::{DecodeLimits, Decoding, format, guarded};
use crate::datasets::FormatError;
use crate::read::read;
use crate::{DataError, IndexMask};

/// Reads a file's values as they are stored: a palette's places and not its colors, gray of 1 to 16 bits as it is.
///
/// The file's EXIF orientation is left alone.
pub(crate) fn open_index_mask(path: &Path, limits: DecodeLimits) -> Result<IndexMask, DataError> {
    let bytes = read(path, limits.max_file_bytes)?;
    let format = format(&bytes, path)?;
    guarded(format, path, || index_mask(format, &bytes, path, limits))
}

fn index_mask(format: ImageFormat, bytes: &[u8], path: &Path, limits: DecodeLimits) -> Result<IndexMask, DataError> {
    match format {
        ImageFormat::Png => from_png(bytes, path, limits),
        // Its values are only near those that were stored.
        ImageFormat::Jpeg => Err(FormatError::LossyMask.at(path)),
        other => {
            let decoding = Decoding { orientation: false, ..limits.into() };
            let image = formats::open(other, bytes, path, &decoding)?;
            let size = [image.height() as usize, image.width() as usize];
            match image {
                DynamicImage::ImageLuma8(image) => {
                    Ok(IndexMask::from_parts(size, image.iter().map(|&value| value.into()).collect()))
                }
                DynamicImage::ImageLuma16(image) => Ok(IndexMask::from_parts(size, image.into_raw())),
                _ => Err(FormatError::ColoredMask.at(path)),
            }
        }
    }
}

fn from_png(bytes: &[u8], path: &Path, limits: DecodeLimits) -> Result<IndexMask, DataError> {
    let failed = |error: png::DecodingError| {
        let source = match error {
            png::DecodingError::IoError(error) => ImageError::IoError(error),
            error => ImageError::Decoding(image::error::DecodingError::new(ImageFormat::Png.into(), error)),
        };
        DataError::Decode { path: path.to_owned(), source }
    };
    if let Some((width, height)) = png_size(bytes) {
        let max_pixels = limits.max_pixels;
        if u64::from(width) * u64::from(height) > max_pixels {
            return Err(DataError::TooManyPixels { path: path.to_owned(), height, width, max_pixels });
        }
    }
    let max_bytes = usize::try_from(limits.max_pixels.saturating_mul(2).saturating_add(64 << 20)).unwrap_or(usize::MAX);
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: max_bytes });
    decoder.set_transformations(Transformations::IDENTITY);
    let mut reader = decoder.read_info().map_err(failed)?;
    let (color, depth) = reader.output_color_type();
    if !matches!(color, ColorType::Grayscale | ColorType::Indexed) {
        return Err(FormatError::ColoredMask.at(path));
    }
    let (width, height) = reader.info().size();
    let (width, height) = (width as usize, height as usize);
    let len = reader.output_buffer_size().filter(|&len| len <= max_bytes);
    let too_large = || DataError::FileTooLarge { path: path.to_owned(), max_bytes: limits.max_file_bytes };
    let mut rows = vec![0; len.ok_or_else(too_large)?];
    let line = reader.next_frame(&mut rows).map_err(failed)?.line_size;
    let mut numbers = Vec::with_capacity(height * width);
    for row in rows.chunks_exact(line.max(1)).take(height) {
        match depth {
            BitDepth::Sixteen => numbers.extend(row.as_chunks().0.iter().map(|&pair| u16::from_be_bytes(pair))),
            BitDepth::Eight => numbers.extend(row.iter().map(|&value| u16::from(value))),
            BitDepth::One | BitDepth::Two | BitDepth::Four => {
                let bits = depth as usize;
                let each = 8 / bits;
                let number =
                    |column: usize| (row[column / each] >> (8 - bits * (column % each + 1))) & ((1 << bits) - 1);
                numbers.extend((0..width).map(|column| u16::from(number(column))));
            }
        }
    }
    Ok(IndexMask::from_parts([height, width], numbers))
}

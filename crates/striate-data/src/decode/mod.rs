//! Reading picture files.

mod formats;
mod index;
mod options;
mod pixels;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use image::error::{DecodingError, ImageFormatHint};
use image::{ImageError, ImageFormat};

pub(crate) use index::open_index_mask;
pub use options::{Alpha, Animation, DecodeLimits, Decoding, Depth};

use crate::read::read;
use crate::{DataError, Image, Picture};

impl Picture {
    /// Reads a PNG, JPEG, GIF, WebP, BMP or TIFF file as whole numbers in `[0, 255]`.
    ///
    /// Which of them it is, the content says and not the file's name. What can be chosen stands at [`Decoding`], which
    /// [`DecodeLimits`] alone make too. Unless chosen otherwise, gray pictures get one channel, all others three;
    /// transparency is dropped; of 16-bit values the high byte is kept; and the picture is turned as its EXIF
    /// orientation says. Values of fewer than 8 bits are spread over `[0, 255]`, palettes and CMYK become RGB. Color
    /// profiles are not applied. Of a TIFF with several pages the first is read. A file that is cut short is an error,
    /// but damage within a JPEG's compressed data may show in the pixels alone.
    ///
    /// # Errors
    /// [`DataError::Read`] or [`DataError::FileTooLarge`] for the file, [`DataError::NotAPicture`],
    /// [`DataError::TooManyPixels`], [`DataError::Animated`] or [`DataError::Decode`] for its content.
    pub fn open(path: &Path, decoding: impl Into<Decoding>) -> Result<Self, DataError> {
        match Image::open(path, Decoding { depth: Depth::Eight, ..decoding.into() })? {
            Image::U8(picture) => Ok(picture),
            Image::F32(picture) => Ok(picture.to_u8()),
        }
    }
}

impl Image {
    /// Reads a picture file as [`Picture::open`] does, and values of more than 8 bits as [`Decoding::depth`] says.
    ///
    /// # Errors
    /// Those of [`Picture::open`].
    pub fn open(path: &Path, decoding: impl Into<Decoding>) -> Result<Self, DataError> {
        let decoding = decoding.into();
        decode(&read(path, decoding.limits.max_file_bytes)?, path, &decoding)
    }
}

/// Decodes the content of the file at `path`.
fn decode(bytes: &[u8], path: &Path, decoding: &Decoding) -> Result<Image, DataError> {
    let format = format(bytes, path)?;
    guarded(format, path, || Ok(pixels::arrange(formats::open(format, bytes, path, decoding)?, decoding)))
}

/// Makes an error of a decoder's panic: decoders are made by others, and meet whatever bytes there are.
fn guarded<T>(format: ImageFormat, path: &Path, decode: impl FnOnce() -> Result<T, DataError>) -> Result<T, DataError> {
    let decoded = catch_unwind(AssertUnwindSafe(decode));
    decoded.unwrap_or_else(|panic| Err(DataError::Decode { path: path.to_owned(), source: panicked(format, &*panic) }))
}

fn format(bytes: &[u8], path: &Path) -> Result<ImageFormat, DataError> {
    use ImageFormat::{Bmp, Gif, Jpeg, Png, Tiff, WebP};
    match image::guess_format(bytes) {
        Ok(format @ (Bmp | Gif | Jpeg | Png | Tiff | WebP)) => Ok(format),
        _ => Err(DataError::NotAPicture { path: path.to_owned() }),
    }
}

fn panicked(format: ImageFormat, panic: &(dyn Any + Send)) -> ImageError {
    let message = crate::panic::message(panic);
    let hint = ImageFormatHint::Exact(format);
    ImageError::Decoding(DecodingError::new(hint, format!("the decoder panicked: {message}")))
}

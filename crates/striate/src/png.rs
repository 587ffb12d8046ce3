//! Pictures as PNG files.

use std::io::{Cursor, Write};
use std::path::Path;

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use striate_core::file::write_atomically;
use striate_data::Picture;

use crate::Error;

/// Writes a gray or colored picture, whole or not at all.
pub(crate) fn write_picture(path: &Path, picture: &Picture) -> Result<(), Error> {
    let color = if picture.channels() == 3 { ExtendedColorType::Rgb8 } else { ExtendedColorType::L8 };
    write_png(path, picture.pixels(), picture.size(), color)
}

/// Writes `[height, width]` px, whole or not at all.
pub(crate) fn write_png(path: &Path, pixels: &[u8], size: [usize; 2], color: ExtendedColorType) -> Result<(), Error> {
    let file_error = |source| Error::File { action: "write", path: path.into(), source };
    let mut png = Cursor::new(Vec::new());
    let [height, width] = size.map(|side| side as u32);
    let encoded = PngEncoder::new(&mut png).write_image(pixels, width, height, color);
    encoded.map_err(|error| file_error(std::io::Error::other(error)))?;
    write_atomically(path, |file| file.write_all(png.get_ref())).map_err(file_error)
}

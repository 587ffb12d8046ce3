//! Writes pictures as PNG, with the pixels that striate reads from them: `decode PICTURE… FOLDER`.

use std::error::Error;
use std::path::Path;

use image::ExtendedColorType::{L8, Rgb8};
use striate_data::{DecodeLimits, Picture};

fn main() -> Result<(), Box<dyn Error>> {
    let words = std::env::args_os().skip(1).collect::<Vec<_>>();
    let (folder, pictures) = words.split_last().ok_or("usage: decode PICTURE… FOLDER")?;
    for path in pictures.iter().map(Path::new) {
        let picture = Picture::open(path, DecodeLimits::default())?;
        let name = path.with_extension("png");
        let to = Path::new(folder).join(name.file_name().ok_or("a picture has a name")?);
        let color = if picture.channels() == 1 { L8 } else { Rgb8 };
        image::save_buffer(&to, picture.pixels(), picture.width() as u32, picture.height() as u32, color)?;
    }
    Ok(())
}

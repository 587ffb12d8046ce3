//! What several tests need.

use std::error::Error;
use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use striate_core::{ClassNames, Streams};
use striate_data::{InMemory, Picture, Sample};
use tempfile::TempDir;

/// Gray pictures of 5x6 px with random pixels, and labels 0, 1, 2, 0, ….
pub(crate) fn random_pictures(count: usize) -> InMemory {
    let sample = |index: usize| {
        let mut stream = Streams::new(0).at(0, index as u64).open("picture");
        let pixels = (0..30).map(|_| stream.below(256) as u8).collect();
        Sample::new(Picture::new(5, 6, 1, pixels).unwrap()).with_label(index % 3)
    };
    InMemory::new((0..count).map(sample).collect(), ClassNames::numbered(3)).unwrap()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A PNG file from its parts: the header's bit depth and color type, chunks before the data, and the rows, each with
/// its filter byte (<https://www.w3.org/TR/png-3/>).
pub(crate) fn png(
    [height, width]: [u32; 2],
    bit_depth: u8,
    color_type: u8,
    chunks: &[(&[u8; 4], &[u8])],
    rows: &[u8],
) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(rows).unwrap();
    let data = encoder.finish().unwrap();
    let sizes = [width.to_be_bytes(), height.to_be_bytes()].concat();
    let header = [&sizes[..], &[bit_depth, color_type, 0, 0, 0]].concat();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, content) in [(b"IHDR", &header[..])].iter().chain(chunks).chain(&[(b"IDAT", &data[..]), (b"IEND", &[])])
    {
        let named = [&name[..], content].concat();
        file.extend((content.len() as u32).to_be_bytes());
        file.extend(&named);
        let mut crc = flate2::Crc::new();
        crc.update(&named);
        file.extend(crc.sum().to_be_bytes());
    }
    file
}

/// A PNG file of one gray pixel.
pub(crate) fn gray_png(value: u8) -> Vec<u8> {
    png([1, 1], 8, 0, &[], &[0, value])
}

/// A PNG file of 4x4 gray pixels with the values 0 to 15.
pub(crate) fn small_png() -> Vec<u8> {
    let rows = (0..4).flat_map(|row: u8| [vec![0], (4 * row..4 * row + 4).collect()].concat()).collect::<Vec<_>>();
    png([4, 4], 8, 0, &[], &rows)
}

/// A PNG file of numbers with a palette, in rows.
pub(crate) fn palette_png([height, width]: [u32; 2], numbers: &[u8]) -> Vec<u8> {
    let rows = numbers.chunks(width as usize).flat_map(|row| [&[0], row].concat()).collect::<Vec<_>>();
    let palette = (0..=255).flat_map(|color: u8| [color.wrapping_mul(7), 0, 255 - color]).collect::<Vec<_>>();
    png([height, width], 8, 3, &[(b"PLTE", &palette)], &rows)
}

/// A folder with these files.
pub(crate) fn tree(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (file, content) in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

/// An error with its causes.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}

//! Reading picture files.

use std::path::{Path, PathBuf};

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};
use proptest::prelude::*;
use striate_data::{DataError, DecodeLimits, Picture};

use crate::support::png;

/// Opens a file with this name and content.
fn open(name: &str, content: &[u8], limits: DecodeLimits) -> Result<Picture, DataError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    Picture::open(&path, limits)
}

#[track_caller]
fn check(file: &[u8], expected: (usize, usize, usize, &[u8])) {
    let (height, width, channels, pixels) = expected;
    let expected = Picture::new(height, width, channels, pixels.to_vec()).unwrap();
    assert_eq!(open("picture", file, DecodeLimits::default()).unwrap(), expected);
}

/// The file's name, without the folder that the test made.
fn name(path: &Path) -> PathBuf {
    path.file_name().unwrap().into()
}

/// An EXIF block with an orientation and nothing else (TIFF 6.0, little-endian).
fn exif(orientation: u8) -> Vec<u8> {
    let mut block = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    block.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    // As a thumbnail ends.
    block.extend([0xff, 0xd9]);
    block
}

/// 8 rows of 16 px, the left half black, the right half white.
fn jpeg(orientation: u8) -> Vec<u8> {
    let pixels = (0..128).map(|i| if i % 16 < 8 { 0 } else { 255 }).collect::<Vec<u8>>();
    let mut file = Vec::new();
    let mut encoder = JpegEncoder::new(&mut file);
    encoder.set_exif_metadata(exif(orientation)).unwrap();
    encoder.write_image(&pixels, 16, 8, ExtendedColorType::L8).unwrap();
    file
}

#[test]
fn every_kind_of_png_becomes_gray_or_rgb_bytes() {
    let gray = png([2, 2], 8, 0, &[], &[0, 1, 2, 0, 3, 4]);
    check(&gray, (2, 2, 1, &[1, 2, 3, 4]));
    let gray_alpha = png([1, 2], 8, 4, &[], &[0, 10, 0, 20, 255]);
    check(&gray_alpha, (1, 2, 1, &[10, 20]));
    let rgb = png([1, 2], 8, 2, &[], &[0, 1, 2, 3, 4, 5, 6]);
    check(&rgb, (1, 2, 3, &[1, 2, 3, 4, 5, 6]));
    let rgba = png([1, 2], 8, 6, &[], &[0, 1, 2, 3, 0, 4, 5, 6, 255]);
    check(&rgba, (1, 2, 3, &[1, 2, 3, 4, 5, 6]));
    // 0x80ff would round up to 0x81.
    let gray_16 = png([1, 2], 16, 0, &[], &[0, 0x80, 0xff, 0x01, 0x00]);
    check(&gray_16, (1, 2, 1, &[0x80, 0x01]));
    let gray_alpha_16 = png([1, 1], 16, 4, &[], &[0, 0x12, 0x34, 0, 0]);
    check(&gray_alpha_16, (1, 1, 1, &[0x12]));
    let rgb_16 = png([1, 1], 16, 2, &[], &[0, 1, 255, 2, 255, 3, 255]);
    check(&rgb_16, (1, 1, 3, &[1, 2, 3]));
    let rgba_16 = png([1, 1], 16, 6, &[], &[0, 1, 255, 2, 255, 3, 255, 0, 0]);
    check(&rgba_16, (1, 1, 3, &[1, 2, 3]));
    let colors = [9, 8, 7, 6, 5, 4];
    let palette = png([1, 3], 8, 3, &[(b"PLTE", &colors)], &[0, 1, 0, 1]);
    check(&palette, (1, 3, 3, &[6, 5, 4, 9, 8, 7, 6, 5, 4]));
    let clear_palette = png([1, 1], 8, 3, &[(b"PLTE", &colors), (b"tRNS", &[0, 0])], &[0, 1]);
    check(&clear_palette, (1, 1, 3, &[6, 5, 4]));
    let two_bits = png([1, 4], 2, 0, &[], &[0, 0b00_01_10_11]);
    check(&two_bits, (1, 4, 1, &[0, 85, 170, 255]));
}

#[test]
fn a_picture_is_turned_as_its_exif_orientation_says() {
    let upright = open("a.jpg", &jpeg(1), DecodeLimits::default()).unwrap();
    assert_eq!((upright.height(), upright.width(), upright.channels()), (8, 16, 1));
    let turned = open("b.jpg", &jpeg(6), DecodeLimits::default()).unwrap();
    assert_eq!((turned.height(), turned.width(), turned.channels()), (16, 8, 1));
    // The left side is at the top now.
    assert!(turned.pixels()[..32].iter().all(|&value| value < 30), "{turned:?}");
    assert!(turned.pixels()[96..].iter().all(|&value| value > 225), "{turned:?}");

    let flipped = png([1, 2], 8, 0, &[(b"eXIf", &exif(2))], &[0, 1, 2]);
    check(&flipped, (1, 2, 1, &[2, 1]));
}

#[test]
fn content_decides_what_a_file_is() {
    let misnamed = open("really-a-jpeg.png", &jpeg(1), DecodeLimits::default()).unwrap();
    assert_eq!(misnamed.width(), 16);
    for content in [&b"a text"[..], b"", b"%PDF-1.4"] {
        let error = open("text.png", content, DecodeLimits::default()).unwrap_err();
        assert!(matches!(&error, DataError::NotAPicture { path } if name(path) == Path::new("text.png")), "{error}");
    }
}

#[test]
fn a_header_that_claims_too_many_pixels_is_refused_before_decoding() {
    let huge = png([60_000, 60_000], 8, 2, &[], &[0]);
    let error = open("huge.png", &huge, DecodeLimits::default()).unwrap_err();
    assert!(matches!(error, DataError::TooManyPixels { height: 60_000, width: 60_000, .. }), "{error}");

    // Only the header: nothing after it is looked at.
    let error = open("huge.png", &huge[..33], DecodeLimits::default()).unwrap_err();
    assert!(matches!(error, DataError::TooManyPixels { .. }), "{error}");

    let limits = DecodeLimits { max_pixels: 127, ..DecodeLimits::default() };
    let error = open("a.jpg", &jpeg(1), limits).unwrap_err();
    assert!(matches!(error, DataError::TooManyPixels { height: 8, width: 16, max_pixels: 127, .. }), "{error}");
    assert!(open("a.jpg", &jpeg(1), DecodeLimits { max_pixels: 128, ..DecodeLimits::default() }).is_ok());
}

#[test]
fn a_file_over_the_limit_is_refused() {
    let file = png([1, 1], 8, 0, &[], &[0, 1]);
    let limits = |max_file_bytes| DecodeLimits { max_file_bytes, ..DecodeLimits::default() };
    assert!(open("a.png", &file, limits(file.len() as u64)).is_ok());
    let error = open("a.png", &file, limits(file.len() as u64 - 1)).unwrap_err();
    assert!(matches!(error, DataError::FileTooLarge { .. }), "{error}");
}

#[test]
fn damaged_and_missing_files_are_errors() {
    let file = png([2, 2], 8, 0, &[], &[0, 1, 2, 0, 3, 4]);
    for len in [16, 30, 40, file.len() - 20] {
        let error = open("cut.png", &file[..len], DecodeLimits::default()).unwrap_err();
        assert!(matches!(error, DataError::Decode { .. }), "{len}: {error}");
    }
    let file = jpeg(1);
    for len in 4..file.len() {
        let error = open("cut.jpg", &file[..len], DecodeLimits::default()).unwrap_err();
        assert!(matches!(error, DataError::Decode { .. }), "{len}: {error}");
    }
    assert!(open("more.jpg", &[&file[..], b"more"].concat(), DecodeLimits::default()).is_ok());

    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path(), &folder.path().join("missing.png")] {
        let error = Picture::open(path, DecodeLimits::default()).unwrap_err();
        assert!(matches!(&error, DataError::Read { path: of, .. } if of == path), "{error}");
    }
}

#[test]
fn values_that_are_no_picture_are_refused() {
    let new = |height, width, channels, values| Picture::new(height, width, channels, vec![0; values]);
    assert!(new(2, 3, 3, 18).is_ok());
    for (height, width, channels, values) in
        [(2, 3, 3, 17), (2, 3, 1, 7), (0, 3, 1, 0), (3, 0, 3, 0), (1, 1, 2, 2), (1, 1, 0, 0), (usize::MAX, 2, 3, 6)]
    {
        let error = new(height, width, channels, values).unwrap_err();
        assert!(matches!(error, DataError::PictureShape { .. }), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes_give_a_picture_or_an_error(
        start in prop_oneof![
            Just(Vec::new()),
            Just(jpeg(6)),
            Just(png([3, 3], 8, 3, &[(b"PLTE", &[1; 9])], &[0, 0, 1, 2, 0, 2, 1, 0, 1, 1, 1, 1])),
        ],
        keep in 0.0..=1.0,
        change in proptest::option::of((0.0..1.0, any::<u8>())),
        more in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut file = start[..(start.len() as f64 * keep) as usize].to_vec();
        if let (Some((at, value)), len @ 1..) = (change, file.len()) {
            file[(len as f64 * at) as usize] = value;
        }
        file.extend(more);
        let limits = DecodeLimits { max_pixels: 10_000, ..DecodeLimits::default() };
        if let Ok(picture) = open("any", &file, limits) {
            prop_assert!(picture.height() * picture.width() <= 10_000);
        }
    }
}

//! What can be chosen about reading pictures, and their formats.

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, GrayImage, ImageFormat, RgbImage, RgbaImage};
use striate_core::PixelOrder;
use striate_data::{Alpha, Animation, DataError, DecodeLimits, Decoding, Depth, Image, Picture};

use crate::support::{png, tree};

fn open(file: &[u8], decoding: Decoding) -> Result<Image, DataError> {
    let folder = tree(&[("picture", file)]);
    Image::open(&folder.path().join("picture"), decoding)
}

#[track_caller]
fn check(file: &[u8], decoding: Decoding, channels: usize, pixels: &[u8]) {
    let picture = open(file, decoding).unwrap().to_u8();
    assert_eq!((picture.channels(), picture.pixels()), (channels, pixels));
}

fn encoded(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image.into().write_to(&mut file, format).unwrap();
    file.into_inner()
}

fn gif(frames: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let frames = frames.iter().map(|&gray| Frame::new(RgbaImage::from_pixel(3, 2, [gray, gray, gray, 255].into())));
    GifEncoder::new(&mut file).encode_frames(frames).unwrap();
    file
}

/// An animated PNG of one gray pixel (<https://www.w3.org/TR/png-3/#apng-frame-based-animation>).
fn animated_png() -> Vec<u8> {
    let control = [0, 0, 0, 1, 0, 0, 0, 0];
    let frame = [&[0; 4][..], &[0, 0, 0, 1, 0, 0, 0, 1], &[0; 8], &[0, 1, 0, 10, 0, 0]].concat();
    png([1, 1], 8, 0, &[(b"acTL", &control), (b"fcTL", &frame)], &[0, 77])
}

/// An animated WebP of 1x1 px (<https://developers.google.com/speed/webp/docs/riff_container>).
fn animated_webp(grays: &[u8]) -> Vec<u8> {
    let chunk = |name: &[u8; 4], content: &[u8]| {
        let padding = vec![0; content.len() % 2];
        [name, &(content.len() as u32).to_le_bytes()[..], content, &padding].concat()
    };
    let mut body = [&b"WEBP"[..], &chunk(b"VP8X", &[2, 0, 0, 0, 0, 0, 0, 0, 0, 0]), &chunk(b"ANIM", &[0; 6])].concat();
    for &gray in grays {
        let still = encoded(RgbImage::from_pixel(1, 1, [gray; 3].into()), ImageFormat::WebP);
        body.extend(chunk(b"ANMF", &[&[0; 12][..], &[10, 0, 0, 2], &still[12..]].concat()));
    }
    chunk(b"RIFF", &body)
}

#[test]
fn gif_bmp_tiff_and_webp_are_read() {
    let image = RgbImage::from_raw(2, 2, vec![255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7]).unwrap();
    for format in [ImageFormat::Bmp, ImageFormat::Tiff, ImageFormat::WebP, ImageFormat::Png] {
        check(&encoded(image.clone(), format), Decoding::default(), 3, &image);
    }
    let gray = GrayImage::from_raw(2, 1, vec![3, 200]).unwrap();
    check(&encoded(gray.clone(), ImageFormat::Tiff), Decoding::default(), 1, &gray);
    check(&gif(&[70]), Decoding::default(), 3, &[70; 18]);
}

#[test]
fn channels_and_their_order_can_be_chosen() {
    let red = png([1, 2], 8, 2, &[], &[0, 255, 0, 0, 1, 2, 3]);
    let channels = |order| Decoding { channels: Some(order), ..Decoding::default() };
    check(&red, channels(PixelOrder::Rgb), 3, &[255, 0, 0, 1, 2, 3]);
    check(&red, channels(PixelOrder::Bgr), 3, &[0, 0, 255, 3, 2, 1]);
    check(&red, channels(PixelOrder::Gray), 1, &[76, 2]);
    let gray = png([1, 2], 8, 0, &[], &[0, 5, 6]);
    check(&gray, channels(PixelOrder::Bgr), 3, &[5, 5, 5, 6, 6, 6]);
}

#[test]
fn transparency_is_dropped_or_laid_over_a_color() {
    let over = Decoding { alpha: Alpha::Over([100, 0, 255]), ..Decoding::default() };
    let color = png([1, 3], 8, 6, &[], &[0, 10, 20, 30, 255, 10, 20, 30, 0, 200, 100, 55, 51]);
    check(&color, Decoding::default(), 3, &[10, 20, 30, 10, 20, 30, 200, 100, 55]);
    // 0.2 of (200, 100, 55) and 0.8 of (100, 0, 255).
    check(&color, over, 3, &[10, 20, 30, 100, 0, 255, 120, 20, 215]);
    let gray = png([1, 2], 8, 4, &[], &[0, 10, 0, 10, 255]);
    // Luma of (100, 0, 255).
    check(&gray, over, 1, &[59, 10]);
    let words = png([1, 1], 16, 6, &[], &[0, 0, 0, 0, 0, 0, 0, 0x80, 0]);
    let full = Decoding { depth: Depth::Full, alpha: Alpha::Over([255; 3]), ..Decoding::default() };
    let Image::F32(picture) = open(&words, full).unwrap() else { panic!("whole numbers") };
    assert!(picture.pixels().iter().all(|value| (value - 32767.0 / 65535.0).abs() < 1e-6), "{picture:?}");
}

#[test]
fn values_of_16_bits_keep_them_if_that_is_wanted() {
    let gray = png([1, 3], 16, 0, &[], &[0, 0x80, 0xff, 0, 1, 0xff, 0xff]);
    check(&gray, Decoding::default(), 1, &[0x80, 0, 255]);
    let full = Decoding { depth: Depth::Full, ..Decoding::default() };
    let expected = Picture::new(1, 3, 1, vec![33023.0 / 65535.0, 1.0 / 65535.0, 1.0]).unwrap();
    assert_eq!(open(&gray, full).unwrap(), Image::F32(expected));
    assert!(matches!(open(&png([1, 1], 8, 0, &[], &[0, 1]), full), Ok(Image::U8(_))));
    let numbers = image::Rgb32FImage::from_raw(1, 1, vec![0.0, 0.5, 3.0]).unwrap();
    let tiff = encoded(numbers, ImageFormat::Tiff);
    assert_eq!(open(&tiff, full).unwrap(), Image::F32(Picture::new(1, 1, 3, vec![0.0, 0.5, 3.0]).unwrap()));
    check(&tiff, Decoding::default(), 3, &[0, 127, 255]);
}

#[test]
fn the_first_frame_is_taken_or_pictures_that_move_are_refused() {
    let refuse = Decoding { animation: Animation::Refuse, ..Decoding::default() };
    for (moving, channels, first) in
        [(gif(&[70, 80]), 3, vec![70; 18]), (animated_png(), 1, vec![77]), (animated_webp(&[9, 10]), 3, vec![9; 3])]
    {
        check(&moving, Decoding::default(), channels, &first);
        let error = open(&moving, refuse).unwrap_err();
        assert!(matches!(&error, DataError::Animated { path } if path.ends_with("picture")), "{error}");
    }
    check(&gif(&[70]), refuse, 3, &[70; 18]);
}

#[test]
fn the_exif_orientation_can_be_left_alone() {
    let mut exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x02".to_vec();
    exif.extend([0; 7]);
    let flipped = png([1, 2], 8, 0, &[(b"eXIf", &exif)], &[0, 1, 2]);
    check(&flipped, Decoding::default(), 1, &[2, 1]);
    check(&flipped, Decoding { orientation: false, ..Decoding::default() }, 1, &[1, 2]);
    for orientation in [0, 9, 255] {
        exif[18] = orientation;
        check(&png([1, 2], 8, 0, &[(b"eXIf", &exif)], &[0, 1, 2]), Decoding::default(), 1, &[1, 2]);
    }
}

#[test]
fn every_format_is_held_against_the_limits() {
    let image = RgbImage::from_pixel(10, 10, [1, 2, 3].into());
    let limits = |max_pixels| Decoding::from(DecodeLimits { max_pixels, ..DecodeLimits::default() });
    for format in
        [ImageFormat::Bmp, ImageFormat::Gif, ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Tiff, ImageFormat::WebP]
    {
        let file = encoded(image.clone(), format);
        assert!(open(&file, limits(100)).is_ok(), "{format:?}");
        let error = open(&file, limits(99)).unwrap_err();
        assert!(matches!(error, DataError::TooManyPixels { height: 10, width: 10, max_pixels: 99, .. }), "{error}");
    }
}

/// Red, 8x8 px in CMYK with Adobe's marker, as Pillow 13.0 writes `Image.new("CMYK", (8, 8), (0, 255, 255, 0))` with
/// quality 95.
#[rustfmt::skip]
const CMYK: &[u8] = &[
    255, 216, 255, 238, 0, 14, 65, 100, 111, 98, 101, 0, 100, 0, 0, 0, 0, 0, 255, 219,
    0, 67, 0, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 2, 2, 2, 2, 2, 4, 3,
    2, 2, 2, 2, 5, 4, 4, 3, 4, 6, 5, 6, 6, 6, 5, 6, 6, 6, 7, 9,
    8, 6, 7, 9, 7, 6, 6, 8, 11, 8, 9, 10, 10, 10, 10, 10, 6, 8, 11, 12,
    11, 10, 12, 9, 10, 10, 10, 255, 192, 0, 20, 8, 0, 8, 0, 8, 4, 67, 17, 0,
    77, 17, 0, 89, 17, 0, 75, 17, 0, 255, 196, 0, 31, 0, 0, 1, 5, 1, 1, 1,
    1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    10, 11, 255, 196, 0, 181, 16, 0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0,
    0, 1, 125, 1, 2, 3, 0, 4, 17, 5, 18, 33, 49, 65, 6, 19, 81, 97, 7, 34,
    113, 20, 50, 129, 145, 161, 8, 35, 66, 177, 193, 21, 82, 209, 240, 36, 51, 98, 114, 130,
    9, 10, 22, 23, 24, 25, 26, 37, 38, 39, 40, 41, 42, 52, 53, 54, 55, 56, 57, 58,
    67, 68, 69, 70, 71, 72, 73, 74, 83, 84, 85, 86, 87, 88, 89, 90, 99, 100, 101, 102,
    103, 104, 105, 106, 115, 116, 117, 118, 119, 120, 121, 122, 131, 132, 133, 134, 135, 136, 137, 138,
    146, 147, 148, 149, 150, 151, 152, 153, 154, 162, 163, 164, 165, 166, 167, 168, 169, 170, 178, 179,
    180, 181, 182, 183, 184, 185, 186, 194, 195, 196, 197, 198, 199, 200, 201, 202, 210, 211, 212, 213,
    214, 215, 216, 217, 218, 225, 226, 227, 228, 229, 230, 231, 232, 233, 234, 241, 242, 243, 244, 245,
    246, 247, 248, 249, 250, 255, 218, 0, 14, 4, 67, 0, 77, 0, 89, 0, 75, 0, 0, 63,
    0, 253, 252, 175, 231, 254, 191, 159, 250, 253, 252, 175, 255, 217,
];

#[test]
fn cmyk_becomes_rgb() {
    let picture = open(CMYK, Decoding::default()).unwrap().to_u8();
    assert_eq!((picture.size(), picture.channels()), ([8, 8], 3));
    // Pillow's `convert("RGB")` gives (255, 0, 0).
    let near = |pixel: &[u8]| pixel[0] > 250 && pixel[1] < 5 && pixel[2] < 5;
    assert!(picture.pixels().chunks(3).all(near), "{:?}", &picture.pixels()[..6]);
}

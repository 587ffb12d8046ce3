//! Broken pictures and masks.

use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, ImageFormat, RgbImage};
use striate_data::{Animation, DataError, DecodeLimits, Decoding, Image, Pairs, PairsConfig, Picture};

use super::{Case, read_all};
use crate::support::{palette_png, png, small_png};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = cut();
    cases.extend(no_pictures());
    cases.extend(headers());
    cases.extend(masks());
    cases
}

/// 40x30 px of a pattern that doesn't compress to nothing.
fn encoded(format: ImageFormat) -> Vec<u8> {
    let image =
        RgbImage::from_fn(40, 30, |x, y| [(x * 37 % 256) as u8, (y * 91 % 256) as u8, (x * y % 251) as u8].into());
    let mut file = Cursor::new(Vec::new());
    DynamicImage::from(image).write_to(&mut file, format).unwrap();
    file.into_inner()
}

const FORMATS: [ImageFormat; 6] =
    [ImageFormat::Bmp, ImageFormat::Gif, ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Tiff, ImageFormat::WebP];

fn open(path: &Path) -> Result<(), DataError> {
    Picture::open(&path.join("it"), DecodeLimits::default()).map(|_| ())
}

fn picture(name: impl Into<String>, file: &[u8], says: &str) -> Case {
    Case::new(name, &[("it", file)], open, "it", says)
}

/// Each format, cut short in many places.
fn cut() -> Vec<Case> {
    let mut cases = Vec::new();
    for format in FORMATS {
        let file = encoded(format);
        for tenth in 1..=9 {
            let name = format!("{format:?} cut after {tenth} tenths");
            cases.push(picture(name, &file[..file.len() * tenth / 10], "cannot decode picture"));
        }
        let name = format!("{format:?} with nothing but its first bytes");
        let magic = if format == ImageFormat::Bmp { 2 } else { 12 };
        cases.push(picture(name, &file[..magic], "cannot decode picture"));
    }
    cases
}

fn no_pictures() -> Vec<Case> {
    let neither = "is neither PNG, JPEG, GIF, WebP, BMP nor TIFF";
    let mut cases = vec![
        picture("an empty file", b"", neither),
        picture("a text", b"a text", neither),
        picture("a web page", b"<!DOCTYPE html><html>404</html>", neither),
        picture("a zero byte", &[0], neither),
        picture("zero bytes", &[0; 4096], neither),
        picture("a PDF", b"%PDF-1.7\n", neither),
        picture("a zip", b"PK\x03\x04", neither),
        picture("gzip", &[0x1f, 0x8b, 8, 0], neither),
        picture("half a PNG signature", b"\x89PNG", neither),
        picture("a PNG after a text transfer", b"\x89PNG\n\x1a\n", neither),
        picture("a portable map", b"P6 1 1 255 abc", neither),
        picture("HEIF", b"\0\0\0\x18ftypheic", neither),
        picture("a RIFF that is sound", b"RIFF\x24\0\0\0WAVEfmt ", neither),
        Case::new("a file that isn't there", &[], open, "it", "cannot read"),
        Case::new("a folder", &[("it/x", b"")], open, "it", "cannot read"),
    ];
    let small = DecodeLimits { max_file_bytes: 50, ..DecodeLimits::default() };
    let limited = move |folder: &Path| Picture::open(&folder.join("it"), small).map(|_| ());
    cases.push(Case::new("a file over the limit", &[("it", &small_png())], limited, "it", "has more than 50 bytes"));
    #[cfg(unix)]
    {
        let device = |_: &Path| {
            let limits = DecodeLimits { max_file_bytes: 1 << 20, ..DecodeLimits::default() };
            Picture::open(Path::new("/dev/zero"), limits).map(|_| ())
        };
        cases.push(Case::new("a device without end", &[], device, "/dev/zero", "has more than 1048576 bytes"));
        let name = |folder: &Path| {
            use std::os::unix::ffi::OsStrExt;
            Picture::open(&folder.join(std::ffi::OsStr::from_bytes(b"\xff\xfe.png")), DecodeLimits::default())
                .map(|_| ())
        };
        cases.push(Case::new("a name that isn't Unicode", &[], name, "\\xFF\\xFE.png", "cannot read"));
        let links = |folder: &Path| {
            std::os::unix::fs::symlink(folder.join("it"), folder.join("it")).unwrap();
            open(folder)
        };
        cases.push(Case::new("a link to itself", &[], links, "it", "cannot read"));
    }
    let zero = |folder: &Path| Picture::open(&folder.join("a\0b"), DecodeLimits::default()).map(|_| ());
    cases.push(Case::new("a name with a zero byte", &[], zero, "a\\0b", "cannot read"));
    cases
}

/// A file with other bytes from a place on.
fn patched(format: ImageFormat, at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut file = encoded(format);
    file[at..at + bytes.len()].copy_from_slice(bytes);
    file
}

fn headers() -> Vec<Case> {
    let too_many = "more than 100000000 in all";
    let decode = "cannot decode picture";
    let damaged = |place: fn(usize) -> usize| {
        let mut file = encoded(ImageFormat::Png);
        let at = place(file.len());
        file[at] ^= 0xff;
        file
    };
    let bomb = png([50_000, 50_000], 8, 2, &[], &vec![0; 1 << 20]);
    let jpeg_size = |height: u16, width: u16| {
        let mut file = encoded(ImageFormat::Jpeg);
        let at = file.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap() + 5;
        file[at..at + 4].copy_from_slice(&[height.to_be_bytes(), width.to_be_bytes()].concat());
        file
    };
    let gif_size = [0xff; 4];
    let mut cases = vec![
        picture("a PNG of 2^31 px a side", &png([1 << 31; 2], 8, 0, &[], &[0]), too_many),
        picture("a PNG of 2^32-1 px a side", &png([u32::MAX; 2], 8, 6, &[], &[0]), too_many),
        picture("a PNG of zeros that unfold", &bomb, too_many),
        picture("a PNG without columns", &png([1, 0], 8, 0, &[], &[0]), decode),
        picture("a PNG without rows", &png([0, 1], 8, 0, &[], &[0]), decode),
        picture("a PNG of 3 bits", &png([1, 1], 3, 0, &[], &[0, 0]), decode),
        picture("a PNG of color type 5", &png([1, 1], 8, 5, &[], &[0, 0]), decode),
        picture("a PNG of 16-bit palette", &png([1, 1], 16, 3, &[(b"PLTE", &[0; 3])], &[0, 0, 0]), decode),
        picture("a PNG without palette", &png([1, 1], 8, 3, &[], &[0, 0]), decode),
        picture("a PNG with filter 9", &png([1, 1], 8, 0, &[], &[9, 0]), decode),
        picture("a PNG with too few rows", &png([9, 9], 8, 0, &[], &[0; 20]), decode),
        picture("a PNG with a wrong header sum", &damaged(|_| 30), decode),
        picture("a PNG with damaged data", &damaged(|len| len / 2), decode),
        picture("a PNG whose header is no header", &patched(ImageFormat::Png, 12, b"IDAT"), decode),
        picture("a PNG with a chunk of 4 GB", &patched(ImageFormat::Png, 33, &[0xff; 4]), decode),
        picture("a JPEG of 65535x65535 px", &jpeg_size(65535, 65535), too_many),
        picture("a JPEG of 20000x20000 px", &jpeg_size(20000, 20000), too_many),
        picture("a JPEG without columns", &jpeg_size(10, 0), decode),
        picture("a JPEG with an end and nothing else", &[0xff, 0xd8, 0xff, 0xd9], decode),
        picture("a JPEG with a segment longer than itself", &[0xff, 0xd8, 0xff, 0xe0, 0xff, 0xff, 0], decode),
        picture("a JPEG with a segment of length 0", &[0xff, 0xd8, 0xff, 0xe0, 0, 0, 0xff, 0xd9], decode),
        picture("a GIF of 65535x65535 px", &patched(ImageFormat::Gif, 6, &gif_size), too_many),
        picture("a GIF without frames", b"GIF89a\x01\0\x01\0\0\0\0;", decode),
        picture(
            "a BMP of 2^31-1 px a side",
            &patched(ImageFormat::Bmp, 18, &[255, 255, 255, 127, 255, 255, 255, 127]),
            decode,
        ),
        picture("a BMP of -2^31 columns", &patched(ImageFormat::Bmp, 18, &[0, 0, 0, 128]), decode),
        picture("a BMP of 7 bits", &patched(ImageFormat::Bmp, 28, &[7]), decode),
        picture("a BMP of compression 99", &patched(ImageFormat::Bmp, 30, &[99]), decode),
        picture("a BMP with a header of 3 bytes", &patched(ImageFormat::Bmp, 14, &[3]), decode),
        picture("a WebP with another chunk", &patched(ImageFormat::WebP, 12, b"ABCD"), decode),
        picture("a WebP of 16384x16384 px", &patched(ImageFormat::WebP, 21, &[255, 255, 255, 15]), decode),
        picture("a TIFF whose directory is outside", b"II*\0\xff\xff\xff\x7f", decode),
        picture("a TIFF whose directory is itself", b"II*\0\x04\0\0\0", decode),
        picture("a TIFF with an empty directory", b"II*\0\x08\0\0\0\0\0\0\0\0\0", decode),
        picture("a TIFF with 65535 entries", b"II*\0\x08\0\0\0\xff\xff", decode),
        picture("a TIFF of 2^32-1 px a side", &tiff(u32::MAX, u32::MAX), too_many),
        picture("a TIFF without data", &tiff(1, 1), decode),
    ];
    let refuse = |folder: &Path| {
        let decoding = Decoding { animation: Animation::Refuse, ..Decoding::default() };
        Image::open(&folder.join("it"), decoding).map(|_| ())
    };
    let control = [0, 0, 0, 1, 0, 0, 0, 0];
    let frame = [&[0; 4][..], &[0, 0, 0, 1, 0, 0, 0, 1], &[0; 8], &[0, 1, 0, 10, 0, 0]].concat();
    let moving = png([1, 1], 8, 0, &[(b"acTL", &control), (b"fcTL", &frame)], &[0, 77]);
    cases.push(Case::new("an animated PNG that is refused", &[("it", &moving)], refuse, "it", "is animated"));
    // A PNG whose EXIF directory leads to itself, or whose entries never end, is a picture all the same.
    for (name, exif) in [
        ("an EXIF directory that is itself", &b"II*\0\x04\0\0\0"[..]),
        ("EXIF entries without end", b"II*\0\x08\0\0\0\xff\xff\x12\x01\x03\0\x01\0\0\0\x09"),
        ("EXIF that begins outside", b"MM\0*\xff\xff\xff\xff"),
        ("EXIF that is empty", b""),
    ] {
        let whole = png([1, 1], 8, 0, &[(b"eXIf", exif)], &[0, 77]);
        let file = whole[..whole.len() - 20].to_vec();
        let read = move |folder: &Path| {
            std::fs::write(folder.join("whole"), &whole).unwrap();
            assert_eq!(Picture::open(&folder.join("whole"), DecodeLimits::default())?.pixels(), [77]);
            open(folder)
        };
        cases.push(Case::new(name, &[("it", &file)], read, "it", decode));
    }
    cases
}

/// A gray TIFF of these sides in one strip that isn't there.
fn tiff(height: u32, width: u32) -> Vec<u8> {
    let entries = [
        (256_u16, 4_u16, width),
        (257, 4, height),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 0x7fff_0000),
        (277, 3, 1),
        (278, 4, height),
        (279, 4, 1),
    ];
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    file.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, value) in entries {
        file.extend([&tag.to_le_bytes()[..], &kind.to_le_bytes(), &1_u32.to_le_bytes(), &value.to_le_bytes()].concat());
    }
    file.extend([0; 4]);
    file
}

fn masks() -> Vec<Case> {
    let pair = |name: &str, mask: &[u8], says: &str| {
        let read = |folder: &Path| read_all(Pairs::open(&folder.join("i"), &folder.join("m"), PairsConfig::default()));
        Case::new(name, &[("i/a.png", &small_png()), ("m/a.png", mask)], read, "m/a.png", says)
    };
    let rgb = png([4, 4], 8, 2, &[], &[0; 52]);
    let alpha = png([4, 4], 8, 4, &[], &[0; 36]);
    let whole = palette_png([4, 4], &[0; 16]);
    let wide = png([4, 4], 16, 0, &[], &[0, 1, 0, 1, 0, 1, 0, 1, 0].repeat(4));
    let read = |folder: &Path| read_all(Pairs::open(&folder.join("i"), &folder.join("m"), PairsConfig::default()));
    vec![
        pair("a mask in color", &rgb, "the mask has colors"),
        pair("a mask with alpha", &alpha, "the mask has colors"),
        pair("a mask as JPEG", &encoded(ImageFormat::Jpeg), "the mask is a JPEG"),
        pair("a mask as BMP in color", &encoded(ImageFormat::Bmp), "the mask has colors"),
        pair("a mask of another size", &palette_png([4, 3], &[0; 12]), "the mask is 4x3 px, its picture 4x4"),
        pair("a mask turned", &palette_png([2, 8], &[0; 16]), "the mask is 2x8 px, its picture 4x4"),
        pair("a mask of 16 bits over 255", &wide, "the mask has 256 in row 0, column 0"),
        pair("a mask that is a text", b"0 0 0 0", "is neither PNG"),
        pair("a mask that is empty", b"", "is neither PNG"),
        pair("a mask cut short", &whole[..whole.len() - 25], "cannot decode picture"),
        pair("a mask with damaged data", &damage(&whole, whole.len() - 20), "cannot decode picture"),
        pair("a mask of 10^9 px", &png([1 << 15, 1 << 15], 8, 0, &[], &[0]), "more than 100000000 in all"),
        pair("a mask of 2^64 px", &png([u32::MAX, u32::MAX], 8, 3, &[], &[0]), "more than 100000000 in all"),
        pair("a mask without rows", &png([0, 4], 8, 0, &[], &[0]), "cannot decode picture"),
        Case::new("masks without pictures", &[("i/x.txt", b""), ("m/a.png", &whole)], read, "i", "has no picture file"),
        Case::new("pictures without masks", &[("i/a.png", &whole)], read, "m", "cannot read"),
    ]
}

fn damage(file: &[u8], at: usize) -> Vec<u8> {
    let mut file = file.to_vec();
    file[at] ^= 0x55;
    file
}

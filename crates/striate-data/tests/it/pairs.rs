//! Pictures and masks in two folders.

use striate_core::ClassNames;
use striate_data::{DataError, Dataset, MaskKind, Pairs, PairsConfig};
use tempfile::TempDir;

use crate::support::{chain, palette_png, png, small_png, tree};

fn open(folder: &TempDir, config: PairsConfig) -> Result<Pairs, DataError> {
    Pairs::open(&folder.path().join("images"), &folder.path().join("masks"), config)
}

/// One picture of 4x4 px and its mask.
fn folder(mask: &[u8]) -> TempDir {
    tree(&[("images/deep/一.png", &small_png()), ("masks/deep/一.png", mask)])
}

const NUMBERS: [u8; 16] = [0, 1, 2, 3, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 1];

/// Gray of 4x4 px with this many bits; each row has the same bytes.
fn gray(bits: u8, row: &[u8]) -> Vec<u8> {
    png([4, 4], bits, 0, &[], &[&[0][..], row].concat().repeat(4))
}

#[test]
fn classes_are_a_palettes_places_or_stored_grays() {
    let config =
        || PairsConfig { void: Some(255), class_names: Some(ClassNames::numbered(4)), ..PairsConfig::default() };
    let data = open(&folder(&palette_png([4, 4], &NUMBERS)), config()).unwrap();
    assert_eq!((data.len(), data.class_names().len()), (1, 4));
    let sample = data.get(0);
    // The folder is gone by now.
    assert!(matches!(sample, Err(DataError::Read { .. })));

    for (mask, row) in [
        (gray(8, &[0, 1, 3, 2]), [0, 1, 3, 2]),
        (gray(4, &[0x01, 0x32]), [0, 1, 3, 2]),
        (gray(2, &[0b00_01_11_10]), [0, 1, 3, 2]),
        (gray(1, &[0b0110_0000]), [0, 1, 1, 0]),
        (gray(16, &[0, 0, 0, 1, 0, 3, 0, 2]), [0, 1, 3, 2]),
    ] {
        let folder = folder(&mask);
        let mask = open(&folder, config()).unwrap().get(0).unwrap().mask.unwrap();
        assert_eq!(mask.pixels(), row.repeat(4));
    }
    let folder = folder(&palette_png([4, 4], &NUMBERS));
    assert_eq!(open(&folder, config()).unwrap().get(0).unwrap().mask.unwrap().pixels(), NUMBERS);
    let without_void = PairsConfig { void: None, ..config() };
    let error = chain(&open(&folder, without_void).unwrap().get(0).unwrap_err());
    assert!(error.ends_with("the mask has 255 in row 2, column 0, there are 4 classes"), "{error}");
    let unknown = open(&folder, PairsConfig::default()).unwrap();
    assert_eq!(unknown.get(0).unwrap().mask.unwrap().pixels(), NUMBERS);
}

#[test]
fn masks_can_be_black_and_white_or_number_things() {
    let config = |kind| PairsConfig { kind, ..PairsConfig::default() };
    let black_and_white = folder(&gray(8, &[0, 255, 255, 0]));
    let sample = open(&black_and_white, config(MaskKind::Binary)).unwrap().get(0).unwrap();
    assert_eq!(sample.mask.unwrap().pixels(), [0, 1, 1, 0].repeat(4));
    let things = folder(&gray(16, &[0, 0, 0x01, 0x00, 0xff, 0xff, 0, 7]));
    let sample = open(&things, config(MaskKind::Instances)).unwrap().get(0).unwrap();
    let instances = sample.instances.unwrap();
    assert_eq!((instances.numbers(), instances.highest()), (&[0, 256, 65535, 7].repeat(4)[..], 65535));
    assert_eq!((sample.mask, instances.only(7).pixels()), (None, &[0, 0, 0, 1].repeat(4)[..]));
    let error = chain(&open(&things, PairsConfig::default()).unwrap().get(0).unwrap_err());
    assert!(error.ends_with("the mask has 256 in row 0, column 1, there are 256 classes"), "{error}");
}

#[test]
fn a_mask_of_16_bits_can_be_a_tiff() {
    use image::ImageEncoder;
    use image::codecs::tiff::TiffEncoder;

    let numbers = (0..16).map(|number| number * 1000).collect::<Vec<u16>>();
    let mut file = std::io::Cursor::new(Vec::new());
    let bytes = numbers.iter().flat_map(|number| number.to_ne_bytes()).collect::<Vec<_>>();
    TiffEncoder::new(&mut file).write_image(&bytes, 4, 4, image::ExtendedColorType::L16).unwrap();
    let folder = tree(&[("images/a.png", &small_png()), ("masks/a.tif", file.get_ref())]);
    let config = PairsConfig { kind: MaskKind::Instances, ..PairsConfig::default() };
    assert_eq!(open(&folder, config).unwrap().get(0).unwrap().instances.unwrap().numbers(), numbers);
}

#[test]
fn a_suffix_tells_masks_from_pictures() {
    let mask = gray(8, &[0; 4]);
    let folder = tree(&[
        ("all/a.png", &small_png()),
        ("all/a_mask.png", &mask),
        ("all/b.png", &small_png()),
        ("all/b_mask.tif", &mask),
    ]);
    let all = folder.path().join("all");
    let config = PairsConfig { mask_suffix: "_mask".into(), ..PairsConfig::default() };
    let data = Pairs::open(&all, &all, config).unwrap();
    assert_eq!((data.len(), data.paths(1)), (2, Some((&*all.join("b.png"), &*all.join("b_mask.tif")))));
    assert!(data.get(1).unwrap().mask.is_some(), "the content says what a file is");
}

#[test]
fn files_without_partner_are_named() {
    let mask = gray(8, &[0; 4]);
    let missing = tree(&[("images/a.png", &small_png()), ("images/b.png", &small_png()), ("masks/a.png", &mask)]);
    let error = chain(&open(&missing, PairsConfig::default()).unwrap_err());
    assert!(error.contains("b.png") && error.contains("there is no mask of the same name"), "{error}");
    let more = tree(&[("images/a.png", &small_png()), ("masks/a.png", &mask), ("masks/b.png", &mask)]);
    let error = chain(&open(&more, PairsConfig::default()).unwrap_err());
    assert!(error.contains("b.png") && error.contains("there is no picture of the same name"), "{error}");
    let twice = tree(&[("images/a.png", &small_png()), ("images/a.jpg", &mask), ("masks/a.png", &mask)]);
    let error = chain(&open(&twice, PairsConfig::default()).unwrap_err());
    assert!(error.contains("has the same name but for the ending"), "{error}");
}

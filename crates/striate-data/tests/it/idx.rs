//! Reading IDX files.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use proptest::prelude::*;
use striate_core::ClassNames;
use striate_data::{DataError, Dataset, Idx, Part};

use crate::support::gzip;

fn idx(axes: &[u32], values: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, 8, axes.len() as u8];
    axes.iter().for_each(|axis| file.extend(axis.to_be_bytes()));
    file.extend(values);
    file
}

/// Two pictures of 1x3 px.
fn images() -> Vec<u8> {
    idx(&[2, 1, 3], &[1, 2, 3, 4, 5, 6])
}

fn labels() -> Vec<u8> {
    idx(&[2], &[4, 0])
}

/// Reads a broken file of images, and the same one compressed, and gives the error.
#[track_caller]
fn broken(images: &[u8]) -> DataError {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("images.gz");
    let error = |content: &[u8]| {
        fs::write(&path, content).unwrap();
        Idx::open(&path, None).unwrap_err()
    };
    let (plain, compressed) = (error(images), error(&gzip(images)));
    assert_eq!(plain.to_string(), compressed.to_string());
    assert!(plain.to_string().contains(path.to_str().unwrap()), "{plain}");
    plain
}

#[test]
fn samples_have_their_pixels_and_labels() {
    for (images, labels) in [(images(), labels()), (gzip(&images()), gzip(&labels()))] {
        let data = Idx::from_bytes(&images, Some(&labels)).unwrap();
        assert_eq!(data.len(), 2);
        let sample = data.get(1).unwrap();
        assert_eq!((sample.image.height(), sample.image.width(), sample.image.channels()), (1, 3, 1));
        assert_eq!(sample.image.to_u8().pixels(), [4, 5, 6]);
        assert_eq!((data.get(0).unwrap().label, sample.label, data.label(0)), (Some(4), Some(0), Some(4)));
        assert_eq!(data.class_names(), &ClassNames::numbered(5));
        assert!(matches!(data.get(2), Err(DataError::IndexOutOfRange { index: 2, len: 2 })));
        assert_eq!(data.label(2), None);
    }
}

#[test]
fn images_alone_are_unlabelled() {
    let data = Idx::from_bytes(&images(), None).unwrap();
    assert_eq!((data.get(0).unwrap().label, data.label(0), data.class_names().len()), (None, None, 0));
}

#[test]
fn class_names_can_be_given_for_every_label() {
    let data = || Idx::from_bytes(&images(), Some(&labels())).unwrap();
    let named = data().with_class_names(ClassNames::new(["a", "b", "c", "d", "e", "f"])).unwrap();
    assert_eq!(named.class_names().get(5), Some("f"));
    let error = data().with_class_names(ClassNames::numbered(4)).unwrap_err();
    assert!(matches!(error, DataError::LabelOutOfRange { index: 0, label: 4, num_classes: 4 }), "{error}");
}

#[test]
fn a_file_that_is_not_idx_is_named() {
    let mut file = images();
    file[1] = 1;
    let error = broken(&file);
    assert!(matches!(error, DataError::IdxMagic { found: [0, 1], .. }), "{error}");
    let error = broken(b"<html>not found</html>");
    assert!(matches!(error, DataError::IdxMagic { .. }), "{error}");
}

#[test]
fn another_type_than_unsigned_bytes_is_refused() {
    let mut file = images();
    file[2] = 0x0d;
    let error = broken(&file);
    assert!(matches!(error, DataError::IdxType { found: 0x0d, .. }), "{error}");
}

#[test]
fn labels_given_as_images_are_refused() {
    let error = broken(&labels());
    assert!(matches!(error, DataError::IdxAxes { found: 1, expected: 3, .. }), "{error}");
    let error = Idx::from_bytes(&images(), Some(&images())).unwrap_err();
    assert!(matches!(&error, DataError::IdxAxes { path, found: 3, expected: 1 } if path == Path::new("labels")));
}

#[test]
fn a_file_that_ends_early_is_refused() {
    let file = images();
    for len in (0..16).filter(|len| *len != 0) {
        let error = broken(&file[..len]);
        let found = len as u64;
        assert!(matches!(error, DataError::IdxTooShort { claimed: 16, found: of, .. } if of == found), "{error}");
    }
    let error = broken(&file[..20]);
    assert!(matches!(error, DataError::IdxTooShort { claimed: 22, found: 20, .. }), "{error}");
}

#[test]
fn a_header_that_claims_more_than_memory_is_refused() {
    // More than any address space and more than any memory: to allocate that would abort the test.
    for axes in [[u32::MAX; 3], [u32::MAX, u32::MAX / 4, 1]] {
        let error = broken(&idx(&axes, &[0; 100]));
        let expected = 16 + axes.into_iter().map(u128::from).product::<u128>();
        assert!(matches!(error, DataError::IdxTooShort { claimed, found: 116, .. } if claimed == expected), "{error}");
    }
}

#[test]
fn data_after_the_end_is_refused() {
    let mut file = images();
    file.push(0);
    let error = broken(&file);
    assert!(matches!(error, DataError::IdxTooLong { claimed: 22, .. }), "{error}");

    // Ten megabytes of zeros that the header does not claim are not decompressed to the end: what follows them is no
    // gzip, and that would be another error.
    let mut bomb = gzip(&[images(), vec![0; 10_000_000]].concat());
    bomb.extend(b"no gzip");
    let error = Idx::from_bytes(&bomb, None).unwrap_err();
    assert!(matches!(error, DataError::IdxTooLong { .. }), "{error}");
}

#[test]
fn an_axis_of_length_zero_is_named() {
    for (axes, expected) in [([0, 1, 1], "count"), ([1, 0, 1], "height"), ([1, 1, 0], "width")] {
        let error = broken(&idx(&axes, &[]));
        assert!(matches!(error, DataError::IdxEmptyAxis { axis, .. } if axis == expected), "{error}");
    }
}

#[test]
fn damaged_gzip_is_refused() {
    let whole = gzip(&images());
    for len in 2..whole.len() {
        match Idx::from_bytes(&whole[..len], None).unwrap_err() {
            DataError::Gzip { source, .. } => assert_eq!(source.kind(), ErrorKind::UnexpectedEof, "{len}: {source}"),
            error => panic!("{len}: {error}"),
        }
    }
    let mut changed = whole.clone();
    // The checksum.
    changed[whole.len() - 8] ^= 1;
    let trailing = [&whole[..], b"more"].concat();
    for file in [changed, trailing] {
        let error = Idx::from_bytes(&file, None).unwrap_err();
        assert!(matches!(&error, DataError::Gzip { path, .. } if path == Path::new("images")), "{error}");
    }
}

#[test]
fn as_many_labels_as_images_are_needed() {
    let error = Idx::from_bytes(&images(), Some(&idx(&[3], &[0, 1, 2]))).unwrap_err();
    assert!(matches!(error, DataError::LabelCount { num_images: 2, num_labels: 3, .. }), "{error}");
}

#[test]
fn a_folder_has_both_parts_compressed_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(path.join("train-images-idx3-ubyte"), images()).unwrap();
    fs::write(path.join("train-labels-idx1-ubyte.gz"), gzip(&labels())).unwrap();
    // Compressed without the ending, and the ending without compression.
    fs::write(path.join("t10k-images-idx3-ubyte"), gzip(&idx(&[1, 1, 1], &[9]))).unwrap();
    let train = Idx::open_dir(path, Part::Train).unwrap();
    assert_eq!((train.len(), train.label(0)), (2, Some(4)));

    let error = Idx::open_dir(path, Part::Test).unwrap_err();
    assert!(matches!(error, DataError::IdxFileMissing { name: "t10k-labels-idx1-ubyte", .. }), "{error}");
    fs::write(path.join("t10k-labels-idx1-ubyte.gz"), idx(&[1], &[3])).unwrap();
    let test = Idx::open_dir(path, Part::Test).unwrap();
    assert_eq!((test.len(), test.label(0)), (1, Some(3)));
}

#[test]
fn a_file_that_cannot_be_opened_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let images_path = folder.path().join("images");
    let missing = folder.path().join("missing");
    fs::write(&images_path, images()).unwrap();
    for (images, labels) in [(&missing, None), (&images_path, Some(missing.as_path()))] {
        let error = Idx::open(images, labels).unwrap_err();
        assert!(matches!(&error, DataError::Read { path, .. } if *path == missing), "{error}");
    }
}

#[test]
fn the_fingerprint_follows_pixels_labels_shape_and_names() {
    let of = |images: &[u8], labels: Option<&[u8]>| Idx::from_bytes(images, labels).unwrap().fingerprint();
    let base = of(&images(), Some(&labels()));
    assert_eq!(base, of(&gzip(&images()), Some(&gzip(&labels()))));
    assert_eq!(base.len(), 64);
    let renamed = Idx::from_bytes(&images(), Some(&labels())).unwrap();
    assert_eq!(renamed.fingerprint(), base);
    let others = [
        of(&idx(&[2, 1, 3], &[1, 2, 3, 4, 5, 7]), Some(&labels())),
        of(&idx(&[2, 3, 1], &[1, 2, 3, 4, 5, 6]), Some(&labels())),
        of(&images(), Some(&idx(&[2], &[4, 1]))),
        of(&images(), None),
        renamed.with_class_names(ClassNames::new(["a", "b", "c", "d", "e"])).unwrap().fingerprint(),
    ];
    assert!(others.iter().all(|other| *other != base));
}

proptest! {
    #[test]
    fn any_bytes_give_data_or_an_error(
        header in proptest::collection::vec(0u8..9, 0..8),
        bytes in proptest::collection::vec(any::<u8>(), 0..64),
        compressed in any::<bool>(),
    ) {
        let file = [header, bytes].concat();
        let file = if compressed { gzip(&file) } else { file };
        let _ = Idx::from_bytes(&images(), Some(&file));
        if let Ok(data) = Idx::from_bytes(&file, None) {
            prop_assert!(data.get(data.len() - 1).is_ok());
        }
    }
}

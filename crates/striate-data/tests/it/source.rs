//! Data by name.

use striate_core::ClassNames;
use striate_data::{DataError, Mode, Source};

use crate::support::{gray_png, palette_png, small_png, tree};

#[test]
fn names_are_parsed_and_written() {
    for (name, kind) in [
        ("idx:a", "idx"),
        ("cifar10:a/b", "cifar10"),
        ("cifar100:/a", "cifar100"),
        ("folder:C:\\photos", "folder"),
        ("csv:a.csv", "csv"),
        ("voc:VOC2012", "voc"),
        ("coco:images,a.json", "coco"),
        ("pairs:a,b", "pairs"),
        #[cfg(feature = "digits")]
        ("digits", "digits"),
    ] {
        let source = name.parse::<Source>().unwrap();
        assert_eq!((source.kind(), source.to_string().as_str()), (kind, name));
    }
    for name in ["", "idx", "idx:", "coco:images", "coco:,a.json", "pairs:a,", "digits:", "cifar10", "photos", ":a"] {
        let error = name.parse::<Source>().unwrap_err();
        assert!(matches!(error, DataError::UnknownSource { .. }), "{error}");
        assert!(error.to_string().contains("known: digits, idx:DIR"), "{error}");
    }
    let error = "cfar10:a".parse::<Source>().unwrap_err().to_string();
    assert!(error.contains("did you mean \"cifar10\"?"), "{error}");
}

#[track_caller]
fn open(source: &str, mode: Mode) -> Vec<Option<usize>> {
    let data = source.parse::<Source>().unwrap().open(mode, None).unwrap();
    assert!(data.get(0).is_ok());
    (0..data.len()).map(|index| data.label(index)).collect()
}

#[track_caller]
fn check_modes(source: &str, expected: &[Mode]) {
    assert_eq!(source.parse::<Source>().unwrap().modes().unwrap(), expected);
}

#[test]
fn folders_and_pairs_are_divided_by_folders() {
    let png = gray_png(0);
    let folder = tree(&[("train/a/1.png", &png), ("train/b/1.png", &png), ("val/b/1.png", &png)]);
    let source = format!("folder:{}", folder.path().display());
    check_modes(&source, &[Mode::Train, Mode::Validation]);
    assert_eq!(open(&source, Mode::Train), [Some(0), Some(1)]);
    let parsed = source.parse::<Source>().unwrap();
    let classes = ClassNames::new(["a", "b"]);
    assert_eq!(parsed.open(Mode::Validation, Some(&classes)).unwrap().label(0), Some(1));
    let error = parsed.open(Mode::Test, None).map(|_| ()).unwrap_err().to_string();
    assert!(error.ends_with("has no test part; it has train, val"), "{error}");
    check_modes(&format!("folder:{}/train", folder.path().display()), &[Mode::Train]);

    let mask = palette_png([4, 4], &[255; 16]);
    let folder = tree(&[("i/train/1.png", &small_png()), ("m/train/1.png", &mask)]);
    let source = format!("pairs:{0}/i,{0}/m", folder.path().display());
    check_modes(&source, &[Mode::Train]);
    assert_eq!(open(&source, Mode::Train), [None]);
}

#[test]
fn csv_files_are_divided_by_a_column() {
    let csv = b"path,label,split\na.png,x,train\nb.png,y,validation\na.png,y,train\n";
    let folder = tree(&[("data.csv", csv), ("a.png", &gray_png(0)), ("b.png", &gray_png(1))]);
    let source = format!("csv:{}/data.csv", folder.path().display());
    check_modes(&source, &[Mode::Train, Mode::Validation]);
    assert_eq!(open(&source, Mode::Train), [Some(0), Some(1)]);
    assert_eq!(open(&source, Mode::Validation), [Some(0)]);
    let whole = tree(&[("data.csv", b"path,label\na.png,x\n"), ("a.png", &gray_png(0))]);
    let source = format!("csv:{}/data.csv", whole.path().display());
    check_modes(&source, &[Mode::Train]);
    assert_eq!(open(&source, Mode::Train), [Some(0)]);
}

#[test]
fn voc_and_coco_are_divided_by_lists_and_names() {
    let xml = b"<annotation/>";
    let folder = tree(&[
        ("JPEGImages/1.png", &small_png()),
        ("JPEGImages/2.png", &small_png()),
        ("Annotations/1.xml", xml),
        ("Annotations/2.xml", xml),
        ("ImageSets/Main/train.txt", b"1"),
        ("ImageSets/Main/val.txt", b"2\n1"),
    ]);
    let source = format!("voc:{}", folder.path().display());
    check_modes(&source, &[Mode::Train, Mode::Validation]);
    assert_eq!((open(&source, Mode::Train).len(), open(&source, Mode::Validation).len()), (1, 2));

    let json = br#"{"images": [{"id": 1, "file_name": "1.png", "height": 4, "width": 4}], "categories": [], "annotations": []}"#;
    let folder = tree(&[("train2017/1.png", &small_png()), ("a/train.json", json), ("a/test.json", json)]);
    let source = format!("coco:{0}/{{split}}2017,{0}/a/{{split}}.json", folder.path().display());
    check_modes(&source, &[Mode::Train, Mode::Test]);
    assert_eq!(open(&source, Mode::Train), [None]);
    check_modes(&format!("coco:{0}/train2017,{0}/a/test.json", folder.path().display()), &[Mode::Train]);
}

#[cfg(feature = "digits")]
#[test]
fn digits_are_there() {
    assert_eq!((open("digits", Mode::Train).len(), open("digits", Mode::Test).len()), (8000, 2000));
}

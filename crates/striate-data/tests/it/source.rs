//! Data by name.

use striate_core::ClassNames;
use striate_data::{DataError, Dataset, Mode, Purpose, Source};

use crate::support::{chain, gray_png, palette_png, small_png, tree};

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
        ("pairs:a,b,binary", "pairs"),
        ("pairs:a,b,c,instances", "pairs"),
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

#[track_caller]
fn open_for(source: &str, purpose: Purpose, mode: Mode) -> Result<std::sync::Arc<dyn Dataset>, DataError> {
    source.parse::<Source>().unwrap().open_for(purpose, mode, None)
}

#[test]
fn purposes_have_names_and_data_without_what_they_need_is_refused() {
    for purpose in [Purpose::Any, Purpose::Detection, Purpose::Segmentation] {
        assert_eq!(purpose.to_string().parse::<Purpose>().unwrap(), purpose);
    }
    assert!("segment".parse::<Purpose>().unwrap_err().to_string().contains("\"segment\" is neither"));
    for (source, purpose, known) in [
        ("folder:a", Purpose::Detection, "voc and coco"),
        ("pairs:a,b", Purpose::Detection, "voc and coco"),
        ("csv:a", Purpose::Segmentation, "voc, coco and pairs"),
        ("pairs:a,b,instances", Purpose::Segmentation, "masks of classes"),
    ] {
        let error = open_for(source, purpose, Mode::Train).map(|_| ()).unwrap_err().to_string();
        assert_eq!(error, format!("{source} is no data for {purpose}; {known} can be"));
    }
}

#[test]
fn voc_is_segmented_by_lists_of_its_own_and_classes_begin_with_the_background() {
    let object =
        "<object><name>dog</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></object>";
    let xml = format!("<annotation>{object}</annotation>");
    let mask = palette_png([4, 4], &[0, 12, 20, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let folder = tree(&[
        ("JPEGImages/1.png", &small_png()),
        ("JPEGImages/2.png", &small_png()),
        ("Annotations/1.xml", xml.as_bytes()),
        ("Annotations/2.xml", xml.as_bytes()),
        ("ImageSets/Main/train.txt", b"1"),
        ("ImageSets/Segmentation/train.txt", b"2"),
        ("ImageSets/Segmentation/val.txt", b"2"),
        ("SegmentationClass/2.png", &mask),
    ]);
    let source = format!("voc:{}", folder.path().display());
    check_modes(&source, &[Mode::Train]);
    let parsed = source.parse::<Source>().unwrap();
    assert_eq!(parsed.modes_for(Purpose::Segmentation).unwrap(), [Mode::Train, Mode::Validation]);
    let data = open_for(&source, Purpose::Segmentation, Mode::Train).unwrap();
    let names = data.class_names();
    assert_eq!((names.len(), names.get(0), names.get(12)), (21, Some("background"), Some("dog")));
    let sample = data.get(0).unwrap();
    assert_eq!(sample.mask.unwrap().pixels()[..4], [0, 12, 20, 255]);
    assert_eq!((sample.boxes.unwrap().items[0].label, sample.labels), (Some(12), Some(vec![12])));
    let validation = parsed.open_for(Purpose::Segmentation, Mode::Validation, Some(names)).unwrap();
    assert_eq!((validation.class_names(), validation.get(0).unwrap().labels), (names, Some(vec![12])));

    let detection = open_for(&source, Purpose::Detection, Mode::Train).unwrap();
    let sample = detection.get(0).unwrap();
    assert_eq!(
        (detection.class_names().len(), sample.mask, sample.boxes.unwrap().items[0].label),
        (20, None, Some(11))
    );
    assert_ne!(detection.fingerprint(), data.fingerprint());
}

#[test]
fn coco_has_masks_for_segmentation() {
    let json = br#"{"images": [{"id": 1, "file_name": "1.png", "height": 4, "width": 4}],
        "categories": [{"id": 3, "name": "cat"}], "annotations": [{"id": 1, "image_id": 1, "category_id": 3,
        "bbox": [0, 0, 2, 4], "segmentation": [[0, 0, 2, 0, 2, 4, 0, 4]], "area": 8, "iscrowd": 0}]}"#;
    let folder = tree(&[("1.png", &small_png()), ("a.json", json)]);
    let source = format!("coco:{0},{0}/a.json", folder.path().display());
    let data = open_for(&source, Purpose::Segmentation, Mode::Train).unwrap();
    assert_eq!(data.class_names(), &ClassNames::new(["background", "cat"]));
    let sample = data.get(0).unwrap();
    assert_eq!(sample.mask.unwrap().pixels(), [1, 1, 0, 0].repeat(4));
    assert_eq!(sample.boxes.unwrap().items[0].label, Some(1));
    let detection = open_for(&source, Purpose::Detection, Mode::Train).unwrap();
    assert_eq!((detection.class_names().len(), detection.get(0).unwrap().mask), (1, None));
}

#[test]
fn pairs_take_their_classes_from_a_file_or_from_the_masks() {
    let mask = |values: [u8; 2]| palette_png([4, 4], &values.repeat(8));
    let folder = tree(&[
        ("i/train/1.png", &small_png()),
        ("i/train/2.png", &small_png()),
        ("i/val/1.png", &small_png()),
        ("m/train/1.png", &mask([0, 2])),
        ("m/train/2.png", &mask([4, 255])),
        ("m/val/1.png", &mask([5, 0])),
    ]);
    let source = format!("pairs:{0}/i,{0}/m", folder.path().display());
    let names =
        |source: &str, mode| Ok::<_, DataError>(open_for(source, Purpose::Segmentation, mode)?.class_names().clone());
    assert_eq!(names(&source, Mode::Train).unwrap(), ClassNames::numbered(5));
    // A value of the validation part that is no class of the training part.
    let parsed = source.parse::<Source>().unwrap();
    let validation = parsed.open_for(Purpose::Segmentation, Mode::Validation, Some(&ClassNames::numbered(5))).unwrap();
    assert!(chain(&validation.get(0).unwrap_err()).contains("the mask has 5 in row 0, column 0, there are 5 classes"));
    let sky = b"ground\nsky\n\nsea\n";
    std::fs::write(folder.path().join("classes.txt"), sky).unwrap();
    assert_eq!(names(&source, Mode::Train).unwrap(), ClassNames::new(["ground", "sky", "sea"]));
    std::fs::write(folder.path().join("m/classes.txt"), "a\nb\nc\nd\ne").unwrap();
    assert_eq!(names(&source, Mode::Train).unwrap().get(4), Some("e"));

    let black_and_white = tree(&[("i/1.png", &small_png()), ("m/1.png", &mask([0, 255]))]);
    let source = format!("pairs:{0}/i,{0}/m", black_and_white.path().display());
    let error = chain(&names(&source, Mode::Train).unwrap_err());
    assert!(error.contains("write `,binary` after the folders"), "{error}");
    let binary = format!("{source},binary");
    assert_eq!(names(&binary, Mode::Train).unwrap(), ClassNames::new(["background", "foreground"]));
    let sample = open_for(&binary, Purpose::Any, Mode::Train).unwrap().get(0).unwrap();
    assert_eq!(sample.mask.unwrap().pixels(), [0, 1].repeat(8));
    let sample = open_for(&format!("{source},instances"), Purpose::Any, Mode::Train).unwrap().get(0).unwrap();
    assert_eq!((sample.mask, sample.instances.unwrap().highest()), (None, 255));
}

//! Pascal VOC.

use striate_core::ClassNames;
use striate_data::{BoxFlags, Dataset, Voc, VocConfig};
use tempfile::TempDir;

use crate::support::{chain, palette_png, small_png, tree};

fn object(name: &str, [left, top, right, bottom]: [f32; 4], more: &str) -> String {
    format!(
        "<object><name>{name}</name>{more}<bndbox><xmax>{right}</xmax><xmin>{left}</xmin><ymin>{top}</ymin>\
         <ymax>{bottom}</ymax></bndbox></object>"
    )
}

fn annotation(objects: &[String]) -> String {
    format!(
        "<annotation><filename>x.jpg</filename><size><width>4</width><height>4</height><depth>1</depth></size>{}\
         </annotation>",
        objects.concat()
    )
}

/// Three pictures of 4x4 px; the first two have annotations, the first has masks.
fn folder() -> TempDir {
    let part =
        "<part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></part>";
    let first = annotation(&[
        object("person", [1.0, 1.0, 1.0, 1.0], &format!("<difficult>1</difficult><truncated/>{part}")),
        object("dog", [2.0, 1.0, 4.0, 3.0], "<truncated>1</truncated><occluded>0</occluded>"),
        object("person", [1.5, 2.0, 3.0, 4.0], "<difficult>0</difficult>"),
    ]);
    let classes = [0, 0, 15, 255, 0, 12, 12, 12, 0, 0, 0, 0, 0, 0, 0, 0];
    let things = [0, 0, 1, 255, 0, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0];
    tree(&[
        ("JPEGImages/a.png", &small_png()),
        ("JPEGImages/b.png", &small_png()),
        ("JPEGImages/c.png", &small_png()),
        ("Annotations/a.xml", first.as_bytes()),
        ("Annotations/b.xml", annotation(&[]).as_bytes()),
        ("ImageSets/Main/train.txt", b"b\r\na  -1\n\n"),
        ("ImageSets/Main/test.txt", b"c\n"),
        ("ImageSets/Segmentation/train.txt", b"a\n"),
        ("SegmentationClass/a.png", &palette_png([4, 4], &classes)),
        ("SegmentationObject/a.png", &palette_png([4, 4], &things)),
    ])
}

#[test]
fn boxes_count_from_one_and_hold_their_last_pixel() {
    let folder = folder();
    let data = Voc::open(folder.path(), VocConfig::default()).unwrap();
    assert_eq!((data.len(), data.id(0), data.class_names()), (2, Some("a"), &ClassNames::voc()));
    let sample = data.get(0).unwrap();
    let boxes = sample.boxes.unwrap();
    let edges = boxes.edges([4, 4]).collect::<Vec<_>>();
    assert_eq!(edges, [[0.0, 0.0, 1.0, 1.0], [1.0, 0.0, 4.0, 3.0], [0.5, 1.0, 3.0, 4.0]]);
    assert_eq!(boxes.items.iter().map(|item| item.label).collect::<Vec<_>>(), [Some(14), Some(11), Some(14)]);
    let none = BoxFlags::default();
    let flags = [BoxFlags { difficult: true, ..none }, BoxFlags { truncated: true, ..none }, none];
    assert_eq!(boxes.items.iter().map(|item| item.flags).collect::<Vec<_>>(), flags);
    assert_eq!((sample.labels, sample.mask, &sample.meta["id"]), (Some(vec![11, 14]), None, &"a".to_owned()));
    assert_eq!(data.boxes(0).unwrap(), boxes);
    let empty = data.get(1).unwrap();
    assert_eq!((empty.boxes.unwrap().items.len(), empty.labels), (0, Some(vec![])));

    let zero_based = Voc::open(folder.path(), VocConfig { one_based: false, ..VocConfig::default() }).unwrap_err();
    assert!(chain(&zero_based).contains("a.xml\", line 1: the box [1.0, 1.0, 1.0, 1.0]"), "{zero_based}");
}

#[test]
fn a_list_chooses_pictures_and_their_order() {
    let folder = folder();
    let set = |set: &str, annotated| VocConfig { set: Some(set.into()), annotated, ..VocConfig::default() };
    let data = Voc::open(folder.path(), set("train", true)).unwrap();
    assert_eq!((data.id(0), data.id(1), data.id(2)), (Some("b"), Some("a"), None));
    let test = Voc::open(folder.path(), set("test", false)).unwrap();
    assert_eq!((test.id(0), test.get(0).unwrap().boxes, test.boxes(0)), (Some("c"), None, None));
    let error = chain(&Voc::open(folder.path(), set("test", true)).unwrap_err());
    assert!(error.contains("c.xml"), "{error}");
    let error = chain(&Voc::open(folder.path(), set("val", true)).unwrap_err());
    assert!(error.contains("val.txt"), "{error}");
}

#[test]
fn masks_have_places_in_palettes_for_classes_and_things() {
    let folder = folder();
    let config = VocConfig { masks: true, set: Some("train".into()), ..VocConfig::default() };
    let data = Voc::open(folder.path(), config).unwrap();
    let sample = data.get(0).unwrap();
    assert_eq!(sample.mask.unwrap().pixels(), [0, 0, 15, 255, 0, 12, 12, 12, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(sample.instances.unwrap().numbers()[..8], [0, 0, 1, 0, 0, 2, 2, 2]);
    let numbers = sample.boxes.unwrap().items.iter().map(|item| item.instance).collect::<Vec<_>>();
    assert_eq!(numbers, [Some(1), Some(2), Some(3)]);

    // Without a list: all that have a mask. Class 15 is the 15th name, so there must be as many.
    let names = |count| VocConfig {
        masks: true,
        annotated: false,
        class_names: Some(ClassNames::numbered(count)),
        ..VocConfig::default()
    };
    let data = Voc::open(folder.path(), names(15)).unwrap();
    assert_eq!((data.len(), data.get(0).unwrap().boxes), (1, None));
    let error = chain(&Voc::open(folder.path(), names(14)).unwrap().get(0).unwrap_err());
    assert!(
        error.ends_with("SegmentationClass/a.png\": the mask has 15 in row 0, column 2, there are 15 classes"),
        "{error}"
    );
}

#[test]
fn own_classes_are_in_byte_order_or_given() {
    let folder = tree(&[
        ("JPEGImages/a.png", &small_png()),
        ("Annotations/a.xml", annotation(&[object("zebra", [1.0; 4], ""), object("ant", [2.0; 4], "")]).as_bytes()),
    ]);
    let data = Voc::open(folder.path(), VocConfig::default()).unwrap();
    assert_eq!(data.class_names(), &ClassNames::new(["ant", "zebra"]));
    let known = |names: &[&str]| VocConfig {
        class_names: Some(ClassNames::new(names.iter().copied())),
        ..VocConfig::default()
    };
    let given = Voc::open(folder.path(), known(&["zebra", "ant"])).unwrap();
    assert_eq!(given.boxes(0).unwrap().items[0].label, Some(0));
    assert_ne!(given.fingerprint(), data.fingerprint());
    let error = chain(&Voc::open(folder.path(), known(&["zebra", "aunt"])).unwrap_err());
    assert!(error.ends_with("\"ant\" is none of the 2 classes; did you mean \"aunt\"?"), "{error}");
}

//! Broken files of CIFAR, Pascal VOC and COCO.

use std::path::Path;

use serde_json::{Value, json};
use striate_data::{Cifar, CifarLabels, Coco, CocoConfig, Part, Voc, VocConfig};

use super::{Case, read_all};
use crate::support::{palette_png, png, small_png};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = cifar();
    cases.extend(voc());
    cases.extend(coco());
    cases
}

fn cifar() -> Vec<Case> {
    let ten = |name: &str, bytes: &[u8], says: &str| {
        let read = |folder: &Path| read_all(Cifar::cifar10(folder, Part::Test));
        Case::new(name, &[("test_batch.bin", bytes)], read, "test_batch.bin", says)
    };
    let hundred = |name: &str, bytes: &[u8], says: &str| {
        let read = |folder: &Path| read_all(Cifar::cifar100(folder, Part::Train, CifarLabels::Fine));
        Case::new(name, &[("train.bin", bytes)], read, "train.bin", says)
    };
    let records = "are not one or more records of";
    let with_names = Case {
        files: vec![("test_batch.bin".into(), vec![0; 3073]), ("batches.meta.txt".into(), b"\xff\n".to_vec())],
        file: "batches.meta.txt".into(),
        ..ten("CIFAR names that aren't UTF-8", b"", "line 1: the text is not UTF-8")
    };
    let mut high = vec![0; 2 * 3073];
    high[3073] = 10;
    let mut coarse = vec![0; 3074];
    coarse[0] = 20;
    let mut fine = vec![0; 3074];
    fine[1] = 100;
    vec![
        ten("an empty CIFAR file", b"", records),
        ten("a CIFAR file of a byte", b"\0", records),
        ten("a CIFAR record without its last byte", &[0; 3072], records),
        ten("a CIFAR file with a byte more", &[0; 3074], "its 3074 bytes are not one or more records of 3073 bytes"),
        ten("CIFAR-10 label 10", &high, "record 1 has label 10, there are 10"),
        hundred("CIFAR-10 as CIFAR-100", &[0; 3073], "records of 3074 bytes"),
        hundred("CIFAR-100 coarse label 20", &coarse, "record 0 has coarse label 20, there are 20"),
        hundred("CIFAR-100 fine label 100", &fine, "record 0 has fine label 100, there are 100"),
        Case { files: Vec::new(), ..ten("a CIFAR file that isn't there", b"", "cannot read") },
        with_names,
    ]
}

fn voc() -> Vec<Case> {
    let files = |xml: &[u8]| {
        vec![
            ("JPEGImages/a.png".to_owned(), small_png()),
            ("Annotations/a.xml".to_owned(), xml.to_vec()),
            ("ImageSets/Main/train.txt".to_owned(), b"a\n".to_vec()),
        ]
    };
    let xml = |name: &str, xml: &[u8], says: &str| Case {
        files: files(xml),
        ..Case::new(name, &[], |folder| read_all(Voc::open(folder, VocConfig::default())), "Annotations/a.xml", says)
    };
    let object = |name: &str, content: &str, says: &str| {
        let text = format!("<annotation>\n<object>{content}</object>\n</annotation>");
        xml(name, text.as_bytes(), says)
    };
    let bounds = |left: &str, top: &str, right: &str, bottom: &str| {
        format!("<bndbox><xmin>{left}</xmin><ymin>{top}</ymin><xmax>{right}</xmax><ymax>{bottom}</ymax></bndbox>")
    };
    let boxed = |name: &str, numbers: [&str; 4], says: &str| {
        let [left, top, right, bottom] = numbers;
        object(name, &format!("<name>dog</name>{}", bounds(left, top, right, bottom)), says)
    };
    let list = |name: &str, ids: &[u8], file: &str, says: &str| {
        let set = |folder: &Path| {
            let config = VocConfig { set: Some("train".into()), ..VocConfig::default() };
            read_all(Voc::open(folder, config))
        };
        let mut files = files(b"<annotation/>");
        files[2].1 = ids.to_vec();
        Case { files, ..Case::new(name, &[], set, file, says) }
    };
    let masks = |name: &str, class: &[u8], thing: &[u8], file: &str, says: &str| {
        let read = |folder: &Path| read_all(Voc::open(folder, VocConfig { masks: true, ..VocConfig::default() }));
        let (class, thing) = (("SegmentationClass/a.png", class), ("SegmentationObject/a.png", thing));
        Case::new(name, &[("JPEGImages/a.png", &small_png()), class, thing], read, file, says)
    };
    let whole = palette_png([4, 4], &[1; 16]);
    let deep = "<a>".repeat(200_000);
    let bomb = "<!DOCTYPE a [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><annotation>&b;</annotation>";
    let mut cases = vec![
        xml("an empty annotation", b"", "it is no XML that can be read"),
        xml("an annotation that is a text", b"a dog", "it is no XML that can be read"),
        xml("an annotation that isn't closed", b"<annotation><object>", "it is no XML that can be read"),
        xml("an annotation with crossed elements", b"<annotation><a><b></a></b></annotation>", "it is no XML"),
        xml("an annotation that isn't UTF-8", b"<annotation>\n\xe9</annotation>", "line 2: the text is not UTF-8"),
        xml("an annotation with entities", bomb.as_bytes(), "it is no XML that can be read"),
        xml("200,000 elements in each other", deep.as_bytes(), "it is no XML that can be read"),
        xml("another root element", b"<annotations/>", "there is no <annotation>"),
        xml(
            "a size that is a text",
            b"<annotation><size><height>x</height><width>4</width></size></annotation>",
            "<height> is \"x\"",
        ),
        xml(
            "a size below 0",
            b"<annotation><size><height>4</height><width>-4</width></size></annotation>",
            "<size> is \"4x-4\"",
        ),
        xml("a size without width", b"<annotation><size><height>4</height></size></annotation>", "there is no <width>"),
        object("an object without name", &bounds("1", "1", "2", "2"), "line 2: there is no <name>"),
        object(
            "an object with an empty name",
            &format!("<name> </name>{}", bounds("1", "1", "2", "2")),
            "<name> is \"\"",
        ),
        object("an object without box", "<name>dog</name>", "line 2: there is no <bndbox>"),
        object("a box without edge", "<name>dog</name><bndbox><xmin>1</xmin></bndbox>", "there is no <ymin>"),
        boxed("an edge that is a text", ["1", "one", "2", "2"], "<ymin> is \"one\""),
        boxed("an edge that is empty", ["1", "1", "", "2"], "<xmax> is \"\""),
        boxed("an edge that is NaN", ["1", "1", "2", "NaN"], "<ymax> is \"NaN\""),
        boxed("an edge that is infinite", ["1", "1", "inf", "2"], "<xmax> is \"inf\""),
        boxed("a box turned around", ["3", "1", "2", "2"], "line 2: the box [3.0, 1.0, 2.0, 2.0]"),
        boxed("an edge over all numbers", ["1", "1", "1e300", "2"], "the box"),
        object(
            "difficult that is a text",
            &format!("<name>dog</name><difficult>very</difficult>{}", bounds("1", "1", "2", "2")),
            "<difficult> is \"very\"",
        ),
        list(
            "a list that leaves its folder",
            b"../a\n",
            "train.txt",
            "line 1: the path \"../a\" does not stay in its folder",
        ),
        list("a list with an absolute path", b"a\n/etc/passwd\n", "train.txt", "line 2: the path \"/etc/passwd\""),
        list("a list with two dots", b"..\n", "train.txt", "does not stay in its folder"),
        list("a list that isn't UTF-8", b"\xff\n", "train.txt", "line 1: the text is not UTF-8"),
        list("a list of a picture that isn't there", b"a\nb\n", "JPEGImages", "there is no picture \"b\" in it"),
        list("an empty list", b"\n", "", "has no picture file"),
        masks(
            "a class mask in color",
            &png([4, 4], 8, 2, &[], &[0; 52]),
            &whole,
            "SegmentationClass/a.png",
            "the mask has colors",
        ),
        masks(
            "a class mask with class 21",
            &palette_png([4, 4], &[21; 16]),
            &whole,
            "SegmentationClass/a.png",
            "the mask has 21 in row 0, column 0, there are 21 classes",
        ),
        masks(
            "a class mask of another size",
            &palette_png([4, 2], &[1; 8]),
            &whole,
            "SegmentationClass/a.png",
            "the mask is 4x2 px, its picture 4x4",
        ),
        masks("a mask of things that is empty", &whole, b"", "SegmentationObject/a.png", "is neither PNG"),
        masks(
            "a mask of things of another size",
            &whole,
            &palette_png([1, 4], &[1; 4]),
            "SegmentationObject/a.png",
            "the mask is 1x4 px",
        ),
    ];
    let size = "<annotation><size><height>3</height><width>4</width></size></annotation>";
    let other_size =
        xml("a picture of another size", size.as_bytes(), "the picture is 4x4 px, its annotation is for 3x4");
    cases.push(Case { file: "JPEGImages/a.png".into(), ..other_size });
    cases.push(Case {
        files: files(b"").split_off(1),
        file: "JPEGImages".into(),
        ..xml("no pictures at all", b"", "cannot read")
    });
    let mut without = files(b"");
    without.remove(1);
    cases.push(Case { files: without, file: "Annotations".into(), ..xml("no annotations at all", b"", "cannot read") });
    cases
}

/// One picture of 4x4 px with one annotation.
fn document(annotation: Value) -> Value {
    json!({
        "images": [{"id": 1, "file_name": "a.png", "height": 4, "width": 4}],
        "categories": [{"id": 7, "name": "dog", "keypoints": ["nose", "tail"]}],
        "annotations": [annotation],
    })
}

fn coco() -> Vec<Case> {
    let raw = |name: &str, text: &str, says: &str| {
        let read = |folder: &Path| {
            let config = CocoConfig { masks: true, key_points: true, ..CocoConfig::default() };
            read_all(Coco::open(folder, &folder.join("it.json"), config))
        };
        Case::new(name, &[("a.png", &small_png()), ("it.json", text.as_bytes())], read, "it.json", says)
    };
    let annotation = |name: &str, change: Value, says: &str| {
        let mut annotation = json!({"id": 5, "image_id": 1, "category_id": 7, "bbox": [0, 0, 1, 1]});
        let fields = change.as_object().unwrap().clone();
        annotation.as_object_mut().unwrap().extend(fields);
        raw(name, &document(annotation).to_string(), says)
    };
    let image = |name: &str, change: Value, says: &str| {
        let mut document = document(json!({"id": 5, "image_id": 1, "category_id": 7, "bbox": [0, 0, 1, 1]}));
        document["images"][0].as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        raw(name, &document.to_string(), says)
    };
    let mask =
        |name: &str, segmentation: Value, says: &str| annotation(name, json!({"segmentation": segmentation}), says);
    let runs = |size: Value, counts: Value| json!({"size": size, "counts": counts});
    let many = (0..300).map(|id| json!({"id": id, "name": format!("class {id}")})).collect::<Vec<_>>();
    let many = json!({"images": [{"id": 1, "file_name": "a.png", "height": 4, "width": 4}], "categories": many});
    let no_coco = "it is no COCO annotation file";
    let far_away = [[0, 60_000_000], [60_000_000, 0]].concat().repeat(20);
    let mut cases = vec![
        raw("an empty COCO file", "", no_coco),
        raw("a COCO file that is a list", "[]", no_coco),
        raw("a COCO file cut short", "{\"images\": [{\"id\": 1, \"file_n", no_coco),
        raw("a COCO file without images", "{\"annotations\": []}", no_coco),
        raw("a COCO file without a picture", "{\"images\": []}", "there is no sample in it"),
        raw("100,000 lists in each other", &"[".repeat(100_000), no_coco),
        raw("a COCO file with deep passed-over lists", &format!("{{\"info\": {}", "[".repeat(100_000)), no_coco),
        raw("more classes than masks have room for", &many.to_string(), "300 classes are too many for masks"),
        image("an image without name", json!({"file_name": null}), no_coco),
        image("an image id that is a text", json!({"id": "one"}), no_coco),
        image(
            "an image of 10^9 px a side",
            json!({"height": 1_000_000_000, "width": 1_000_000_000}),
            "image 1 has a size of 1000000000x1000000000 px",
        ),
        image("an image of 2^64-1 px", json!({"height": u64::MAX, "width": 2}), "image 1 has a size of"),
        image("an image without rows", json!({"height": 0}), "image 1 has a size of 0x4 px"),
        image("an image with rows below 0", json!({"height": -4}), no_coco),
        image(
            "an image whose path goes up",
            json!({"file_name": "../a.png"}),
            "the path \"../a.png\" does not stay in its folder",
        ),
        image("an image whose path is absolute", json!({"file_name": "/etc/passwd"}), "does not stay in its folder"),
        image("an image with an empty path", json!({"file_name": ""}), "does not stay in its folder"),
        annotation(
            "an annotation of no image",
            json!({"image_id": 2}),
            "annotation 5 has image id 2, which is not there",
        ),
        annotation("an annotation of no category", json!({"category_id": 0}), "annotation 5 has category id 0"),
        annotation("an annotation without image id", json!({"image_id": null}), no_coco),
        annotation(
            "a box of three numbers",
            json!({"bbox": [0, 0, 1]}),
            "the box [0.0, 0.0, 1.0] (x, y, width, height) of annotation 5",
        ),
        annotation("a box of a width below 0", json!({"bbox": [0, 0, -1, 1]}), "of annotation 5 is none"),
        annotation("a box over all numbers", json!({"bbox": [0, 0, 1e308, 1]}), "of annotation 5 is none"),
        annotation("a box of texts", json!({"bbox": ["0", 0, 1, 1]}), no_coco),
        annotation("crowd 2", json!({"iscrowd": 2}), "`iscrowd` of annotation 5"),
        annotation(
            "half a key point",
            json!({"keypoints": [1, 1, 2, 1]}),
            "the 4 numbers of the key points of annotation 5",
        ),
        annotation("a key point too few", json!({"keypoints": [1, 1, 2]}), "of 2 points"),
        annotation(
            "a key point with visibility 3",
            json!({"keypoints": [1, 1, 3, 1, 1, 2]}),
            "annotation 5 are not x, y and 0, 1 or 2",
        ),
        mask(
            "a polygon of two corners",
            json!([[0, 0, 1, 1]]),
            "the mask of annotation 5 can't be read: 4 numbers are no polygon",
        ),
        mask("a polygon with half a corner", json!([[0, 0, 1, 1, 2, 0, 3]]), "7 numbers are no polygon"),
        mask("a polygon that is empty", json!([[]]), "0 numbers are no polygon"),
        mask("a polygon with corners far away", json!([[0, 0, 1e9, 0, 0, 1e9]]), "6 numbers are no polygon"),
        mask("a polygon that takes for ever", json!([far_away]), "80 numbers are no polygon"),
        mask("runs of another picture", runs(json!([4, 5]), json!([20])), "annotation 5 has a size of 4x5 px"),
        mask(
            "runs of 10^9 px a side",
            runs(json!([1_000_000_000, 1_000_000_000]), json!([4])),
            "annotation 5 has a size of 1000000000x",
        ),
        mask(
            "compressed runs of 10^9 px a side",
            runs(json!([1_000_000_000, 1_000_000_000]), json!("0")),
            "annotation 5 has a size of",
        ),
        mask("runs that are too few", runs(json!([4, 4]), json!([3, 4])), "runs of 7 px in all are no mask of 4x4 px"),
        mask(
            "runs that go on",
            runs(json!([4, 4]), json!([4_000_000_000_u32, 4_000_000_000_u32])),
            "runs of 8000000000 px in all",
        ),
        mask("a run below 0", runs(json!([4, 4]), json!([-1, 17])), no_coco),
        mask("a run of 2^32", runs(json!([4, 4]), json!([4_294_967_296_u64])), no_coco),
        mask(
            "compressed runs that go on",
            runs(json!([4, 4]), json!("oooooo0oooooo0")),
            "the mask of annotation 5 can't be read",
        ),
        mask(
            "compressed runs that never end",
            runs(json!([4, 4]), json!("o".repeat(100_000))),
            "character 7 of the compressed mask",
        ),
        mask("compressed runs cut short", runs(json!([4, 4]), json!("4o")), "character 2 of the compressed mask"),
        mask("compressed runs below 0", runs(json!([4, 4]), json!("O")), "character 0 of the compressed mask"),
        mask(
            "compressed runs with other characters",
            runs(json!([4, 4]), json!("4 é")),
            "character 1 of the compressed mask",
        ),
        mask("a mask that is a text", json!("mask"), no_coco),
    ];
    for (name, change, file, says) in [
        ("a picture that isn't there", json!({"file_name": "gone.png"}), "gone.png", "cannot read"),
        ("a picture that is the list", json!({"file_name": "it.json"}), "it.json", "is neither PNG"),
        ("an image of another size", json!({"width": 5}), "a.png", "the picture is 4x4 px, its annotation is for 4x5"),
    ] {
        cases.push(Case { file: file.into(), ..image(name, change, says) });
    }
    let small = |folder: &Path| {
        let config = CocoConfig { max_file_bytes: 10, ..CocoConfig::default() };
        read_all(Coco::open(folder, &folder.join("it.json"), config))
    };
    let over = raw("a COCO file over the limit", "{\"images\": []}", "has more than 10 bytes");
    cases.push(Case { read: Box::new(small), ..over });
    cases
}

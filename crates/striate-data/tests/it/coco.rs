//! COCO.

use proptest::prelude::*;
use serde_json::{Value, json};
use striate_core::ClassNames;
use striate_data::datasets::Rle;
use striate_data::{Coco, CocoConfig, DataError, Dataset, Visibility};
use tempfile::TempDir;

use crate::support::{chain, small_png, tree};

fn folder(document: &Value) -> TempDir {
    let json = document.to_string();
    tree(&[("images/deep/a.png", &small_png()), ("images/b.png", &small_png()), ("annotations.json", json.as_bytes())])
}

fn open(folder: &TempDir, config: CocoConfig) -> Result<Coco, DataError> {
    Coco::open(&folder.path().join("images"), &folder.path().join("annotations.json"), config)
}

/// Two pictures of 4x4 px, categories 90 and 3, and annotations of the first picture.
fn document() -> Value {
    json!({
        "info": {"year": 2020},
        "images": [
            {"id": 70, "file_name": "b.png", "height": 4, "width": 4, "license": 1},
            {"id": 5, "file_name": "deep/a.png", "height": 4, "width": 4},
        ],
        "categories": [
            {"id": 90, "name": "person", "keypoints": ["nose", "eye"], "skeleton": [[1, 2]]},
            {"id": 3, "name": "boat", "supercategory": "vehicle"},
        ],
        "annotations": [
            // The whole upper half.
            {"id": 1, "image_id": 5, "category_id": 90, "bbox": [0, 0, 4, 2], "iscrowd": 0, "area": 8.0,
             "segmentation": [[0, 0, 4, 0, 4, 2, 0, 2]], "keypoints": [1, 1, 2, 0, 0, 0]},
            // The last column, as a crowd.
            {"id": 2, "image_id": 5, "category_id": 90, "bbox": [3, 0, 1, 4], "iscrowd": 1,
             "segmentation": {"size": [4, 4], "counts": [12, 4]}},
            // The second column's upper three pixels.
            {"id": 9, "image_id": 5, "category_id": 3, "bbox": [1, 0, 1.5, 3.25], "iscrowd": false,
             "segmentation": {"size": [4, 4], "counts": "439"}},
        ],
    })
}

#[test]
fn sparse_ids_become_numbers_and_boxes_edges() {
    let folder = folder(&document());
    let data = open(&folder, CocoConfig::default()).unwrap();
    assert_eq!((data.len(), data.class_names()), (2, &ClassNames::new(["boat", "person"])));
    assert_eq!(data.get(0).unwrap().boxes.unwrap().items.len(), 0);
    let sample = data.get(1).unwrap();
    assert_eq!((sample.meta["id"].as_str(), sample.meta["file"].as_str()), ("5", "deep/a.png"));
    assert_eq!((sample.labels, sample.mask, sample.key_points.len()), (Some(vec![0, 1]), None, 0));
    let boxes = sample.boxes.unwrap();
    let edges = boxes.edges([4, 4]).collect::<Vec<_>>();
    assert_eq!(edges, [[0.0, 0.0, 4.0, 2.0], [3.0, 0.0, 4.0, 4.0], [1.0, 0.0, 2.5, 3.25]]);
    let labels = boxes.items.iter().map(|item| (item.label, item.flags.crowd)).collect::<Vec<_>>();
    assert_eq!(labels, [(Some(1), false), (Some(1), true), (Some(0), false)]);
    assert!(boxes.items.iter().all(|item| item.instance.is_none()));

    let known = Some(ClassNames::new(["person", "tree", "boat"]));
    let data = open(&folder, CocoConfig { crowds: false, class_names: known, ..CocoConfig::default() }).unwrap();
    let labels = data.get(1).unwrap().boxes.unwrap().items.iter().map(|item| item.label).collect::<Vec<_>>();
    assert_eq!(labels, [Some(0), Some(2)]);
}

#[test]
fn masks_are_filled_with_the_smaller_thing_in_front_and_crowds_void() {
    let folder = folder(&document());
    let data = open(&folder, CocoConfig { masks: true, ..CocoConfig::default() }).unwrap();
    let sample = data.get(1).unwrap();
    #[rustfmt::skip]
    assert_eq!(sample.mask.unwrap().pixels(), [
        2, 1, 2, 2,
        2, 1, 2, 2,
        0, 1, 0, 255,
        0, 0, 0, 255,
    ]);
    #[rustfmt::skip]
    assert_eq!(sample.instances.unwrap().numbers(), [
        1, 2, 1, 1,
        1, 2, 1, 1,
        0, 2, 0, 0,
        0, 0, 0, 0,
    ]);
    let numbers = sample.boxes.unwrap().items.iter().map(|item| item.instance).collect::<Vec<_>>();
    assert_eq!(numbers, [Some(1), None, Some(2)]);
    let masks = data.masks(1).unwrap();
    assert_eq!(masks.iter().map(|(class, mask)| (*class, mask.area())).collect::<Vec<_>>(), [(1, 8), (0, 3)]);
    assert_eq!(data.get(0).unwrap().mask.unwrap().pixels(), [0; 16]);
}

#[test]
fn key_points_lie_in_the_middle_of_their_pixels() {
    let folder = folder(&document());
    let data = open(&folder, CocoConfig { key_points: true, ..CocoConfig::default() }).unwrap();
    let points = data.get(1).unwrap().key_points;
    assert_eq!((points.len(), points[0].x, points[0].y, points[0].visibility), (2, 1.5, 1.5, Visibility::Visible));
    assert_eq!(points[1].visibility, Visibility::Unlabelled);
    assert_eq!(data.key_point_names(1).unwrap(), ["nose", "eye"]);
    assert_eq!(data.key_point_names(0), None);
}

#[test]
fn a_file_to_test_on_has_no_annotations() {
    let mut document = document();
    document.as_object_mut().unwrap().remove("annotations");
    let folder = folder(&document);
    let data = open(&folder, CocoConfig { masks: true, ..CocoConfig::default() }).unwrap();
    let sample = data.get(0).unwrap();
    assert_eq!((sample.boxes, sample.labels, sample.mask), (None, None, None));
}

#[test]
fn ids_that_lead_nowhere_are_named() {
    let broken = |change: fn(&mut Value), says: &str| {
        let mut document = document();
        change(&mut document);
        let error = chain(&open(&folder(&document), CocoConfig::default()).unwrap_err());
        assert!(error.contains("annotations.json") && error.ends_with(says), "{error}");
    };
    broken(|it| it["annotations"][2]["image_id"] = json!(6), "annotation 9 has image id 6, which is not there");
    broken(|it| it["annotations"][0]["category_id"] = json!(1), "annotation 1 has category id 1, which is not there");
    broken(|it| it["annotations"][0]["id"] = json!(9), "annotation id 9 is there twice");
    broken(|it| it["images"][0]["id"] = json!(5), "image id 5 is there twice");
    broken(|it| it["categories"][0]["id"] = json!(3), "category id 3 is there twice");
}

/// Polygons, in pictures of this height and width, with what `pycocotools.mask.frPyObjects` 2.0.11 makes of them and
/// their area.
const POLYGONS: [([u32; 2], &[f64], &str, u64); 12] = [
    ([10, 12], &[1.0, 1.0, 8.0, 2.0, 6.5, 8.3], r#";191O1O2O0O1OLZ1"#, 24),
    ([10, 12], &[2.0, 2.0, 2.0, 7.0, 9.0, 7.0, 9.0, 2.0], r#"f05500000000000l0"#, 35),
    ([9, 7], &[-3.0, -2.0, 12.5, 4.0, 3.2, 14.0], r#"072;OF00001O"#, 56),
    ([6, 6], &[0.0, 0.0, 6.0, 0.0, 6.0, 6.0, 0.0, 6.0], r#"0T1"#, 36),
    ([8, 8], &[1.2, 1.2, 1.2, 1.2, 1.2, 1.2], r#"P2"#, 0),
    ([5, 9], &[0.5, 0.5, 8.5, 0.5, 0.5, 4.5, 8.5, 4.5], r#"911010O001020M010O10201"#, 16),
    (
        [20, 39],
        &[13.13, 24.59, 25.66, -1.79, -4.35, 36.04, 7.71, 6.48],
        r#"k11a02M3N2N2M32N3L4K31M2N1N2O1OO1N101O1O001O1O1Oj8"#,
        131,
    ),
    (
        [35, 39],
        &[
            21.93, 14.46, 37.19, 6.36, 2.43, 40.37, 14.11, -4.26, 33.08, 2.81, 41.92, -2.9, 33.22, 35.35, 8.2, 24.14,
            40.09, 13.99,
        ],
        r#"\53m03L4L4L3NIBN;5FJ7:JD3`0M_O2b00\O1d0O[O2e0N[O2e0N[O2d0N]O2c0M_O2a0M@3?MC2=MD3<LF39MH32M43LMG092OOGO;3LOHO=1K0G0>0J48LG0I0`00F0K0`00DOM0`00C0N0>1DNO194HK004:3FI=8CDa0:5"#,
        788,
    ),
    (
        [32, 30],
        &[28.64, 13.67, 34.29, 31.91, -0.91, 0.71, 4.11, 35.55, 13.32, 21.32, 7.64, 16.3, 11.21, 9.74, 19.57, 19.54],
        r#"28i06J6J6I10O1O1M3@G6;GH6c0NHKH2;NE0=Oa60hI2O0O2N2O1N2N2O11O_O"#,
        290,
    ),
    (
        [26, 6],
        &[
            5.07, 16.81, 20.04, 20.15, 6.75, 14.5, 15.59, -1.25, 18.6, 17.79, 30.57, 4.62, -0.52, 12.35, 18.0, 12.41,
            7.39, -2.6,
        ],
        r#"i21i0000XO38"#,
        7,
    ),
    ([14, 6], &[5.25, 4.96, -2.15, 9.52, 13.28, 4.07, 9.07, 8.22, 17.13, 1.7], r#"81<010O1O010K"#, 9),
    ([20, 7], &[-4.78, -1.76, 11.07, 23.47, 24.14, 3.75, 2.9, 15.69, 24.4, 5.19], r#"06>2N2N101N1O2M"#, 75),
];

#[test]
fn polygons_are_filled_as_pycocotools_does() {
    for (size, corners, text, area) in POLYGONS {
        let filled = Rle::from_polygon(size, corners).unwrap();
        assert_eq!(filled, Rle::from_text(size, text).unwrap(), "{corners:?}");
        assert_eq!(filled.area(), area, "{corners:?}");
        let ones = filled.to_mask().pixels().iter().map(|&pixel| u64::from(pixel)).sum::<u64>();
        assert_eq!(ones, area);
    }
}

#[test]
fn several_polygons_are_one_mask() {
    let mut document = document();
    document["annotations"][0]["segmentation"] =
        json!([[0, 0, 2, 0, 2, 2, 0, 2], [1, 1, 4, 1, 4, 4, 1, 4], [0, 3, 1, 3, 1, 4, 0, 4]]);
    let folder = folder(&document);
    let data = open(&folder, CocoConfig { masks: true, ..CocoConfig::default() }).unwrap();
    let (_, mask) = &data.masks(1).unwrap()[0];
    #[rustfmt::skip]
    assert_eq!(mask.to_mask().pixels(), [
        1, 1, 0, 0,
        1, 1, 1, 1,
        0, 1, 1, 1,
        1, 1, 1, 1,
    ]);
}

#[test]
fn runs_that_do_not_fill_a_mask_are_refused() {
    for (size, text, says) in [
        ([4, 4], "43", "runs of 7 px in all are no mask of 4x4 px"),
        ([4, 4], "43a", "character 3 of the compressed mask can't be there"),
        ([4, 4], "4 3", "character 1 of the compressed mask can't be there"),
        ([4, 4], "oooooooooooo", "character 7 of the compressed mask can't be there"),
        ([4, 4], "O", "character 0 of the compressed mask can't be there"),
        ([0, 4], "", "runs of 0 px in all are no mask of 0x4 px"),
        ([u32::MAX; 2], "4", "runs of 4 px in all are no mask of 4294967295x4294967295 px"),
    ] {
        assert_eq!(Rle::from_text(size, text).unwrap_err().to_string(), says);
    }
    assert!(Rle::from_counts([2, 2], vec![u32::MAX, u32::MAX]).is_err());
    assert!(Rle::from_counts([2, 2], vec![4, 1]).is_err());
    assert!(Rle::from_counts([2, 2], vec![0, 4]).is_ok());
}

proptest! {
    #[test]
    fn any_text_gives_a_mask_or_an_error(text in "[0-~]{0,40}", height in 0_u32..40, width in 0_u32..40) {
        if let Ok(mask) = Rle::from_text([height, width], &text) {
            prop_assert_eq!(mask.counts().iter().sum::<u32>(), height * width);
            prop_assert_eq!(mask.to_mask().size(), [height as usize, width as usize]);
        }
    }

    #[test]
    fn any_polygon_fills_its_picture_or_is_an_error(
        corners in proptest::collection::vec(-1e3..1e3_f64, 0..16),
        size in [1_u32..50, 1_u32..50],
    ) {
        if let Ok(mask) = Rle::from_polygon(size, &corners) {
            prop_assert_eq!(mask.counts().iter().sum::<u32>(), size[0] * size[1]);
            prop_assert!(mask.area() <= u64::from(size[0] * size[1]));
        }
    }
}

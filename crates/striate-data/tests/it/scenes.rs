//! Scenes of real small pictures, in memory and as files.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use striate_core::{ClassNames, Stream, Streams};
use striate_data::datasets::Rle;
use striate_data::{
    Coco, CocoConfig, DataError, Dataset, InMemory, Picture, Sample, SceneConfig, Scenes, Texture, write_coco,
};

/// Bars, rings and a square, light on dark, with a dark border around them.
fn things() -> Arc<dyn Dataset> {
    let draw = |class: usize, inside: fn(i64, i64) -> bool| {
        let px = (0..20 * 20).map(|at| if inside(at / 20 - 10, at % 20 - 10) { 230 } else { 0 }).collect();
        Sample::new(Picture::new(20, 20, 1, px).unwrap()).with_label(class)
    };
    let samples = vec![
        draw(0, |row, column| row.abs() < 8 && column.abs() < 2),
        draw(1, |row, column| (16..50).contains(&(row * row + column * column))),
        draw(2, |row, column| row.abs() < 6 && column.abs() < 6),
    ];
    Arc::new(InMemory::new(samples, ClassNames::new(["bar", "ring", "square"])).unwrap())
}

fn scenes(config: SceneConfig) -> Scenes {
    Scenes::new(things(), config).unwrap()
}

/// A sample's boxes, masks and labels say the same.
fn check(sample: &Sample, config: &SceneConfig) {
    let [height, width] = config.size;
    assert_eq!(sample.image.size(), config.size);
    assert_eq!(sample.image.channels(), if config.color { 3 } else { 1 });
    let (boxes, instances, mask) =
        (sample.boxes.as_ref().unwrap(), sample.instances.as_ref().unwrap(), sample.mask.as_ref().unwrap());
    assert!((1..=config.objects[1]).contains(&boxes.items.len()));
    assert_eq!(usize::from(instances.highest()), boxes.items.len());
    let mut classes = BTreeSet::new();
    for (number, item) in (1..).zip(&boxes.items) {
        assert_eq!(item.instance, Some(number));
        let class = item.label.unwrap();
        classes.insert(class);
        let [left, top, right, bottom] = item.numbers.map(|edge| edge as usize);
        assert!(left < right && right <= width && top < bottom && bottom <= height);
        let places = (0..height * width).filter(|&place| instances.numbers()[place] == number);
        let (mut rows, mut columns) = (BTreeSet::new(), BTreeSet::new());
        for place in places {
            rows.insert(place / width);
            columns.insert(place % width);
            assert_eq!(usize::from(mask.pixels()[place]), class + 1);
        }
        let ends = |set: BTreeSet<usize>| (*set.first().unwrap(), set.last().unwrap() + 1);
        assert_eq!((ends(columns), ends(rows)), ((left, right), (top, bottom)));
    }
    let ground = instances.numbers().iter().zip(mask.pixels()).all(|(number, class)| (*number == 0) == (*class == 0));
    assert!(ground);
    assert_eq!(sample.labels, Some(classes.into_iter().collect()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn boxes_masks_and_labels_agree(
        (height, width) in (16_usize..90, 16_usize..90),
        (least, more) in (1_usize..4, 0_usize..5),
        (low, high) in (0.05_f32..0.5, 0.0_f32..0.5),
        max_hidden in 0.0_f32..0.9,
        (color, solid) in any::<(bool, bool)>(),
        texture in 0..4_usize,
        seed in any::<u64>(),
    ) {
        let config = SceneConfig {
            count: 3, size: [height, width], objects: [least, least + more], scale: [low, low + high], max_hidden, color,
            solid, textures: vec![Texture::ALL[texture]], seed,
        };
        let scenes = scenes(config.clone());
        for index in 0..3 {
            let sample = scenes.get(index).unwrap();
            check(&sample, &config);
            prop_assert_eq!(scenes.get(index).unwrap(), sample, "the same whenever it is asked for");
        }
    }

    #[test]
    fn runs_of_a_mask_survive_their_text(
        (height, width) in (1_usize..40, 1_usize..40), seed in any::<u64>(), shift in 0..9_u32,
    ) {
        let mut stream: Stream = Streams::new(seed).open("mask");
        // From single px to long runs.
        let px = (0..height * width).scan(0_u8, |last, _| {
            if stream.below(1 << shift) == 0 { *last ^= 1; }
            Some(*last)
        });
        let mask = Picture::new(height, width, 1, px.collect()).unwrap();
        let runs = Rle::from_mask(&mask).unwrap();
        prop_assert_eq!(&runs.to_mask(), &mask);
        let size = [height as u32, width as u32];
        prop_assert_eq!(Rle::from_text(size, &runs.to_text()).unwrap(), runs.clone());
        prop_assert_eq!(Rle::from_counts(size, runs.counts().to_vec()).unwrap(), runs);
    }
}

#[test]
fn text_of_runs_is_pycocotools() {
    // pycocotools.mask.encode(np.asfortranarray(mask)) of 9x9 px with a square of 4x4 px at (2, 3), and of px 0 alone.
    let square: Vec<u8> =
        (0..81).map(|at| u8::from((2..6).contains(&(at / 9)) && (3..7).contains(&(at % 9)))).collect();
    let runs = Rle::from_mask(&Picture::new(9, 9, 1, square).unwrap()).unwrap();
    assert_eq!(runs.counts(), [29, 4, 5, 4, 5, 4, 5, 4, 21]);
    assert_eq!(runs.to_text(), "m04500000`0");
    assert_eq!(Rle::from_text([9, 9], "m04500000`0").unwrap(), runs);
    let first = Rle::from_mask(&Picture::new(1, 3, 1, vec![1, 0, 0]).unwrap()).unwrap();
    assert_eq!(first.counts(), [0, 1, 2]);
}

#[test]
fn hidden_parts_are_as_small_as_was_asked() {
    let crowded =
        SceneConfig { count: 30, size: [48, 48], objects: [8, 8], scale: [0.3, 0.5], ..SceneConfig::default() };
    let apart = scenes(SceneConfig { max_hidden: 0.0, ..crowded.clone() });
    let over = scenes(SceneConfig { max_hidden: 0.6, ..crowded });
    let occluded = |scenes: &Scenes| {
        let each = (0..30).flat_map(|index| scenes.get(index).unwrap().boxes.unwrap().items);
        each.filter(|item| item.flags.occluded).count()
    };
    assert_eq!(occluded(&apart), 0);
    assert!(occluded(&over) > 20);
    let count =
        |scenes: &Scenes| (0..30).map(|index| scenes.get(index).unwrap().boxes.unwrap().items.len()).sum::<usize>();
    assert!(count(&apart) < count(&over));
}

#[test]
fn one_thing_gives_its_scene_a_label_and_several_do_not() {
    let alone = scenes(SceneConfig { objects: [1, 1], count: 20, ..SceneConfig::default() });
    let mut seen = BTreeSet::new();
    for index in 0..20 {
        let sample = alone.get(index).unwrap();
        assert_eq!(sample.label, sample.boxes.unwrap().items[0].label);
        assert_eq!(sample.label, alone.label(index));
        seen.extend(sample.label);
    }
    assert_eq!(seen.len(), 3);
    assert_eq!(alone.label(20), None);
    assert_eq!(scenes(SceneConfig::default()).get(0).unwrap().label, None);
}

#[test]
fn solid_things_have_no_holes() {
    let config =
        SceneConfig { objects: [1, 1], size: [64, 64], scale: [0.5, 0.5], count: 40, ..SceneConfig::default() };
    let area = |solid| {
        let scenes = scenes(SceneConfig { solid, ..config.clone() });
        let ring = (0..40).find(|&index| scenes.label(index) == Some(1)).unwrap();
        let sample = scenes.get(ring).unwrap();
        let edges = sample.boxes.unwrap().items[0].numbers;
        let inside = sample.mask.unwrap().pixels().iter().filter(|class| **class > 0).count();
        inside as f32 / ((edges[2] - edges[0]) * (edges[3] - edges[1]))
    };
    // The hole of a ring is a sixth of its box.
    assert!(area(true) > area(false) + 0.15, "{} {}", area(true), area(false));
}

#[test]
fn seeds_and_indices_give_other_scenes_and_the_fingerprint_follows() {
    let (one, other) = (scenes(SceneConfig::default()), scenes(SceneConfig { seed: 43, ..SceneConfig::default() }));
    assert_ne!(one.get(0).unwrap(), other.get(0).unwrap());
    assert_ne!(one.get(0).unwrap(), one.get(1).unwrap());
    assert_ne!(one.fingerprint(), other.fingerprint());
    assert_eq!(one.fingerprint(), scenes(SceneConfig::default()).fingerprint());
}

#[test]
fn written_files_are_read_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let (images, annotations) = (folder.path().join("images/train"), folder.path().join("annotations/train.json"));
    for color in [true, false] {
        let scenes = scenes(SceneConfig { count: 5, color, ..SceneConfig::default() });
        let written = write_coco(&scenes, &images, &annotations).unwrap();
        let config = CocoConfig { masks: true, ..CocoConfig::default() };
        let read = Coco::open(&images, &annotations, config).unwrap();
        assert_eq!((read.len(), written.pictures), (5, 5));
        assert_eq!(read.class_names(), scenes.class_names());
        let mut things = 0;
        for index in 0..5 {
            let (was, is) = (scenes.get(index).unwrap(), read.get(index).unwrap());
            assert_eq!((&is.image, &is.mask, &is.labels), (&was.image, &was.mask, &was.labels));
            assert_eq!(is.instances, was.instances);
            let (was, is) = (was.boxes.unwrap(), is.boxes.unwrap());
            things += was.items.len();
            for (was, is) in was.items.iter().zip(&is.items) {
                assert_eq!((is.numbers, is.label, is.instance), (was.numbers, was.label, was.instance));
            }
        }
        assert_eq!(written.things, things);
    }
}

#[test]
fn what_cannot_be_is_said() {
    let default = SceneConfig::default();
    for (wrong, name) in [
        (SceneConfig { count: 0, ..default.clone() }, "count"),
        (SceneConfig { size: [8, 112], ..default.clone() }, "size"),
        (SceneConfig { objects: [3, 2], ..default.clone() }, "objects"),
        (SceneConfig { scale: [0.0, 0.5], ..default.clone() }, "scale"),
        (SceneConfig { scale: [0.5, f32::NAN], ..default.clone() }, "scale"),
        (SceneConfig { max_hidden: 1.0, ..default.clone() }, "max_hidden"),
        (SceneConfig { textures: Vec::new(), ..default.clone() }, "textures"),
    ] {
        assert!(
            matches!(Scenes::new(things(), wrong), Err(DataError::Setting { field, .. }) if field == name),
            "{name}"
        );
    }
    let of = |samples: Vec<Sample>| {
        Scenes::new(Arc::new(InMemory::new(samples, ClassNames::numbered(3)).unwrap()), default.clone())
    };
    assert!(matches!(of(Vec::new()), Err(DataError::NoThings)));
    let dark = || Sample::new(Picture::new(2, 2, 1, vec![0; 4]).unwrap());
    assert!(matches!(of(vec![dark()]), Err(DataError::Unlabelled { index: 0 })));
    let blank = of(vec![dark().with_label(0)]).unwrap().get(0);
    assert!(matches!(blank, Err(DataError::BlankThing { index: 0 })));
    assert!(matches!(scenes(default.clone()).get(1000), Err(DataError::IndexOutOfRange { index: 1000, len: 1000 })));
    let json = serde_json::to_string(&default).unwrap();
    assert_eq!(serde_json::from_str::<SceneConfig>(&json).unwrap(), default);
    assert!(serde_json::from_str::<SceneConfig>(r#"{"cuont": 3}"#).is_err());
}

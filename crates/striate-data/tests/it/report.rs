//! Data in numbers, and what is wrong with it.

use std::sync::Arc;

use striate_core::{ClassNames, Interpolation};
use striate_data::ops::resize;
use striate_data::{
    BoundingBox, Boxes, DataError, Dataset, Depth, Doctor, Finding, InMemory, Mode, Picture, Purpose, Sample, Source,
    Spread, Statistics,
};

use crate::support::{png, tree};

/// A picture of waves that no other seed has.
fn waves(seed: usize, [height, width]: [usize; 2]) -> Picture {
    let value = |place: usize| {
        let (x, y) = ((place % width) as f64 / width as f64, (place / width) as f64 / height as f64);
        let (a, b) = (1.0 + (seed * 7 % 11) as f64, 1.0 + (seed * 5 % 13) as f64);
        (127.0 + 60.0 * (a * x * 6.0 + seed as f64).sin() + 60.0 * (b * y * 6.0).cos()) as u8
    };
    Picture::new(height, width, 1, (0..height * width).map(value).collect()).unwrap()
}

fn names() -> ClassNames {
    ClassNames::new(["calm", "rough"])
}

fn data(samples: Vec<Sample>) -> InMemory {
    InMemory::new(samples, names()).unwrap()
}

/// A data set of which one sample can't be read.
struct Torn(InMemory, usize);

impl Dataset for Torn {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, index: usize) -> Result<Sample, DataError> {
        if index == self.1 {
            return Err(DataError::IndexOutOfRange { index, len: 0 });
        }
        self.0.get(index)
    }

    fn label(&self, index: usize) -> Option<usize> {
        self.0.label(index)
    }

    fn class_names(&self) -> &ClassNames {
        self.0.class_names()
    }

    fn fingerprint(&self) -> String {
        self.0.fingerprint()
    }
}

#[test]
fn statistics_are_those_of_all_px_and_count_gray_pictures_in_every_color() {
    let color = Picture::new(1, 2, 3, vec![0, 51, 255, 255, 51, 0]).unwrap();
    let gray = Picture::new(2, 1, 1, vec![0, 255]).unwrap();
    let boxes = Boxes::xyxy([([0.0, 0.0, 1.0, 1.0], 1), ([0.0, 0.0, 2.0, 1.0], 1)]);
    let mask = Picture::new(2, 1, 1, vec![0, 1]).unwrap();
    let samples = vec![
        Sample::new(color).with_label(0).with_boxes(boxes),
        Sample::new(gray).with_label(0).with_mask(mask),
        Sample::new(waves(1, [3, 3])).with_label(1),
    ];
    let statistics = Statistics::of(&Torn(data(samples), 2));
    assert_eq!((statistics.samples, statistics.unreadable, statistics.unlabelled), (3, 1, 0));
    assert_eq!((statistics.with_boxes, statistics.with_mask, statistics.with_key_points), (1, 1, 0));
    assert_eq!(statistics.channels.into_iter().collect::<Vec<_>>(), [(1, 1), (3, 1)]);
    assert_eq!((statistics.height, statistics.width.max), (Spread { min: 1, median: 1, max: 2 }, 2));
    let near = |got: &[f64], want: [f64; 3]| got.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-7);
    // Red is 0, 1, 0, 1; green 0.2, 0.2, 0, 1.
    assert!(near(&statistics.mean, [0.5, 0.35, 0.5]), "{:?}", statistics.mean);
    assert!(near(&statistics.std, [0.5, 0.384_057_287_393_434, 0.5]), "{:?}", statistics.std);
    let classes: Vec<_> = statistics.classes.iter().map(|class| (class.samples, class.boxes)).collect();
    assert_eq!(classes, [(2, 0), (0, 2)]);
    assert_eq!(statistics.mask_values.into_iter().collect::<Vec<_>>(), [(0, 0.5), (1, 0.5)]);
}

#[test]
fn data_without_samples_has_statistics() {
    let statistics = Statistics::of(&Torn(data(vec![Sample::new(waves(1, [3, 3]))]), 0));
    assert_eq!((statistics.samples, statistics.unreadable, statistics.mean.len()), (1, 1, 0));
}

#[test]
fn sound_data_has_no_findings() {
    let part =
        |from: usize| data((from..from + 30).map(|i| Sample::new(waves(i, [32, 40])).with_label(i % 2)).collect());
    let diagnosis = Doctor::default().examine(&[("train", &part(0)), ("test", &part(30))]);
    assert_eq!(diagnosis.findings, [], "{:#?}", diagnosis.findings);
    assert_eq!(diagnosis.samples.into_iter().collect::<Vec<_>>(), [("test".to_owned(), 30), ("train".to_owned(), 30)]);
}

#[test]
fn every_fault_is_found_where_it_is() {
    let bad_boxes = Boxes {
        items: vec![
            BoundingBox::new([1.0, 1.0, 9.0, 9.0], Some(0)),
            BoundingBox::new([5.0, 5.0, 5.0, 9.0], Some(0)),
            BoundingBox::new([30.0, 1.0, 41.0, 9.0], Some(0)),
            BoundingBox::new([f32::NAN, 1.0, 3.0, 9.0], Some(0)),
        ],
        ..Boxes::default()
    };
    let recoded = resize(&waves(3, [32, 40]), [64, 80], Interpolation::Bilinear, true);
    let mut train: Vec<_> = (0..24).map(|i| Sample::new(waves(i, [32, 40])).with_label(0)).collect();
    train[1] = Sample::new(waves(1, [32, 40]));
    train[2] = Sample::new(waves(2, [32, 40])).with_label(0).with_boxes(bad_boxes);
    train[4] = Sample::new(waves(4, [32, 40])).with_label(0).with_mask(Picture::new(2, 2, 1, vec![0; 4]).unwrap());
    train[5] = Sample::new(waves(99, [8, 80])).with_label(0);
    train[6] = Sample::new(waves(6, [32, 40])).with_label(0).with_meta("file", "six.png");
    train[7] = Sample::new(waves(6, [32, 40])).with_label(1);
    train[9] = Sample::new(waves(50, [200, 210])).with_label(0);
    let test = vec![
        Sample::new(recoded).with_label(0),
        Sample::new(waves(8, [32, 40])).with_label(0),
        Sample::new(waves(60, [32, 40])).with_label(1),
    ];
    let (train, test) = (Torn(data(train), 10), data(test));
    let parts: [(&str, &dyn Dataset); 2] = [("train", &train), ("test", &test)];
    let diagnosis = Doctor::default().examine(&parts);
    let said: Vec<_> = diagnosis.findings.iter().map(Finding::to_string).collect();
    let starts = [
        "unreadable: train 10: ",
        "the same picture in several parts: train 8, test 1",
        "nearly the same picture in several parts (0.0",
        "a mask of 2 x 2 px for a picture of 40 x 32 px: train 4",
        "a box without area: train 2: [5.0, 5.0, 5.0, 9.0]",
        "a box without area: train 2: [NaN, 1.0, 3.0, 9.0]",
        "a box reaches out of the picture of 40 x 32 px: train 2: [30.0, 1.0, 41.0, 9.0]",
        "without a label: train 1",
        "the same picture, with different labels: train 6 (six.png), train 7",
        "class \"rough\" of train has 1 samples, the largest 21",
        "80 x 8 px, 10.0 times as long as wide: train 5",
        "210 x 200 px, 33 times larger than the median: train 9",
    ];
    let mut left = said.clone();
    for start in starts {
        let found = left.iter().position(|line| line.starts_with(start));
        let found = found.unwrap_or_else(|| panic!("no {start:?} in {said:#?}"));
        left.remove(found);
    }
    assert_eq!(left, Vec::<String>::new());
    let near = diagnosis.findings.iter().find_map(|finding| match finding {
        Finding::NearLeak { samples, .. } => {
            Some(samples.iter().map(|place| (place.split.clone(), place.index)).collect::<Vec<_>>())
        }
        _ => None,
    });
    assert_eq!(near, Some(vec![("train".to_owned(), 3), ("test".to_owned(), 0)]));
    let pool = on_threads(1, || Doctor::default().examine(&parts));
    let json = serde_json::to_value(&diagnosis).unwrap();
    assert_eq!(serde_json::to_value(&pool).unwrap(), json);
    assert_eq!(json["findings"][0]["kind"], "unreadable");
    let strict = Doctor { near: 0.0, imbalance: 1e9, aspect: 1e9, area: 1e9 };
    let kinds = strict.examine(&parts).findings;
    assert!(kinds.iter().all(|finding| !matches!(finding, Finding::NearLeak { .. } | Finding::OddSize { .. })));
}

/// Runs on this many threads.
fn on_threads<T: Send>(threads: usize, run: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(run)
}

#[test]
fn a_data_set_can_be_shared_while_it_is_examined() {
    let shared: Arc<dyn Dataset> = Arc::new(data(vec![Sample::new(waves(1, [3, 3]))]));
    assert_eq!(Statistics::of(&*shared).samples, 1);
}

/// A PNG file of 32 x 40 gray px with 16 bits: waves, multiplied.
fn deep_png(seed: usize, times: u16) -> Vec<u8> {
    let picture = waves(seed, [32, 40]);
    let row = |row: &[u8]| {
        let words = row.iter().flat_map(|value| (u16::from(*value) * times).to_be_bytes());
        [0].into_iter().chain(words).collect::<Vec<u8>>()
    };
    png([32, 40], 16, 0, &[], &picture.pixels().chunks(40).flat_map(row).collect::<Vec<_>>())
}

#[test]
fn pictures_of_16_bits_are_looked_at_with_all_of_them() {
    let [bright, dark, alike, other] = [deep_png(1, 257), deep_png(2, 1), deep_png(2, 2), deep_png(3, 1)];
    let mask = png([32, 40], 1, 0, &[], &[0; 6].repeat(32));
    let names = ["a", "b", "c", "d"];
    let masks = names.map(|name| (format!("masks/{name}.png"), &mask[..]));
    let images = names.map(|name| format!("images/{name}.png")).into_iter().zip([&bright, &dark, &alike, &other]);
    let files: Vec<_> = images.map(|(name, file)| (name, &file[..])).chain(masks).collect();
    let folder = tree(&files.iter().map(|(name, file)| (name.as_str(), *file)).collect::<Vec<_>>());
    let path = |part: &str| folder.path().join(part).display().to_string();
    let source = format!("pairs:{},{}", path("images"), path("masks")).parse::<Source>().unwrap();
    let open = |depth| source.open_with_depth(Purpose::Any, Mode::Train, None, depth).unwrap();

    let (full, eight) = (open(Depth::Full), open(Depth::Eight));
    assert_ne!(full.fingerprint(), eight.fingerprint());
    let deep = Statistics::of(&*full).deep.unwrap();
    assert_eq!((deep.pictures, deep.faint), (4, 3));
    let highest = waves(1, [32, 40]).pixels().iter().copied().max().unwrap();
    assert_eq!(deep.high, f32::from(highest) / 255.0);
    assert_eq!(Statistics::of(&*eight).deep, None);

    let diagnosis = Doctor::default().examine(&[("train", &*full)]);
    assert_eq!(diagnosis.deep["train"], deep);
    let said: Vec<_> = diagnosis.findings.iter().map(Finding::to_string).collect();
    assert_eq!(said.len(), 2, "{said:#?}");
    assert!(said[0].starts_with("3 pictures of train have more than 8 bits but little contrast"), "{said:#?}");
    assert!(said[0].ends_with("become 0 to 1 of 255"), "{said:#?}");
    // Twice as bright, but the same to see: with 8 bits all three were black.
    assert!(said[1].starts_with("nearly the same picture (0.0") && said[1].contains("train 1"), "{said:#?}");
    assert!(deep.to_string().starts_with("4 with more than 8 bits, values from 0.0"), "{deep}");
    let Finding::NearDuplicates { samples, .. } = &diagnosis.findings[1] else { panic!("{said:#?}") };
    assert_eq!(samples.iter().map(|place| place.index).collect::<Vec<_>>(), [1, 2]);
}

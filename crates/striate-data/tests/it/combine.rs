//! Data sets made of others.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use striate_core::{ClassNames, Streams};
use striate_data::{
    BoundingBox, Boxes, Cached, Concat, DataError, Dataset, DiskCache, Division, InMemory, IndexMask, KeyPoint, Map,
    Picture, Sample, Unlabelled, split_with,
};

fn picture(value: u8) -> Picture {
    Picture::new(2, 3, 1, vec![value; 6]).unwrap()
}

/// Samples with these labels; the first pixel is the sample's index.
fn data(names: &[&str], labels: &[usize]) -> Arc<InMemory> {
    let sample = |(index, &label)| Sample::new(picture(index as u8)).with_label(label);
    let samples = labels.iter().enumerate().map(sample).collect();
    Arc::new(InMemory::new(samples, ClassNames::new(names.iter().copied())).unwrap())
}

fn labels(data: &dyn Dataset) -> Vec<Option<usize>> {
    let labels = (0..data.len()).map(|index| data.label(index)).collect::<Vec<_>>();
    let of_samples = (0..data.len()).map(|index| data.get(index).unwrap().label).collect::<Vec<_>>();
    assert_eq!(labels, of_samples);
    labels
}

/// A data set of one sample that has everything, and counts how often it is read.
struct Counted(AtomicUsize);

impl Counted {
    fn sample() -> Sample {
        let mut boxes = Boxes::xyxy([([0.5, 0.0, 2.25, 1.0], 1)]);
        let mut more = BoundingBox::new([0.0, 0.0, 0.1, 0.3], None);
        more.flags.difficult = true;
        more.instance = Some(300);
        boxes.items.push(more);
        Sample::new(Picture::new(2, 3, 1, vec![0.0, 0.25, 1.0, f32::MIN_POSITIVE, 0.1, 7.5]).unwrap())
            .with_label(1)
            .with_labels(vec![0, 1])
            .with_boxes(boxes)
            .with_mask(picture(4))
            .with_instances(IndexMask::new(2, 3, vec![0, 1, 300, 65535, 5, 6]).unwrap())
            .with_key_points(vec![KeyPoint::new(1.5, 0.1)])
            .with_meta("file", "猫.png")
    }
}

impl Dataset for Counted {
    fn len(&self) -> usize {
        3
    }

    fn get(&self, index: usize) -> Result<Sample, DataError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        if index < 3 { Ok(Self::sample()) } else { Err(DataError::IndexOutOfRange { index, len: 3 }) }
    }

    fn label(&self, _: usize) -> Option<usize> {
        Some(1)
    }

    fn class_names(&self) -> &ClassNames {
        static NAMES: std::sync::LazyLock<ClassNames> = std::sync::LazyLock::new(|| ClassNames::numbered(2));
        &NAMES
    }

    fn fingerprint(&self) -> String {
        "counted".into()
    }
}

fn counted() -> Arc<Counted> {
    Arc::new(Counted(AtomicUsize::new(0)))
}

fn reads(data: &Counted) -> usize {
    data.0.load(Ordering::Relaxed)
}

#[test]
fn data_sets_follow_each_other() {
    let empty = data(&["a", "b"], &[]);
    let all = Concat::new(vec![data(&["a", "b"], &[0, 1]), empty, data(&["a", "b"], &[1])]).unwrap();
    assert_eq!((all.len(), labels(&all)), (3, vec![Some(0), Some(1), Some(1)]));
    assert_eq!((all.place(1), all.place(2), all.place(3)), (Some((0, 1)), Some((2, 0)), None));
    assert_eq!(all.get(2).unwrap().image.to_u8().pixels()[0], 0);
    assert!(matches!(all.get(3), Err(DataError::IndexOutOfRange { index: 3, len: 3 })));
    let error = Concat::new(vec![data(&["a", "b"], &[0]), data(&["a", "c"], &[0])]).unwrap_err().to_string();
    assert!(
        error.starts_with("data set 1 (from 0) has 2 classes and not the first one's 2, which lack \"c\""),
        "{error}"
    );
    assert!(matches!(Concat::new(Vec::new()), Err(DataError::EmptyDataset)));
}

#[test]
fn classes_are_merged_by_name() {
    let all = Concat::merged(vec![data(&["a", "b"], &[1]), data(&["c", "a"], &[0, 1]), data(&["a"], &[0])]).unwrap();
    assert_eq!(all.class_names(), &ClassNames::new(["a", "b", "c"]));
    assert_eq!(labels(&all), [Some(1), Some(2), Some(0), Some(0)]);
    let sample = Sample::new(picture(0)).with_labels(vec![1]).with_boxes(Boxes::xyxy([([0.0; 4], 1)]));
    let other = |sample| Arc::new(InMemory::new(vec![sample], ClassNames::new(["x", "y"])).unwrap());
    let merged = |sample| Concat::merged(vec![data(&["y"], &[0]), other(sample)]).unwrap().get(1);
    let renumbered = merged(sample.clone()).unwrap();
    assert_eq!((renumbered.labels, renumbered.boxes.unwrap().items[0].label), (Some(vec![0]), Some(0)));
    assert!(matches!(merged(sample.with_mask(picture(0))), Err(DataError::MergedMask { index: 1 })));
}

#[test]
fn a_function_changes_samples_but_not_their_labels() {
    let parent = data(&["a", "b", "c"], &[0, 1, 2]);
    let brighter = Map::new(parent.clone(), "brighter", |mut sample| {
        sample.image = picture(sample.image.to_u8().pixels()[0] + 100).into();
        Ok(sample)
    });
    assert_eq!(brighter.get(2).unwrap().image.to_u8().pixels()[0], 102);
    assert_ne!(brighter.fingerprint(), parent.fingerprint());
    let relabelled = Map::new(parent.clone(), "same", Ok)
        .relabelled(ClassNames::new(["rest", "c"]), |label| label.map(|label| usize::from(label == 2)));
    assert_eq!(labels(&relabelled), [Some(0), Some(0), Some(1)]);
    assert_eq!((relabelled.class_names().get(0), relabelled.label(3)), (Some("rest"), None));
    let cheat = Map::new(parent.clone(), "cheat", |sample| Ok(sample.with_label(0)));
    assert!(cheat.get(0).is_ok());
    assert!(matches!(cheat.get(1), Err(DataError::ChangedLabel { index: 1, .. })));
    let failing = Map::new(parent, "failing", |_| Err("no".into()));
    assert!(matches!(failing.get(1), Err(DataError::Sample { index: 1, .. })));
}

#[test]
fn answers_are_taken_away() {
    let test = Unlabelled::new(counted());
    let sample = test.get(0).unwrap();
    let expected = Sample::new(Counted::sample().image).with_meta("file", "猫.png");
    assert_eq!((sample, test.label(0), test.class_names().len()), (expected, None, 2));
}

#[test]
fn samples_stay_in_memory_as_far_as_there_is_room() {
    let parent = counted();
    let all = Cached::new(parent.clone(), u64::MAX);
    for _ in 0..3 {
        assert!((0..3).all(|index| all.get(index).unwrap() == Counted::sample()));
    }
    assert_eq!((reads(&parent), all.kept()), (3, 3));
    let each = all.bytes() / 3;
    assert!(each > 60 && each < 2000, "{each}");
    assert!(all.get(3).is_err());

    let parent = counted();
    let two = Cached::new(parent.clone(), 3 * each - 1);
    for _ in 0..3 {
        assert!((0..3).all(|index| two.get(index).unwrap() == Counted::sample()));
    }
    // The third is read each time.
    assert_eq!((reads(&parent), two.kept(), two.bytes()), (5, 2, 2 * each));
    assert_eq!((two.len(), two.label(0), two.fingerprint()), (3, Some(1), "counted".to_owned()));
}

#[test]
fn samples_stay_on_disk_and_damaged_ones_are_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let parent = counted();
    let cache = || DiskCache::new(parent.clone(), folder.path(), 1 << 20).unwrap();
    let first = cache();
    assert!((0..3).all(|index| first.get(index).unwrap() == Counted::sample()));
    assert_eq!(reads(&parent), 3);
    // Another program finds them.
    let second = cache();
    assert!((0..3).all(|index| second.get(index).unwrap() == Counted::sample()));
    assert_eq!((reads(&parent), second.bytes()), (3, first.bytes()));

    let file = second.folder().join("1.sample");
    let whole = fs::read(&file).unwrap();
    for place in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x10;
        fs::write(&file, &damaged).unwrap();
        let before = reads(&parent);
        assert_eq!(second.get(1).unwrap(), Counted::sample(), "{place}");
        assert_eq!((reads(&parent), fs::read(&file).unwrap() == whole), (before + 1, true), "{place}");
        if place % 16 == 0 {
            fs::write(&file, &whole[..place]).unwrap();
            assert_eq!(second.get(1).unwrap(), Counted::sample(), "{place}");
        }
    }
    assert!(second.get(3).is_err());
    // Damage of 0 bytes and more than there was has been made up for.
    assert_eq!(cache().bytes(), first.bytes());
}

#[test]
fn a_full_disk_cache_reads_on() {
    let folder = tempfile::tempdir().unwrap();
    let parent = counted();
    let cache = DiskCache::new(parent.clone(), folder.path(), 100).unwrap();
    assert!((0..3).all(|index| cache.get(index).unwrap() == Counted::sample()));
    assert_eq!((cache.bytes(), fs::read_dir(cache.folder()).unwrap().count()), (0, 0));
    let file = folder.path().join("a file");
    fs::write(&file, "").unwrap();
    assert!(matches!(DiskCache::new(parent, &file, 100), Err(DataError::Write { .. })));
}

#[test]
fn a_split_is_by_class_at_random_or_in_order() {
    let labels = [0; 8].into_iter().chain([1; 2]).collect::<Vec<_>>();
    let parts =
        |division, fraction| split_with(data(&["a", "b"], &labels), fraction, division, Streams::new(1)).unwrap();
    let (first, second) = parts(Division::InOrder, 0.3);
    assert_eq!((first.indices(), second.indices()), (&[0, 1, 2, 3, 4, 5, 6][..], &[7, 8, 9][..]));
    let (_, by_class) = parts(Division::ByClass, 0.5);
    assert_eq!((0..by_class.len()).filter(|&index| by_class.label(index) == Some(1)).count(), 1);
    let at_random = (0..20).map(|seed| {
        let data = data(&["a", "b"], &labels);
        let (first, second) = split_with(data, 0.5, Division::AtRandom, Streams::new(seed)).unwrap();
        assert_eq!((first.len(), second.len()), (5, 5));
        (0..5).filter(|&index| second.label(index) == Some(1)).count()
    });
    let counts = at_random.collect::<Vec<_>>();
    assert!(counts.contains(&0) && counts.contains(&1) && counts.contains(&2), "{counts:?}");
}

//! Which samples an epoch has.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use striate_core::{ClassNames, Preprocessing};
use striate_data::{DataError, Dataset, Generated, Loader, LoaderConfig, Picture, RandomShift, Sample, Sampler};

/// Labelled samples of one picture.
fn dataset(labels: Vec<usize>) -> Arc<dyn Dataset> {
    let classes = labels.iter().max().map_or(0, |most| most + 1);
    Arc::new(Generated::labelled("test", labels, ClassNames::numbered(classes), |index| {
        Ok(Sample::new(Picture::new(3, 3, 1, (0..9).map(|at| (at * 20 + index % 7) as u8).collect())?))
    }))
}

fn loader(labels: Vec<usize>, sampler: &Sampler, config: LoaderConfig) -> Result<Loader, DataError> {
    let shift = Arc::new(RandomShift { max_px: 1 });
    Loader::new(dataset(labels), vec![shift], Preprocessing::gray([3, 3]), config, 7)?.with_sampler(sampler)
}

/// How often each sample comes in an epoch.
#[track_caller]
fn counts(labels: Vec<usize>, sampler: &Sampler, epoch: u64) -> BTreeMap<usize, usize> {
    let config = LoaderConfig { workers: 0, batch_size: 500, ..LoaderConfig::default() };
    let loader = loader(labels, sampler, config).unwrap();
    let mut counts = BTreeMap::new();
    for batch in loader.epoch(epoch, 0) {
        batch.unwrap().indices.into_iter().for_each(|index| *counts.entry(index).or_default() += 1);
    }
    assert_eq!(counts.values().sum::<usize>(), loader.samples_per_epoch());
    counts
}

fn near(count: usize, expected: usize) -> bool {
    // Five standard deviations of a count.
    (count as f64 - expected as f64).abs() < 5.0 * (expected as f64).sqrt()
}

#[test]
fn weights_say_how_often_samples_come() {
    let weights = vec![1.0, 0.0, 3.0, 4.0, 0.0];
    let sampler = Sampler::Weighted { weights: weights.clone(), samples: 8000, replacement: true };
    let found = counts(vec![0; 5], &sampler, 0);
    assert_eq!(found.keys().copied().collect::<Vec<_>>(), [0, 2, 3]);
    assert!(near(found[&0], 1000) && near(found[&2], 3000) && near(found[&3], 4000), "{found:?}");
    let once = Sampler::Weighted { weights, samples: 3, replacement: false };
    assert_eq!(counts(vec![0; 5], &once, 1), [(0, 1), (2, 1), (3, 1)].into());
}

#[test]
fn without_replacement_heavier_samples_come_first_as_often_as_they_should() {
    let sampler = Sampler::Weighted { weights: vec![1.0, 3.0], samples: 1, replacement: false };
    let config = LoaderConfig { workers: 0, ..LoaderConfig::default() };
    let loader = loader(vec![0; 2], &sampler, config).unwrap();
    let first = (0..4000).filter(|epoch| loader.epoch(*epoch, 0).next().unwrap().unwrap().indices == [1]).count();
    assert!(near(4000 - first, 1000), "{first}");
}

#[test]
fn classes_are_balanced_with_and_without_replacement() {
    let labels = || [vec![0; 900], vec![2; 90], vec![1; 10]].concat();
    let of = |found: &BTreeMap<usize, usize>, class: usize| {
        let labels = labels();
        found.iter().filter(|(index, _)| labels[**index] == class).map(|(_, count)| count).sum::<usize>()
    };
    let all = counts(labels(), &Sampler::ClassBalanced { samples: None, replacement: true }, 0);
    assert!((0..3).all(|class| near(of(&all, class), 333)), "{all:?}");
    let even = counts(labels(), &Sampler::ClassBalanced { samples: None, replacement: false }, 0);
    assert!(even.values().all(|count| *count == 1) && (0..3).all(|class| of(&even, class) == 10));
    let fewer = Sampler::ClassBalanced { samples: Some(14), replacement: false };
    let [first, second] = [0, 1].map(|epoch| counts(labels(), &fewer, epoch));
    assert!((0..3).all(|class| of(&first, class) == 4));
    assert_ne!(first, second);
}

#[test]
fn a_sample_that_comes_again_is_changed_in_another_way() {
    let sampler = Sampler::Weighted { weights: vec![1.0], samples: 12, replacement: true };
    let config = LoaderConfig { workers: 0, ..LoaderConfig::default() };
    let batch = loader(vec![0], &sampler, config).unwrap().epoch(0, 0).next().unwrap().unwrap();
    assert!(batch.images.chunks(9).any(|image| *image != batch.images[..9]));
}

#[test]
fn labels_are_balanced_without_a_picture() {
    let labels = (0..200_000).map(|index| usize::from(index % 10 == 0)).collect::<Vec<_>>();
    let dataset =
        Generated::labelled("labels", labels, ClassNames::numbered(2), |_| panic!("nothing is to be decoded"));
    let config = LoaderConfig { workers: 0, ..LoaderConfig::default() };
    let loader = Loader::new(Arc::new(dataset), vec![], Preprocessing::gray([3, 3]), config, 0).unwrap();
    let loader = loader.with_sampler(&Sampler::ClassBalanced { samples: None, replacement: false }).unwrap();
    assert_eq!(loader.samples_per_epoch(), 40_000);
}

#[test]
fn samplers_that_cannot_work_are_refused() {
    let refused = |sampler: Sampler| loader(vec![0, 0, 1], &sampler, LoaderConfig::default()).unwrap_err().to_string();
    let weighted =
        |weights: &[f64], samples, replacement| Sampler::Weighted { weights: weights.to_vec(), samples, replacement };
    assert!(refused(weighted(&[1.0], 1, true)).contains("`weights` is of 1"));
    assert!(refused(weighted(&[1.0, -1.0, 1.0], 1, true)).contains("`weights` is -1"));
    assert!(refused(weighted(&[0.0; 3], 1, true)).contains("0 together"));
    assert!(refused(weighted(&[f64::MAX; 3], 1, true)).contains("inf together"));
    assert!(refused(weighted(&[1.0, 0.0, 1.0], 3, false)).contains("`samples` is 3"));
    assert!(refused(Sampler::ClassBalanced { samples: Some(4), replacement: false }).contains("`samples` is 4"));
    assert!(refused(Sampler::ClassBalanced { samples: Some(0), replacement: true }).contains("`samples` is 0"));
    let config = LoaderConfig { batch_size: 3, drop_last: true, ..LoaderConfig::default() };
    let error =
        loader(vec![0, 0, 1], &Sampler::ClassBalanced { samples: None, replacement: false }, config).unwrap_err();
    assert!(matches!(error, DataError::NoWholeBatch { samples: 2, .. }), "{error}");
    let bare: Arc<dyn Dataset> =
        Arc::new(Generated::unlabelled("bare", 3, |_| Ok(Sample::new(Picture::new(1, 1, 1, vec![0])?))));
    let bare = Loader::new(bare, vec![], Preprocessing::gray([3, 3]), LoaderConfig::default(), 0).unwrap();
    let error = bare.with_sampler(&Sampler::ClassBalanced { samples: None, replacement: true }).unwrap_err();
    assert!(matches!(error, DataError::Unlabelled { index: 0 }), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn drawn_batches_are_equal_for_any_workers_and_from_any_batch_on(
        labels in proptest::collection::vec(0..3usize, 3..20),
        kind in 0..4,
        batch_size in 1..5usize,
        epoch in 0..3u64,
    ) {
        let weights = labels.iter().map(|label| *label as f64 + 0.5).collect();
        let sampler = match kind {
            0 => Sampler::Weighted { weights, samples: 17, replacement: true },
            1 => Sampler::Weighted { weights, samples: 3, replacement: false },
            2 => Sampler::ClassBalanced { samples: Some(9), replacement: true },
            _ => Sampler::ClassBalanced { samples: None, replacement: false },
        };
        let batches = |workers, first| {
            let config = LoaderConfig { batch_size, workers, ..LoaderConfig::default() };
            let loader = loader(labels.clone(), &sampler, config).unwrap();
            loader.epoch(epoch, first).collect::<Result<Vec<_>, _>>().unwrap()
        };
        let expected = batches(0, 0);
        for workers in [0, 1, 2, 7] {
            for first in 0..=expected.len() {
                prop_assert_eq!(&batches(workers, first)[..], &expected[first..]);
            }
        }
    }
}

//! The loader.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use striate_core::{ClassNames, Preprocessing, Stream};
use striate_data::{
    Batch, DataError, Dataset, InMemory, Loader, LoaderConfig, Picture, RandomShift, Sample, Transform,
    preprocess_to_vec,
};

use crate::support::random_pictures;

const WORKERS: [usize; 4] = [0, 1, 2, 7];

/// Shrinks pictures of 5x6 px a bit, so that resizing takes part.
fn preprocessing() -> Preprocessing {
    Preprocessing::gray([4, 4])
}

fn transforms() -> Vec<Arc<dyn Transform>> {
    vec![Arc::new(RandomShift { max_px: 2 })]
}

fn loader(dataset: impl Dataset + 'static, config: LoaderConfig) -> Loader {
    Loader::new(Arc::new(dataset), transforms(), preprocessing(), config, 5).unwrap()
}

fn batches(loader: &Loader, epoch: u64, first_batch: usize) -> Vec<Batch> {
    loader.epoch(epoch, first_batch).collect::<Result<_, _>>().unwrap()
}

fn indices(batches: &[Batch]) -> Vec<usize> {
    batches.iter().flat_map(|batch| batch.indices.clone()).collect()
}

/// A data set that fails, panics or counts, as its function does.
struct Watched<F> {
    inner: InMemory,
    before_get: F,
}

impl<F: Fn(usize) -> Result<(), DataError> + Send + Sync> Dataset for Watched<F> {
    fn len(&self) -> usize {
        self.inner.len()
    }

    fn get(&self, index: usize) -> Result<Sample, DataError> {
        (self.before_get)(index)?;
        self.inner.get(index)
    }

    fn label(&self, index: usize) -> Option<usize> {
        self.inner.label(index)
    }

    fn class_names(&self) -> &ClassNames {
        self.inner.class_names()
    }

    fn fingerprint(&self) -> String {
        self.inner.fingerprint()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn batches_are_equal_for_any_workers_and_from_any_batch_on(
        samples in 1usize..24,
        batch_size in 1usize..7,
        shuffle in any::<bool>(),
        drop_last in any::<bool>(),
        prefetch in 1usize..5,
        epoch in 0u64..3,
    ) {
        prop_assume!(!drop_last || batch_size <= samples);
        let with = |workers| {
            loader(random_pictures(samples), LoaderConfig { batch_size, shuffle, drop_last, workers, prefetch })
        };
        let expected = batches(&with(0), epoch, 0);
        prop_assert_eq!(with(0).batches_per_epoch(), expected.len());
        prop_assert_eq!(with(0).samples_per_epoch(), indices(&expected).len());
        for workers in WORKERS {
            for first in 0..=expected.len() + 1 {
                let rest = &expected[first.min(expected.len())..];
                prop_assert_eq!(&batches(&with(workers), epoch, first)[..], rest, "{} {}", workers, first);
            }
        }
    }
}

#[test]
fn a_batch_has_the_prepared_pictures_of_its_samples() {
    let data = random_pictures(5);
    let config = LoaderConfig { batch_size: 3, shuffle: false, ..LoaderConfig::default() };
    let loader = Loader::new(Arc::new(data.clone()), vec![], preprocessing(), config, 0).unwrap();
    let all = batches(&loader, 0, 0);
    assert_eq!(all.iter().map(|batch| batch.shape).collect::<Vec<_>>(), [[3, 1, 4, 4], [2, 1, 4, 4]]);
    assert_eq!((&all[0].indices[..], &all[1].indices[..]), (&[0, 1, 2][..], &[3, 4][..]));
    assert_eq!((&all[0].labels[..], &all[1].labels[..]), (&[0, 1, 2][..], &[0, 1][..]));
    let prepared = |index| preprocess_to_vec(&data.get(index).unwrap().image.to_u8(), &preprocessing());
    assert_eq!(all[1].images, [prepared(3), prepared(4)].concat());
}

#[test]
fn every_epoch_has_every_sample_in_an_order_of_its_own() {
    let of = |seed, epoch| {
        let data = Arc::new(random_pictures(20));
        let loader = Loader::new(data, transforms(), preprocessing(), LoaderConfig::default(), seed).unwrap();
        indices(&batches(&loader, epoch, 0))
    };
    let orders = [of(1, 0), of(1, 1), of(2, 0)];
    for order in &orders {
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..20).collect::<Vec<_>>());
    }
    assert!(orders[0] != orders[1] && orders[0] != orders[2]);
    assert_eq!(of(1, 1), orders[1]);
}

#[test]
fn a_sample_is_changed_differently_for_each_seed_and_epoch_but_not_by_the_order() {
    let of = |seed, shuffle, epoch| {
        let config = LoaderConfig { shuffle, ..LoaderConfig::default() };
        let loader = Loader::new(Arc::new(random_pictures(8)), transforms(), preprocessing(), config, seed).unwrap();
        let batch = &batches(&loader, epoch, 0)[0];
        let mut images = batch.indices.iter().zip(batch.images.chunks(16)).collect::<Vec<_>>();
        images.sort_by_key(|(index, _)| **index);
        images.into_iter().flat_map(|(_, image)| image.to_vec()).collect::<Vec<_>>()
    };
    assert_ne!(of(1, false, 0), of(1, false, 1));
    assert_ne!(of(1, false, 0), of(2, false, 0));
    assert_eq!(of(1, false, 1), of(1, true, 1));
}

#[test]
fn samples_of_one_batch_are_changed_each_in_its_own_way() {
    let sample = random_pictures(1).get(0).unwrap();
    let data = InMemory::new(vec![sample; 8], ClassNames::numbered(3)).unwrap();
    let batch = &batches(&loader(data, LoaderConfig::default()), 0, 0)[0];
    let mut images = batch.images.chunks(16);
    let first = images.next().unwrap();
    assert!(images.any(|image| image != first));
}

/// Halves each pixel and adds a number.
struct HalveAndAdd(u8);

impl Transform for HalveAndAdd {
    fn apply(&self, mut sample: Sample, _: &mut Stream) -> Result<Sample, DataError> {
        let picture = sample.image.to_u8();
        let pixels = picture.pixels().iter().map(|value| (value / 2).saturating_add(self.0)).collect();
        let picture = Picture::new(picture.height(), picture.width(), picture.channels(), pixels).unwrap();
        sample.image = picture.into();
        Ok(sample)
    }
}

#[test]
fn transforms_are_applied_in_order() {
    let sample = Sample::new(Picture::new(1, 1, 1, vec![200]).unwrap()).with_label(0);
    let data = InMemory::new(vec![sample], ClassNames::numbered(1)).unwrap();
    let plain = Preprocessing { scale: 1.0, ..Preprocessing::gray([1, 1]) };
    let transforms: Vec<Arc<dyn Transform>> = vec![Arc::new(HalveAndAdd(4)), Arc::new(HalveAndAdd(1))];
    let loader = Loader::new(Arc::new(data), transforms, plain, LoaderConfig::default(), 0).unwrap();
    assert_eq!(batches(&loader, 0, 0)[0].images, [53.0]);
}

#[test]
fn an_error_ends_the_epoch_after_the_batches_before_it() {
    for workers in WORKERS {
        let before_get = |index| match index {
            5 => Err(DataError::Sample { index, source: "the disk is gone".into() }),
            _ => Ok(()),
        };
        let data = Watched { inner: random_pictures(12), before_get };
        let config = LoaderConfig { batch_size: 2, shuffle: false, workers, ..LoaderConfig::default() };
        let mut epoch = loader(data, config).epoch(0, 0);
        assert_eq!(epoch.next().unwrap().unwrap().indices, [0, 1]);
        assert_eq!(epoch.next().unwrap().unwrap().indices, [2, 3]);
        let error = epoch.next().unwrap().unwrap_err();
        assert!(matches!(error, DataError::Sample { index: 5, .. }), "{error}");
        assert!(epoch.next().is_none() && epoch.next().is_none());
    }
}

/// Waits until as many samples are loaded.
#[track_caller]
fn wait_for(loaded: &AtomicUsize, count: usize) {
    let start = Instant::now();
    while loaded.load(Ordering::SeqCst) < count {
        assert!(start.elapsed() < Duration::from_secs(60), "nothing is loaded ahead");
        std::thread::yield_now();
    }
}

#[test]
fn no_more_batches_are_loaded_ahead_than_allowed() {
    let loaded = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&loaded);
    let before_get = move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
        Ok(())
    };
    let data = Watched { inner: random_pictures(100), before_get };
    let config = LoaderConfig { batch_size: 2, workers: 2, prefetch: 3, ..LoaderConfig::default() };
    let mut epoch = loader(data, config).epoch(0, 0);
    for taken in 0..4 {
        let allowed = (taken + 3) * 2;
        wait_for(&loaded, allowed);
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(loaded.load(Ordering::SeqCst), allowed);
        epoch.next().unwrap().unwrap();
    }
}

#[test]
fn dropping_an_epoch_midway_stops_and_joins_its_workers() {
    for (batch_size, taken) in [(1000, 0), (10, 1), (10, 3)] {
        let running = Arc::new(AtomicUsize::new(0));
        let loaded = Arc::new(AtomicUsize::new(0));
        let (now, all) = (Arc::clone(&running), Arc::clone(&loaded));
        let before_get = move |_| {
            now.fetch_add(1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(1));
            all.fetch_add(1, Ordering::SeqCst);
            now.fetch_sub(1, Ordering::SeqCst);
            Ok(())
        };
        let data = Arc::new(Watched { inner: random_pictures(5000), before_get });
        let config = LoaderConfig { batch_size, workers: 2, prefetch: 2, ..LoaderConfig::default() };
        let loader = Loader::new(data.clone(), vec![], preprocessing(), config, 0).unwrap();
        let mut epoch = loader.epoch(0, 0);
        (0..taken).for_each(|_| drop(epoch.next().unwrap().unwrap()));
        wait_for(&loaded, 1);
        drop(epoch);
        assert_eq!(running.load(Ordering::SeqCst), 0, "a worker was not waited for");
        let after = loaded.load(Ordering::SeqCst);
        assert!(after < 1000, "workers finished their batches: {after} samples were loaded");
        drop(loader);
        assert_eq!(Arc::strong_count(&data), 1, "a thread still has the data set");
        assert_eq!(loaded.load(Ordering::SeqCst), after);
    }
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let new = |samples, config, preprocessing| {
        Loader::new(Arc::new(random_pictures(samples)), vec![], preprocessing, config, 0).map(|_| ()).unwrap_err()
    };
    let default = LoaderConfig::default();
    let error = new(3, LoaderConfig { batch_size: 0, ..default }, preprocessing());
    assert!(matches!(error, DataError::ZeroSetting { field: "batch_size" }), "{error}");
    let error = new(3, LoaderConfig { prefetch: 0, ..default }, preprocessing());
    assert!(matches!(error, DataError::ZeroSetting { field: "prefetch" }), "{error}");
    let error = new(3, default, Preprocessing { std: vec![0.0], ..preprocessing() });
    assert!(matches!(error, DataError::Preprocessing { .. }), "{error}");
    let error = new(0, default, preprocessing());
    assert!(matches!(error, DataError::EmptyDataset), "{error}");
    let error = new(3, LoaderConfig { batch_size: 4, drop_last: true, ..default }, preprocessing());
    assert!(matches!(error, DataError::NoWholeBatch { samples: 3, batch_size: 4 }), "{error}");

    let alone = LoaderConfig { workers: 0, prefetch: 0, batch_size: usize::MAX, ..default };
    assert_eq!(batches(&loader(random_pictures(3), alone), 0, 0)[0].shape[0], 3);
}

#[test]
fn labels_are_for_all_samples_or_for_none() {
    let sample = || Sample::new(Picture::new(1, 1, 1, vec![0]).unwrap());
    let new = |samples| {
        let data = InMemory::new(samples, ClassNames::numbered(1)).unwrap();
        Loader::new(Arc::new(data), vec![], preprocessing(), LoaderConfig::default(), 0)
    };
    let unlabelled = new(vec![sample(), sample()]).unwrap();
    let batch = &batches(&unlabelled, 0, 0)[0];
    assert_eq!((batch.labels.len(), batch.indices.len()), (0, 2));

    let error = new(vec![sample().with_label(0), sample()]).unwrap_err();
    assert!(matches!(error, DataError::Unlabelled { index: 1 }), "{error}");
    let error = new(vec![sample(), sample().with_label(0)]).unwrap_err();
    assert!(matches!(error, DataError::Unlabelled { index: 0 }), "{error}");
}

#[test]
fn labels_that_a_transform_spoils_are_errors() {
    struct Relabel(Option<usize>);
    impl Transform for Relabel {
        fn apply(&self, mut sample: Sample, _: &mut Stream) -> Result<Sample, DataError> {
            sample.label = self.0;
            Ok(sample)
        }
    }
    let first = |label| {
        let transforms: Vec<Arc<dyn Transform>> = vec![Arc::new(Relabel(label))];
        let config = LoaderConfig { shuffle: false, ..LoaderConfig::default() };
        let loader = Loader::new(Arc::new(random_pictures(4)), transforms, preprocessing(), config, 0).unwrap();
        loader.epoch(0, 0).next().unwrap()
    };
    assert_eq!(first(Some(2)).unwrap().labels, [2; 4]);
    assert!(matches!(first(Some(3)), Err(DataError::LabelOutOfRange { index: 0, label: 3, num_classes: 3 })));
    assert!(matches!(first(None), Err(DataError::Unlabelled { index: 0 })));
}

#[cfg(feature = "flex")]
#[test]
fn a_batch_goes_to_a_device_as_it_is() {
    let device = burn::tensor::Device::flex();
    let batch = &batches(&loader(random_pictures(5), LoaderConfig::default()), 0, 0)[0];
    let images = batch.images_tensor(&device);
    assert_eq!(images.dims(), [5, 1, 4, 4]);
    assert_eq!(images.into_data().try_to_vec::<f32>().unwrap(), batch.images);
    let labels = batch.labels_tensor(&device).into_data().convert::<i64>().try_to_vec::<i64>().unwrap();
    assert_eq!(labels, batch.labels.iter().map(|&label| label as i64).collect::<Vec<_>>());

    let unlabelled = Batch { labels: vec![], ..batch.clone() };
    assert_eq!(unlabelled.labels_tensor(&device).dims(), [0]);
}

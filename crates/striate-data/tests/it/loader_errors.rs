//! The loader with samples that can't be loaded, bounded memory, data sets of functions, and pipelines of all transforms.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use striate_core::{ClassNames, Preprocessing, Stream};
use striate_data::transforms::{BatchOperation, BatchTransform};
use striate_data::{
    Batch, Boxes, DataError, Dataset, ErrorPolicy, Generated, Loader, LoaderConfig, Map, Picture, Pipeline, Sample,
    Transform,
};

use crate::augment::any as any_transform;
use crate::support::random_pictures;

const WORKERS: [usize; 4] = [0, 1, 2, 7];

/// Samples of one pixel, of which some can't be had: every third is an error, and number 4 panics.
fn broken(len: usize) -> Arc<dyn Dataset> {
    Arc::new(Generated::labelled("broken", vec![0; len], ClassNames::numbered(1), |index| match index {
        4 => panic!("no number 4"),
        index if index % 3 == 2 => Err(DataError::NotAPicture { path: format!("{index}.png").into() }),
        index => Ok(Sample::new(Picture::new(1, 1, 1, vec![index as u8])?)),
    }))
}

fn loader(dataset: Arc<dyn Dataset>, workers: usize) -> Loader {
    let config = LoaderConfig { batch_size: 2, shuffle: false, workers, ..LoaderConfig::default() };
    Loader::new(dataset, vec![], Preprocessing::gray([1, 1]), config, 3).unwrap()
}

fn indices(batches: &[Batch]) -> Vec<Vec<usize>> {
    batches.iter().map(|batch| batch.indices.clone()).collect()
}

#[test]
fn samples_that_cannot_be_loaded_are_left_out_and_counted() {
    for workers in WORKERS {
        let loader = loader(broken(10), workers).with_error_policy(ErrorPolicy::Skip { most: 4 });
        let mut epoch = loader.epoch(0, 0);
        let batches = epoch.by_ref().collect::<Result<Vec<_>, _>>().unwrap();
        // The third batch has number 4, which panics, and 5; nothing of it is left.
        assert_eq!(indices(&batches), [vec![0, 1], vec![3], vec![6, 7], vec![9]]);
        assert!(
            batches.iter().all(|batch| batch.shape[0] == batch.indices.len() && batch.labels.len() == batch.shape[0])
        );
        assert!(matches!(batches[1].images[..], [value] if (value - 3.0 / 255.0).abs() < 1e-6));
        let skipped = epoch.skipped();
        assert_eq!(skipped.iter().map(|skipped| skipped.index).collect::<Vec<_>>(), [2, 4, 5, 8]);
        assert!(
            matches!(skipped[1].error, DataError::BatchPanicked { batch: 2, index: Some(4), .. }),
            "{:?}",
            skipped[1]
        );
        let rest = loader.epoch(0, 2).collect::<Result<Vec<_>, _>>().unwrap();
        assert_eq!(rest, batches[2..]);
    }
}

#[test]
fn one_more_than_may_be_left_out_ends_the_epoch() {
    for workers in WORKERS {
        let loader = loader(broken(10), workers).with_error_policy(ErrorPolicy::Skip { most: 2 });
        let mut epoch = loader.epoch(0, 0);
        assert_eq!(epoch.position(), 0);
        assert!(epoch.next().unwrap().is_ok() && epoch.next().unwrap().is_ok());
        assert_eq!(epoch.position(), 2);
        let error = epoch.next().unwrap().unwrap_err();
        let DataError::TooManySkipped { most: 2, source } = error else { panic!("{error}") };
        assert!(matches!(*source, DataError::AtSample { index: 5, .. }), "{source}");
        assert!(epoch.next().is_none());
    }
}

/// Where the panic is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Panics {
    Get,
    Map,
    Transform,
    /// With a message that is no text.
    Silent,
    BatchTransform,
}

impl Transform for Panics {
    fn apply(&self, sample: Sample, _: &mut Stream) -> Result<Sample, DataError> {
        match (self, sample.image.to_u8().pixels()) {
            (Self::Transform, [7]) => panic!("no number 7"),
            (Self::Silent, [7]) => std::panic::panic_any(7),
            _ => Ok(sample),
        }
    }
}

impl BatchTransform for Panics {
    fn draw(&self, shape: [usize; 4], _: &mut Stream) -> BatchOperation {
        panic!("no batch of {}", shape[0])
    }
    fn validate(&self) -> Result<(), DataError> {
        Ok(())
    }
}

/// Numbers as pictures of one pixel, of which number 7 panics, two in a batch.
fn panicking(panics: Panics, workers: usize) -> Loader {
    let make = move |index| match index {
        7 if panics == Panics::Get => panic!("no number 7"),
        index => Ok(Sample::new(Picture::new(1, 1, 1, vec![index as u8])?)),
    };
    let data = Arc::new(Generated::labelled("numbers", vec![0; 12], ClassNames::numbered(1), make));
    let mapped = Map::new(data, "looked at", move |sample: Sample| match sample.image.to_u8().pixels() {
        [7] if panics == Panics::Map => panic!("no number 7"),
        _ => Ok(sample),
    });
    let config = LoaderConfig { batch_size: 2, shuffle: false, workers, ..LoaderConfig::default() };
    let how = Preprocessing::gray([1, 1]);
    let loader = Loader::new(Arc::new(mapped), vec![Arc::new(panics)], how, config, 3).unwrap();
    match panics {
        Panics::BatchTransform => loader.with_batch_transforms(vec![Arc::new(panics)]).unwrap(),
        _ => loader,
    }
}

#[test]
fn a_panic_of_a_users_code_is_an_error_that_names_the_batch_and_nobody_waits_for_ever() {
    for panics in [Panics::Get, Panics::Map, Panics::Transform, Panics::Silent] {
        let said = if panics == Panics::Silent { "no message" } else { "no number 7" };
        for workers in WORKERS {
            let loader = panicking(panics, workers);
            // The loader can be used again, whatever happened in its threads.
            for epoch in 0..2 {
                let mut batches = loader.epoch(epoch, 0);
                let sound: Vec<_> = batches.by_ref().take(3).collect::<Result<_, _>>().unwrap();
                assert_eq!(indices(&sound), [[0, 1], [2, 3], [4, 5]]);
                let error = batches.next().unwrap().unwrap_err();
                assert!(
                    matches!(&error, DataError::BatchPanicked { batch: 3, index: Some(7), message } if message == said),
                    "{panics:?}: {error}"
                );
                assert_eq!(error.to_string(), format!("loading batch 3, sample 7, panicked: {said}"));
                assert!(batches.next().is_none());
            }
            let skipping = loader.with_error_policy(ErrorPolicy::Skip { most: 1 });
            let batches = skipping.epoch(0, 3).collect::<Result<Vec<_>, _>>().unwrap();
            assert_eq!(indices(&batches), [vec![6], vec![8, 9], vec![10, 11]]);
        }
    }
}

#[test]
fn a_panic_of_a_batch_transform_is_an_error_that_names_the_batch() {
    for workers in WORKERS {
        let error = panicking(Panics::BatchTransform, workers).epoch(0, 2).next().unwrap().unwrap_err();
        assert_eq!(error.to_string(), "loading batch 2 panicked: no batch of 2");
        assert!(matches!(error, DataError::BatchPanicked { batch: 2, index: None, .. }));
    }
}

#[test]
fn an_error_says_which_sample_and_which_file() {
    struct Filed(Arc<dyn Dataset>);
    impl Dataset for Filed {
        fn len(&self) -> usize {
            self.0.len()
        }
        fn get(&self, index: usize) -> Result<Sample, DataError> {
            self.0.get(index)
        }
        fn label(&self, index: usize) -> Option<usize> {
            self.0.label(index)
        }
        fn path(&self, _: usize) -> Option<&std::path::Path> {
            Some("a file.png".as_ref())
        }
        fn class_names(&self) -> &ClassNames {
            self.0.class_names()
        }
        fn fingerprint(&self) -> String {
            self.0.fingerprint()
        }
    }
    struct Fails;
    impl Transform for Fails {
        fn apply(&self, _: Sample, _: &mut Stream) -> Result<Sample, DataError> {
            panic!("it fails")
        }
    }
    let data = Arc::new(Map::new(Arc::new(Filed(Arc::new(random_pictures(3)))), "same", Ok));
    let config = LoaderConfig { shuffle: false, ..LoaderConfig::default() };
    let loader = Loader::new(data, vec![Arc::new(Fails)], Preprocessing::gray([1, 1]), config, 0).unwrap();
    let error = loader.epoch(0, 0).next().unwrap().unwrap_err();
    assert_eq!(error.to_string(), "cannot load sample 0 from \"a file.png\"");
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("it fails"), "{source}");
}

#[test]
fn prefetched_batches_are_bounded_by_bytes_too() {
    let loaded = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&loaded);
    let data = Arc::new(Generated::unlabelled("counted", 60, move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
        Ok(Sample::new(Picture::new(1, 1, 1, vec![0])?))
    }));
    let config = LoaderConfig { batch_size: 2, workers: 4, prefetch: 20, ..LoaderConfig::default() };
    let all = |bytes: usize| {
        loaded.store(0, Ordering::SeqCst);
        let loader = Loader::new(data.clone(), vec![], Preprocessing::gray([8, 8]), config, 0).unwrap();
        let mut epoch = loader.with_prefetch_bytes(bytes).epoch(0, 0);
        epoch.next().unwrap().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(200));
        let ahead = loaded.load(Ordering::SeqCst);
        (ahead, epoch.count())
    };
    // A batch has 2 x 8 x 8 numbers of 4 bytes.
    assert_eq!(all(3 * 512 + 511), (2 + 3 * 2, 29));
    assert_eq!(all(0), (2 + 2, 29));
    assert_eq!(all(usize::MAX), (2 + 20 * 2, 29));
}

#[test]
fn a_batch_that_is_given_back_changes_nothing_in_later_ones() {
    let expected = loader(Arc::new(random_pictures(11)), 0).epoch(0, 0).collect::<Result<Vec<_>, _>>().unwrap();
    for workers in WORKERS {
        let loader = loader(Arc::new(random_pictures(11)), workers);
        for _ in 0..3 {
            for (batch, expected) in loader.epoch(0, 0).zip(&expected) {
                let mut batch = batch.unwrap();
                assert_eq!(batch, *expected);
                batch.images.fill(f32::NAN);
                loader.recycle(batch);
            }
        }
    }
}

#[test]
fn a_mapped_data_set_changes_samples_and_its_fingerprint() {
    let data: Arc<dyn Dataset> = Arc::new(random_pictures(4));
    let first_row = |mut sample: Sample| {
        let picture = sample.image.to_u8();
        let width = picture.width();
        sample.image = Picture::new(1, width, 1, picture.pixels()[..width].to_vec())?.into();
        Ok(sample)
    };
    let mapped = Map::new(Arc::clone(&data), "first row", first_row);
    assert_eq!(mapped.get(2).unwrap().image.size(), [1, 6]);
    assert_eq!((mapped.label(2), mapped.len()), (data.label(2), 4));
    let other = Map::new(Arc::clone(&data), "another", first_row);
    assert!(mapped.fingerprint() != data.fingerprint() && mapped.fingerprint() != other.fingerprint());
}

#[test]
fn a_generated_data_set_has_bounds_and_a_fingerprint_of_its_own() {
    let make = |_| Ok(Sample::new(Picture::new(1, 1, 1, vec![0])?));
    let labelled =
        |name: &str, labels: &[usize]| Generated::labelled(name, labels.to_vec(), ClassNames::numbered(2), make);
    let data = labelled("one", &[0, 1]);
    assert!(matches!(data.get(2), Err(DataError::IndexOutOfRange { index: 2, len: 2 })));
    assert_eq!(data.get(1).unwrap().label, Some(1));
    let prints = [
        data.fingerprint(),
        labelled("two", &[0, 1]).fingerprint(),
        labelled("one", &[1, 1]).fingerprint(),
        Generated::unlabelled("one", 2, make).fingerprint(),
    ];
    for (at, print) in prints.iter().enumerate() {
        assert!(prints[..at].iter().all(|other| other != print));
    }
}

/// Random pictures in color, with all that transforms change along with them.
fn colored(len: usize) -> Arc<dyn Dataset> {
    Arc::new(Generated::labelled(
        "colored",
        (0..len).map(|index| index % 3).collect(),
        ClassNames::numbered(9),
        |index| {
            let mut stream = striate_core::Streams::new(1).at(0, index as u64).open("picture");
            let (height, width) = (8 + stream.below(20), 8 + stream.below(20));
            let pixels = (0..height * width * 3).map(|_| stream.below(256) as u8).collect();
            let mask = Picture::new(height, width, 1, vec![1; height * width])?;
            let boxes = Boxes::xyxy([([1.0, 2.0, 6.0, 7.0], 0)]);
            Ok(Sample::new(Picture::new(height, width, 3, pixels)?).with_mask(mask).with_boxes(boxes))
        },
    ))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn batches_of_any_pipeline_are_equal_for_any_workers_and_from_any_batch_on(
        steps in proptest::collection::vec(any_transform(), 1..5),
        samples in 1..9usize,
        batch_size in 1..4usize,
        (seed, epoch) in (any::<u64>(), 0..3u64),
    ) {
        let pipeline = Arc::new(Pipeline { steps });
        let batches = |workers, first| {
            let config = LoaderConfig { batch_size, workers, ..LoaderConfig::default() };
            let how = Preprocessing::rgb([9, 7]);
            let loader = Loader::new(colored(samples), vec![pipeline.clone()], how, config, seed).unwrap();
            loader.epoch(epoch, first).collect::<Result<Vec<_>, _>>().unwrap()
        };
        let bits = |batches: &[Batch]| {
            let of = |batch: &Batch| batch.images.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            batches.iter().map(|batch| (of(batch), batch.labels.clone(), batch.indices.clone())).collect::<Vec<_>>()
        };
        let expected = bits(&batches(0, 0));
        for workers in WORKERS {
            for first in 0..expected.len() {
                prop_assert!(bits(&batches(workers, first)) == expected[first..], "{workers} workers from {first}");
            }
        }
    }
}

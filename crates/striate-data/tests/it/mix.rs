//! MixUp and CutMix.

use std::sync::Arc;

use striate_core::{Preprocessing, Streams};
use striate_data::ops::Rect;
use striate_data::transforms::{BatchOperation, BatchTransform, CutMix, MixUp};
use striate_data::{Batch, DataError, Loader, LoaderConfig};

use crate::support::random_pictures;

fn batch() -> Batch {
    Batch {
        images: vec![0.0, 0.0, 0.0, 0.0, 8.0, 8.0, 8.0, 8.0, 4.0, 4.0, 4.0, 4.0],
        shape: [3, 1, 2, 2],
        labels: vec![0, 1, 1],
        indices: vec![0, 1, 2],
        ..Batch::default()
    }
}

#[test]
fn mixup_adds_the_picture_before() {
    let mut batch = batch();
    BatchOperation::MixUp { own: 0.75 }.apply(&mut batch, 2);
    assert_eq!(batch.images, [[1.0; 4], [6.0; 4], [5.0; 4]].concat());
    assert_eq!(batch.soft_labels, [0.75, 0.25, 0.25, 0.75, 0.0, 1.0]);
    // Once more, of labels that are soft already.
    BatchOperation::MixUp { own: 0.5 }.apply(&mut batch, 2);
    assert_eq!(batch.soft_labels, [0.375, 0.625, 0.5, 0.5, 0.125, 0.875]);
}

#[test]
fn cutmix_takes_a_part_of_the_picture_before_and_mixes_labels_by_area() {
    let mut batch = batch();
    BatchOperation::CutMix { part: Rect { top: 1, left: 1, height: 1, width: 1 } }.apply(&mut batch, 2);
    assert_eq!(batch.images, [0.0, 0.0, 0.0, 4.0, 8.0, 8.0, 8.0, 0.0, 4.0, 4.0, 4.0, 8.0]);
    assert_eq!(batch.soft_labels, [0.75, 0.25, 0.25, 0.75, 0.0, 1.0]);
}

#[test]
fn own_parts_are_beta_distributed() {
    // The variance of a beta distribution with both parameters a is 1 / (4 (2a + 1)).
    for alpha in [0.2, 1.0, 5.0] {
        let mut stream = Streams::new(3).open("mix");
        let parts = (0..20_000).map(|_| match (MixUp { alpha }).draw([1; 4], &mut stream) {
            BatchOperation::MixUp { own } => f64::from(own),
            other => panic!("{other:?} is no MixUp"),
        });
        let parts = parts.collect::<Vec<_>>();
        let mean = parts.iter().sum::<f64>() / parts.len() as f64;
        let variance = parts.iter().map(|part| (part - mean).powi(2)).sum::<f64>() / parts.len() as f64;
        let expected = 1.0 / (4.0 * (2.0 * alpha + 1.0));
        assert!((mean - 0.5).abs() < 0.015 && (variance / expected - 1.0).abs() < 0.05, "{alpha}: {mean}, {variance}");
    }
}

#[test]
fn a_cut_covers_the_part_that_was_drawn_where_it_fits() {
    let mut stream = Streams::new(4).open("mix");
    for _ in 0..500 {
        let BatchOperation::CutMix { part } = CutMix::default().draw([2, 3, 5, 7], &mut stream) else {
            panic!("CutMix draws no other")
        };
        assert!(part.top + part.height <= 5 && part.left + part.width <= 7, "{part:?}");
    }
}

#[test]
fn mixed_batches_are_equal_with_any_number_of_workers_and_refuse_unlabelled_data() {
    let loader = |workers| {
        let config = LoaderConfig { batch_size: 4, workers, ..LoaderConfig::default() };
        let data = Arc::new(random_pictures(10));
        let loader = Loader::new(data, vec![], Preprocessing::gray([4, 4]), config, 1).unwrap();
        let mixes: Vec<Arc<dyn BatchTransform>> = vec![Arc::new(MixUp { alpha: 0.4 }), Arc::new(CutMix::default())];
        loader.with_batch_transforms(mixes).unwrap()
    };
    let all = |workers, first| loader(workers).epoch(2, first).map(Result::unwrap).collect::<Vec<_>>();
    let expected = all(0, 0);
    assert_eq!(expected[2].soft_labels.len(), 2 * 3);
    for batch in &expected {
        let sums = batch.soft_labels.chunks_exact(3).map(|parts| parts.iter().sum::<f32>());
        assert!(sums.into_iter().all(|sum| (sum - 1.0).abs() < 1e-5));
    }
    for workers in [1, 3] {
        assert_eq!(all(workers, 0), expected);
        assert_eq!(all(workers, 1), expected[1..]);
    }
    let error = loader(0).with_batch_transforms(vec![Arc::new(MixUp { alpha: 0.0 })]).unwrap_err();
    assert!(matches!(error, DataError::Setting { field: "alpha", .. }), "{error}");
}

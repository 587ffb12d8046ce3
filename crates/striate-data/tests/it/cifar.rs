//! CIFAR's binary files.

use std::fs;
use std::path::Path;

use striate_core::ClassNames;
use striate_data::{Cifar, CifarLabels, Dataset, Part};
use tempfile::TempDir;

use crate::support::{chain, tree};

/// A record with these labels; its red, green and blue are `value`, `value + 1` and `value + 2`, but the second pixel
/// of the first row has red 0.
fn record(labels: &[u8], value: u8) -> Vec<u8> {
    let mut record = labels.to_vec();
    for channel in 0..3 {
        record.extend([value + channel; 1024]);
    }
    record[labels.len() + 1] = 0;
    record
}

fn cifar10() -> TempDir {
    let folder = tree(&[("test_batch.bin", &record(&[9], 70)), ("batches.meta.txt", b"")]);
    for batch in 1..=5 {
        let name = format!("data_batch_{batch}.bin");
        let records = [record(&[batch], 10 * batch), record(&[0], 100 + batch)].concat();
        fs::write(folder.path().join(name), records).unwrap();
    }
    fs::remove_file(folder.path().join("batches.meta.txt")).unwrap();
    folder
}

#[test]
fn cifar10_has_its_batches_in_order_and_its_planes_interleaved() {
    let folder = cifar10();
    let data = Cifar::cifar10(folder.path(), Part::Train).unwrap();
    assert_eq!(data.len(), 10);
    let labels = (0..10).map(|index| data.label(index).unwrap()).collect::<Vec<_>>();
    assert_eq!(labels, [1, 0, 2, 0, 3, 0, 4, 0, 5, 0]);
    let sample = data.get(2).unwrap();
    let picture = sample.image.to_u8();
    assert_eq!((picture.size(), picture.channels(), sample.label), ([32, 32], 3, Some(2)));
    assert_eq!(picture.pixels()[..9], [20, 21, 22, 0, 21, 22, 20, 21, 22]);
    assert_eq!(data.class_names(), &ClassNames::cifar10());
    assert!(data.get(10).is_err() && data.get(usize::MAX).is_err() && data.label(10).is_none());
    let test = Cifar::cifar10(folder.path(), Part::Test).unwrap();
    assert_eq!((test.len(), test.label(0)), (1, Some(9)));
    assert_ne!(test.fingerprint(), data.fingerprint());
}

#[test]
fn names_beside_the_files_are_taken_and_counted() {
    let folder = cifar10();
    let names = folder.path().join("batches.meta.txt");
    fs::write(&names, "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n").unwrap();
    let data = Cifar::cifar10(folder.path(), Part::Test).unwrap();
    assert_eq!(data.class_names().get(9), Some("j"));
    fs::write(&names, "a\nb\n").unwrap();
    let error = chain(&Cifar::cifar10(folder.path(), Part::Test).unwrap_err());
    assert!(error.ends_with("batches.meta.txt\": it has 2 names for 10 classes"), "{error}");
}

#[test]
fn cifar100_has_fine_or_coarse_labels_and_the_other_in_its_meta_data() {
    let records = [record(&[14, 98], 1), record(&[17, 47], 2)].concat();
    let folder = tree(&[("cifar-100-binary/train.bin", &records)]);
    let fine = Cifar::cifar100(folder.path(), Part::Train, CifarLabels::Fine).unwrap();
    assert_eq!((fine.len(), fine.class_names()), (2, &ClassNames::cifar100()));
    let sample = fine.get(1).unwrap();
    assert_eq!((sample.label, fine.class_names().get(47)), (Some(47), Some("maple_tree")));
    assert_eq!(sample.meta["coarse"], "trees");
    let coarse = Cifar::cifar100(folder.path(), Part::Train, CifarLabels::Coarse).unwrap();
    assert_eq!(
        (coarse.label(0), coarse.class_names().get(14), coarse.class_names().len()),
        (Some(14), Some("people"), 20)
    );
    assert_eq!(coarse.get(0).unwrap().meta["fine"], "woman");
    assert_ne!(fine.fingerprint(), coarse.fingerprint());
}

#[test]
fn a_missing_batch_is_named() {
    let folder = cifar10();
    fs::remove_file(folder.path().join("data_batch_4.bin")).unwrap();
    let error = chain(&Cifar::cifar10(folder.path(), Part::Train).unwrap_err());
    assert!(error.contains("data_batch_4.bin"), "{error}");
    assert!(Cifar::cifar10(Path::new("no such folder"), Part::Test).is_err());
}

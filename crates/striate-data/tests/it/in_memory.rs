//! Data sets in memory, and parts of data sets.

use std::sync::Arc;

use striate_core::ClassNames;
use striate_data::{DataError, Dataset, InMemory, Picture, Sample, Subset};

use crate::support::random_pictures;

fn pixel(value: u8) -> Sample {
    Sample::new(Picture::new(1, 1, 1, vec![value]).unwrap())
}

#[test]
fn samples_come_back_as_they_went_in() {
    let data = InMemory::new(vec![pixel(1).with_label(1), pixel(2)], ClassNames::new(["cat", "dog"])).unwrap();
    assert_eq!((data.len(), data.is_empty()), (2, false));
    assert_eq!(data.get(0).unwrap(), pixel(1).with_label(1));
    assert_eq!((data.label(0), data.label(1), data.label(2)), (Some(1), None, None));
    assert!(matches!(data.get(2), Err(DataError::IndexOutOfRange { index: 2, len: 2 })));
}

#[test]
fn a_label_without_a_class_name_is_refused() {
    let error = InMemory::new(vec![pixel(1), pixel(1).with_label(2)], ClassNames::numbered(2)).unwrap_err();
    assert!(matches!(error, DataError::LabelOutOfRange { index: 1, label: 2, num_classes: 2 }), "{error}");
}

#[test]
fn the_fingerprint_follows_pixels_labels_order_and_names() {
    let of =
        |samples: Vec<Sample>, names: [&str; 2]| InMemory::new(samples, ClassNames::new(names)).unwrap().fingerprint();
    let (a, b) = (|| pixel(1).with_label(0), || pixel(2).with_label(1));
    let base = of(vec![a(), b()], ["x", "y"]);
    assert_eq!(base, of(vec![a(), b()], ["x", "y"]));
    let others = [
        of(vec![b(), a()], ["x", "y"]),
        of(vec![a(), pixel(3).with_label(1)], ["x", "y"]),
        of(vec![a(), pixel(2)], ["x", "y"]),
        of(vec![a(), b()], ["x", "z"]),
        of(vec![a()], ["x", "y"]),
    ];
    assert!(others.iter().all(|other| *other != base));
}

#[test]
fn a_subset_has_its_samples_in_its_order() {
    let data = Arc::new(random_pictures(6));
    let subset = Subset::new(data.clone(), vec![4, 0, 4]).unwrap();
    assert_eq!(subset.len(), 3);
    for (index, of_parent) in [4, 0, 4].into_iter().enumerate() {
        assert_eq!(subset.get(index).unwrap(), data.get(of_parent).unwrap());
        assert_eq!(subset.label(index), data.label(of_parent));
    }
    assert_eq!(subset.class_names(), data.class_names());
    assert_eq!((subset.label(3), subset.indices()), (None, &[4, 0, 4][..]));
    assert!(matches!(subset.get(3), Err(DataError::IndexOutOfRange { index: 3, len: 3 })));

    let error = Subset::new(data, vec![0, 6]).unwrap_err();
    assert!(matches!(error, DataError::IndexOutOfRange { index: 6, len: 6 }), "{error}");
}

#[test]
fn a_subset_s_fingerprint_follows_parent_and_indices() {
    let of = |parent: usize, indices: &[usize]| {
        Subset::new(Arc::new(random_pictures(parent)), indices.to_vec()).unwrap().fingerprint()
    };
    let base = of(6, &[0, 1]);
    assert_eq!(base, of(6, &[0, 1]));
    assert!([of(6, &[1, 0]), of(6, &[0]), of(7, &[0, 1])].iter().all(|other| *other != base));
}

//! Transforms.

use std::collections::BTreeSet;

use striate_core::Streams;
use striate_data::{Picture, RandomShift, Sample, Transform};

#[test]
fn a_random_shift_reaches_every_place_and_no_other() {
    let mut pixels = vec![0; 25];
    pixels[12] = 9;
    let sample = Sample::new(Picture::new(5, 5, 1, pixels).unwrap()).with_label(3);
    let mut stream = Streams::new(0).open("augment");
    let places = (0..200)
        .map(|_| {
            let shifted = RandomShift { max_px: 1 }.apply(sample.clone(), &mut stream).unwrap();
            assert_eq!(shifted.label, Some(3));
            assert_eq!((shifted.image.height(), shifted.image.width()), (5, 5));
            shifted.image.to_u8().pixels().iter().position(|&value| value == 9).unwrap()
        })
        .collect::<BTreeSet<_>>();
    assert_eq!(places, BTreeSet::from([6, 7, 8, 11, 12, 13, 16, 17, 18]));
}

#[test]
fn a_shift_by_nothing_changes_nothing_and_one_beyond_all_bounds_is_allowed() {
    let sample = Sample::new(Picture::new(2, 2, 3, (0..12).collect()).unwrap());
    let mut stream = Streams::new(0).open("augment");
    assert_eq!(RandomShift { max_px: 0 }.apply(sample.clone(), &mut stream).unwrap(), sample);
    let far = RandomShift { max_px: usize::MAX }.apply(sample, &mut stream).unwrap();
    assert_eq!(far.image.to_u8().pixels(), [0; 12]);
}

#[test]
fn a_random_shift_survives_json_and_refuses_unknown_keys() {
    let json = serde_json::to_string(&RandomShift { max_px: 2 }).unwrap();
    assert_eq!(json, r#"{"max_px":2}"#);
    assert_eq!(serde_json::from_str::<RandomShift>(&json).unwrap(), RandomShift { max_px: 2 });
    assert!(serde_json::from_str::<RandomShift>(r#"{"max_px":2,"fill":0}"#).is_err());
}

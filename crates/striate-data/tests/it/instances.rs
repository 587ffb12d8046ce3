//! Masks of things.

use proptest::prelude::*;
use striate_core::Streams;
use striate_data::transforms::*;
use striate_data::{DataError, IndexMask, Picture, Sample, Transform};

/// A picture, a mask of classes and a mask of things, whose numbers have the classes for low bytes and 7 for high ones.
fn sample(height: usize, width: usize) -> Sample {
    let classes = (0..height * width).map(|place| (place % 250 + 1) as u8).collect::<Vec<_>>();
    let numbers = classes.iter().map(|&class| u16::from_be_bytes([7, class])).collect();
    Sample::new(Picture::new(height, width, 1, vec![9; height * width]).unwrap())
        .with_mask(Picture::new(height, width, 1, classes).unwrap())
        .with_instances(IndexMask::new(height, width, numbers).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn things_move_as_classes_do(
        steps in proptest::collection::vec(prop_oneof![
            Just(Augmentation::from(RandomHorizontalFlip::default().probability(0.5))),
            Just(RandomRotation::new(90.0).expand().into()),
            Just(RandomCrop::new([20, 30]).padding(4).into()),
            Just(Resize::new([25, 13]).into()),
        ], 1..4),
        seed in any::<u64>(),
    ) {
        let mut stream = Streams::new(seed).open("augment");
        let moved = steps.into_iter().fold(Pipeline::new(), Pipeline::then).apply(sample(23, 31), &mut stream).unwrap();
        let (mask, things) = (moved.mask.unwrap(), moved.instances.unwrap());
        prop_assert_eq!(things.size(), mask.size());
        for (&class, &number) in mask.pixels().iter().zip(things.numbers()) {
            // Outside there is neither.
            let expected = if class == 0 { 0 } else { u16::from_be_bytes([7, class]) };
            prop_assert_eq!(number, expected);
        }
    }
}

#[test]
fn a_mask_of_things_of_another_size_is_refused() {
    let wrong = sample(3, 3).with_instances(IndexMask::new(2, 3, vec![0; 6]).unwrap());
    let flip = RandomHorizontalFlip::default().probability(1.0);
    let error = flip.apply(wrong, &mut Streams::new(0).open("augment")).unwrap_err();
    assert!(matches!(error, DataError::MaskSize { mask: [2, 3], channels: 1, image: [3, 3] }), "{error}");
    for (height, width, numbers) in [(0, 3, 0), (3, 0, 0), (2, 2, 3), (usize::MAX, 2, 2)] {
        let error = IndexMask::new(height, width, vec![0; numbers]).unwrap_err();
        assert!(matches!(error, DataError::PictureShape { .. }), "{error}");
    }
}

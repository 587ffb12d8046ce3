//! The embedded digits.

use striate_core::ClassNames;
use striate_data::{Dataset, Digits};

#[test]
fn digits_are_28_px_wide_and_of_ten_classes() {
    for (data, len) in [(Digits::train(), 8000), (Digits::test(), 2000)] {
        assert_eq!(data.len(), len);
        assert_eq!(data.class_names(), &ClassNames::new(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]));
        let mut counts = [0; 10];
        (0..len).for_each(|index| counts[data.label(index).unwrap()] += 1);
        assert!(counts.iter().all(|&count| count > len / 20), "{counts:?}");

        let picture = data.get(len - 1).unwrap().image.to_u8();
        assert_eq!((picture.height(), picture.width(), picture.channels()), (28, 28, 1));
    }
}

#[test]
fn digits_are_light_on_dark() {
    let data = Digits::test();
    let border_and_middle = |index| {
        let picture = data.get(index).unwrap().image.to_u8();
        let sum = |values: &[u8]| values.iter().map(|&value| u64::from(value)).sum::<u64>();
        (sum(&picture.pixels()[..28]), sum(&picture.pixels()[12 * 28..16 * 28]))
    };
    let (border, middle) =
        (0..2000).map(border_and_middle).fold((0, 0), |sums, (border, middle)| (sums.0 + border, sums.1 + middle));
    assert!(middle > 100 * border, "{border} {middle}");
}

#[test]
fn train_and_test_have_fingerprints_of_their_own() {
    assert_ne!(Digits::train().fingerprint(), Digits::test().fingerprint());
    assert_eq!(Digits::test().fingerprint(), Digits::test().fingerprint());
}

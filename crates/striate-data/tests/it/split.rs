//! Dividing a data set.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use striate_core::{ClassNames, Streams};
use striate_data::{DataError, Dataset, InMemory, Picture, Sample, Subset, split};

fn dataset(labels: &[Option<usize>]) -> Arc<InMemory> {
    let sample = |label: &Option<usize>| {
        let sample = Sample::new(Picture::new(1, 1, 1, vec![0]).unwrap());
        label.map_or(sample.clone(), |label| sample.with_label(label))
    };
    Arc::new(InMemory::new(labels.iter().map(sample).collect(), ClassNames::numbered(4)).unwrap())
}

fn count(part: &Subset, label: Option<usize>) -> usize {
    (0..part.len()).filter(|&index| part.label(index) == label).count()
}

proptest! {
    #[test]
    fn every_class_is_divided_and_no_sample_lost(
        labels in proptest::collection::vec(proptest::option::weighted(0.9, 0usize..4), 0..60),
        fraction in 0.01..0.99,
        seed in any::<u64>(),
    ) {
        let data = dataset(&labels);
        let classes = labels.iter().copied().collect::<BTreeSet<_>>();
        let of_class = |class| labels.iter().filter(|&&label| label == class).count();
        let parts = split(data.clone(), fraction, Streams::new(seed));
        if classes.iter().all(|&class| of_class(class) < 2) {
            let refused = matches!(parts, Err(DataError::SplitTooSmall { samples }) if samples == labels.len());
            prop_assert!(refused);
            return Ok(());
        }
        let (first, second) = parts.unwrap();
        let mut all = [first.indices(), second.indices()].concat();
        all.sort_unstable();
        prop_assert_eq!(all, (0..labels.len()).collect::<Vec<_>>());
        prop_assert!(first.indices().is_sorted() && second.indices().is_sorted());
        for class in classes {
            let (whole, in_first, in_second) = (of_class(class), count(&first, class), count(&second, class));
            let at_least = usize::from(whole > 1);
            prop_assert!(in_first >= 1 && in_second >= at_least);
            let exact = whole as f64 * fraction;
            let nearest = (in_second as f64 - exact).abs() <= 0.5 + 1e-9;
            prop_assert!(nearest || in_first == 1 || in_second == at_least, "{in_second} of {whole} is not {fraction}");
        }
        let (again, _) = split(data, fraction, Streams::new(seed)).unwrap();
        prop_assert_eq!(again.indices(), first.indices());
    }
}

#[test]
fn a_fifth_of_each_class_is_exact_and_depends_on_the_seed() {
    let labels = (0..100).map(|index| Some(index % 4)).collect::<Vec<_>>();
    let of = |seed| split(dataset(&labels), 0.2, Streams::new(seed)).unwrap().1;
    assert!((0..4).all(|class| count(&of(1), Some(class)) == 5));
    assert_ne!(of(1).indices(), of(2).indices());
}

#[test]
fn a_fraction_that_is_not_inside_0_and_1_is_refused() {
    for fraction in [0.0, 1.0, -0.1, 1.5, f64::NAN, f64::INFINITY] {
        let error = split(dataset(&[Some(0); 10]), fraction, Streams::new(0)).unwrap_err();
        assert!(matches!(error, DataError::Fraction { .. }), "{error}");
    }
}

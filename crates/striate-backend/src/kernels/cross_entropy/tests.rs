use proptest::prelude::*;

use super::{Logits, backward, forward, reference};
use crate::kernels::simd;
use crate::kernels::testing::{near, on_threads, values, written};

fn labels(count: usize, classes: usize) -> Vec<u32> {
    (0..count).map(|i| (i * 7 % classes) as u32).collect()
}

#[track_caller]
fn check(logits: Logits<'_>, losses_grad: &[f32]) {
    let (losses, grads) = (reference::forward(logits), reference::backward(logits, losses_grad));
    for arch in simd::all() {
        let got = on_threads(|| written(losses.len(), |to| forward(arch, logits, to)));
        near(&got, &losses, 1e-5);
        let got = on_threads(|| written(grads.len(), |to| backward(arch, logits, losses_grad, to)));
        near(&got, &grads, 1e-5);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn losses_and_gradients_are_as_the_plain_loop(
        batch in 1usize..5,
        classes in 1usize..40,
        inner in prop_oneof![Just(1), 1usize..300],
        smoothing in prop_oneof![Just(0.0f32), 0.0f32..1.0],
        size in 0.1f32..60.0,
    ) {
        let count = batch * inner;
        let logits: Vec<f32> = values(count * classes, 1).into_iter().map(|v| v * size).collect();
        let (labels, grad) = (labels(count, classes), values(count, 2));
        check(Logits { classes, inner, values: &logits, labels: &labels, smoothing }, &grad);
    }

    #[test]
    fn nan_and_infinity_pass_through_but_where_no_gradient_comes(
        inner in prop_oneof![Just(1), 2usize..20],
        special in proptest::collection::vec(0usize..300, 0..6),
        what in prop_oneof![Just(f32::NAN), Just(f32::INFINITY), Just(f32::NEG_INFINITY)],
    ) {
        let (classes, count) = (9, 2 * inner);
        let mut logits = values(count * classes, 1);
        let len = logits.len();
        special.into_iter().for_each(|place| logits[place % len] = what);
        let (labels, mut grad) = (labels(count, classes), values(count, 2));
        grad[0] = 0.0;
        check(Logits { classes, inner, values: &logits, labels: &labels, smoothing: 0.0 }, &grad);
    }
}

#[test]
fn a_thousand_classes_and_more_than_four_million_logits_are_as_the_plain_loop() {
    for (count, classes, inner) in [(64, 1000, 1), (4_300, 1000, 1), (2 * 100_001, 21, 100_001)] {
        let logits = values(count * classes, 5);
        let (labels, grad) = (labels(count, classes), values(count, 2));
        check(Logits { classes, inner, values: &logits, labels: &labels, smoothing: 0.1 }, &grad);
    }
}

use proptest::prelude::*;

use super::{Shape, Target, cross_entropy};
use crate::kernels::simd;
use crate::kernels::testing::{near, on_threads, values, written};

/// Losses and gradient by the plain loop in `f64`, of targets as probabilities.
fn plain(shape: Shape, logits: &[f32], probabilities: &[f32], scale: f32) -> (Vec<f32>, Vec<f32>) {
    let Shape { rows, classes, inner } = shape;
    let (mut losses, mut grad) = (vec![0.0; rows * inner], vec![0.0; logits.len()]);
    for (row, x) in (0..rows).flat_map(|row| (0..inner).map(move |x| (row, x))) {
        let place = |class: usize| (row * classes + class) * inner + x;
        let logit = |class: usize| f64::from(logits[place(class)]);
        let largest = (0..classes).map(logit).fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = (0..classes).map(|class| (logit(class) - largest).exp()).sum();
        let total: f64 = (0..classes).map(|class| f64::from(probabilities[place(class)])).sum();
        let mut loss = 0.0;
        for class in 0..classes {
            let probability = f64::from(probabilities[place(class)]);
            loss += probability * (sum.ln() + largest - logit(class));
            let softmax = (logit(class) - largest).exp() / sum;
            grad[place(class)] = (f64::from(scale) * (softmax * total - probability)) as f32;
        }
        losses[row * inner + x] = loss as f32;
    }
    (losses, grad)
}

fn check(shape: Shape, range: f32, by_class: bool) {
    let Shape { rows, classes, inner } = shape;
    let logits: Vec<f32> = values(rows * classes * inner, 1).into_iter().map(|v| v * range).collect();
    // One number past the last class: such a place doesn't count.
    let numbers: Vec<usize> = (0..rows * inner).map(|i| i * 7919 % (classes + 1)).collect();
    let probabilities: Vec<f32> = match by_class {
        true => {
            let mut all = vec![0.0; logits.len()];
            for (i, number) in numbers.iter().enumerate().filter(|(_, number)| **number < classes) {
                all[(i / inner * classes + number) * inner + i % inner] = 1.0;
            }
            all
        }
        false => values(logits.len(), 2).into_iter().map(|v| v.abs() / classes as f32).collect(),
    };
    let target = if by_class { Target::Classes(&numbers) } else { Target::Probabilities(&probabilities) };
    let (want, want_grad) = plain(shape, &logits, &probabilities, 0.25);
    for arch in simd::all() {
        let run = |with_grad: bool| {
            let mut grad = Vec::new();
            let losses = written(want.len(), |losses| match with_grad {
                true => {
                    grad = written(logits.len(), |grad| {
                        cross_entropy(arch, shape, &logits, target, 0.25, losses, Some(grad));
                    });
                }
                false => cross_entropy(arch, shape, &logits, target, 0.25, losses, None),
            });
            (losses, grad)
        };
        let both = on_threads(|| {
            let (losses, grad) = run(true);
            [losses, grad].concat()
        });
        near(&both[..want.len()], &want, 2e-6);
        near(&both[want.len()..], &want_grad, 1e-6);
        assert_eq!(run(false).0, both[..want.len()]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn random_shapes_are_as_the_plain_loop(
        rows in 1usize..20, classes in 1usize..70, inner in prop_oneof![Just(1usize), 2usize..600],
        large: bool, by_class: bool,
    ) {
        check(Shape { rows, classes, inner }, if large { 300.0 } else { 4.0 }, by_class);
    }
}

#[test]
fn many_classes_are_as_the_plain_loop() {
    check(Shape { rows: 40, classes: 1000, inner: 1 }, 8.0, true);
}

#[test]
fn nan_stays_in_its_row() {
    let mut logits = values(60, 1);
    logits[25] = f32::NAN;
    for (arch, inner) in simd::all().into_iter().flat_map(|arch| [(arch, 1), (arch, 2)]) {
        let shape = Shape { rows: 60 / (20 * inner), classes: 20, inner };
        let (numbers, logits) = (vec![3; shape.rows * inner], &logits[..shape.rows * 20 * inner]);
        let losses = written(numbers.len(), |to| {
            cross_entropy(arch, shape, logits, Target::Classes(&numbers), 1.0, to, None);
        });
        for (place, loss) in losses.iter().enumerate() {
            // Value 25 is of the second row, or of the second px of the first.
            assert_eq!(loss.is_nan(), place == 1, "place {place}");
        }
    }
}

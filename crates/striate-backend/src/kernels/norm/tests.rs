use proptest::prelude::*;

use super::{Saved, Shape, Statistics, backward, forward, reference};
use crate::kernels::simd;
use crate::kernels::testing::{near, on_threads, values, written};

const EPSILON: f64 = 1e-5;

fn shapes() -> impl Strategy<Value = Shape> {
    let inner = prop_oneof![1usize..100, 4000usize..9000];
    (1usize..6, prop_oneof![1usize..5, 14usize..20], inner).prop_map(|(batch, channels, inner)| Shape {
        batch,
        channels,
        inner,
    })
}

fn check(shape: Shape) {
    let len = shape.len();
    let x: Vec<f32> = values(len, 1).into_iter().map(|v| v * 2.0 + 3.0).collect();
    let grad = values(len, 2);
    let (gamma, beta) = (values(shape.channels, 4), values(shape.channels, 5));
    let wanted = reference::statistics(shape, &x);
    for arch in simd::all() {
        let run = || {
            let mut kept = None;
            let output = written(len, |to| kept = Some(forward(arch, shape, &x, &gamma, &beta, EPSILON, to)));
            (output, kept.expect("it was written"))
        };
        let (output, statistics) = run();
        let bits = on_threads(|| {
            let (output, statistics) = run();
            [output, statistics.mean, statistics.variance].concat()
        });
        assert_eq!(bits, [&output[..], &statistics.mean, &statistics.variance].concat());
        near(&statistics.mean, &wanted.iter().map(|s| s[0] as f32).collect::<Vec<_>>(), 1e-6);
        near(&statistics.variance, &wanted.iter().map(|s| s[1] as f32).collect::<Vec<_>>(), 1e-5);
        near(&output, &reference::forward(shape, &x, &wanted, [&gamma, &beta], EPSILON), 1e-4);

        let saved = Saved { x: &x, statistics: &statistics, gamma: &gamma };
        let [x_grad, gamma_grad, beta_grad] = reference::backward(shape, &x, &gamma, EPSILON, &grad);
        // With two values or so per channel, the variance may be tiny and the gradient a difference of large numbers.
        let scale = statistics.inverse_deviation.iter().fold(1f32, |a, b| a.max(*b));
        let run = || {
            let mut kept = Vec::new();
            let of_x = written(len, |to| {
                let grads = backward(arch, shape, saved, &grad, to);
                kept = [grads.gamma, grads.beta].concat();
            });
            (of_x, kept)
        };
        let (of_x, parameters) = run();
        assert_eq!(on_threads(|| run().0), of_x);
        near(&of_x, &x_grad, 1e-4 * scale * scale);
        near(&parameters, &[gamma_grad, beta_grad].concat(), 1e-3 * scale);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn random_shapes_are_as_the_plain_loop(shape in shapes()) {
        check(shape);
    }
}

#[test]
fn variance_keeps_its_digits_beside_a_large_mean() {
    let shape = Shape { batch: 4, channels: 2, inner: 5000 };
    let x: Vec<f32> = values(shape.len(), 1).into_iter().map(|v| v + 4096.0).collect();
    let wanted = reference::statistics(shape, &x);
    for arch in simd::all() {
        let mut kept = None;
        written(x.len(), |to| kept = Some(forward(arch, shape, &x, &[1.0; 2], &[0.0; 2], EPSILON, to)));
        let Statistics { mean, variance, .. } = kept.expect("it was written");
        near(&mean, &wanted.iter().map(|s| s[0] as f32).collect::<Vec<_>>(), 1e-7);
        near(&variance, &wanted.iter().map(|s| s[1] as f32).collect::<Vec<_>>(), 1e-5);
    }
}

#[test]
fn nan_stays_in_its_channel() {
    let shape = Shape { batch: 2, channels: 2, inner: 33 };
    let mut x = values(shape.len(), 1);
    x[40] = f32::NAN;
    for arch in simd::all() {
        let got = written(x.len(), |to| {
            forward(arch, shape, &x, &[1.0; 2], &[0.0; 2], EPSILON, to);
        });
        assert!(got.iter().enumerate().all(|(i, y)| y.is_nan() == (i / 33 % 2 == 1)));
    }
}

use proptest::prelude::*;

use super::{
    After, Saved, Shape, Statistics, backward, backward_over, forward_evaluation, forward_training, reference,
};
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

fn check(shape: Shape, with_parameters: bool, with_residual: bool, relu: bool) {
    let len = shape.len();
    let x: Vec<f32> = values(len, 1).into_iter().map(|v| v * 2.0 + 3.0).collect();
    let (grad, residual) = (values(len, 2), values(len, 3));
    let of_channels = |seed, default| match with_parameters {
        true => values(shape.channels, seed),
        false => vec![default; shape.channels],
    };
    let (gamma, beta) = (of_channels(4, 1.0), of_channels(5, 0.0));
    let given = |values| if with_parameters { Some(values) } else { None };
    let (gamma_given, beta_given) = (given(&gamma[..]), given(&beta[..]));
    let after = After { residual: with_residual.then_some(&residual[..]), relu };
    let wanted = reference::statistics(shape, &x);
    for arch in simd::all() {
        let run = || {
            let mut kept = None;
            let output = written(len, |to| {
                kept = Some(forward_training(arch, shape, &x, gamma_given, beta_given, EPSILON, after, to));
            });
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
        let plain = |statistics: &[[f64; 2]]| {
            reference::forward(shape, &x, statistics, [&gamma, &beta], EPSILON, after.residual, relu)
        };
        near(&output, &plain(&wanted), 1e-4);

        let fixed: Vec<[f64; 2]> = wanted.iter().map(|_| [0.5, 2.0]).collect();
        let (mean, variance) = (vec![0.5; shape.channels], vec![2.0; shape.channels]);
        let got = written(len, |to| {
            let statistics = [&mean[..], &variance];
            forward_evaluation(arch, shape, &x, statistics, gamma_given, beta_given, EPSILON, after, to);
        });
        near(&got, &plain(&fixed), 1e-5);

        let rectified = relu.then_some(&output[..]);
        let saved = Saved { x: &x, statistics: &statistics, gamma: gamma_given, rectified };
        let [x_grad, residual_grad, gamma_grad, beta_grad] =
            reference::backward(shape, &x, &gamma, EPSILON, rectified, &grad);
        // With two values or so per channel, the variance may be tiny and the gradient a difference of large numbers.
        let scale = statistics.inverse_deviation.iter().fold(1f32, |a, b| a.max(*b));
        let run = || {
            let mut kept = Vec::new();
            let mut of_residual = Vec::new();
            let of_x = written(len, |to| {
                of_residual = written(len, |residual| {
                    let grads = backward(arch, shape, saved, &grad, to, with_residual.then_some(residual));
                    kept = [grads.gamma, grads.beta].concat();
                });
            });
            (of_x, of_residual, kept)
        };
        let (of_x, of_residual, parameters) = run();
        let bits = on_threads(|| run().0);
        assert_eq!(bits, of_x);
        near(&of_x, &x_grad, 1e-4 * scale * scale);
        near(&parameters, &[gamma_grad, beta_grad].concat(), 1e-3 * scale);
        if with_residual {
            near(&of_residual, &residual_grad, 0.0);
        }
        let mut over = grad.clone();
        let grads = backward_over(arch, shape, saved, &mut over);
        assert_eq!((over, [grads.gamma, grads.beta].concat()), (of_x, parameters));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn random_shapes_are_as_the_plain_loop(
        shape in shapes(), with_parameters: bool, with_residual: bool, relu: bool,
    ) {
        check(shape, with_parameters, with_residual, relu);
    }
}

#[test]
fn variance_keeps_its_digits_beside_a_large_mean() {
    let shape = Shape { batch: 4, channels: 2, inner: 5000 };
    let x: Vec<f32> = values(shape.len(), 1).into_iter().map(|v| v + 4096.0).collect();
    let wanted = reference::statistics(shape, &x);
    for arch in simd::all() {
        let mut kept = None;
        written(x.len(), |to| {
            kept = Some(forward_training(arch, shape, &x, None, None, EPSILON, After::default(), to));
        });
        let Statistics { mean, variance, .. } = kept.expect("it was written");
        near(&mean, &wanted.iter().map(|s| s[0] as f32).collect::<Vec<_>>(), 1e-7);
        near(&variance, &wanted.iter().map(|s| s[1] as f32).collect::<Vec<_>>(), 1e-5);
    }
}

#[test]
fn nan_stays_in_its_channel_and_passes_the_rectifier() {
    let shape = Shape { batch: 2, channels: 2, inner: 33 };
    let mut x = values(shape.len(), 1);
    x[40] = f32::NAN;
    for arch in simd::all() {
        let after = After { relu: true, residual: None };
        let got = written(x.len(), |to| {
            forward_training(arch, shape, &x, None, None, EPSILON, after, to);
        });
        assert!(got.iter().enumerate().all(|(i, y)| y.is_nan() == (i / 33 % 2 == 1)));
    }
}

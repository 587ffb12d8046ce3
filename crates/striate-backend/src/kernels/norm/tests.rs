use proptest::prelude::*;

use super::{Ending, Limits, Saved, Shape, Statistics, affine, affine_over, backward, forward, reference};
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
            let output = written(len, |to| {
                kept = Some(forward(arch, shape, &x, [&gamma, &beta], EPSILON, Ending::default(), to))
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
        near(&output, &reference::forward(shape, &x, &wanted, [&gamma, &beta], EPSILON), 1e-4);

        let saved = Saved { x: &x, statistics: &statistics, gamma: &gamma, limited: None };
        let [x_grad, gamma_grad, beta_grad] = reference::backward(shape, &x, &gamma, EPSILON, &grad);
        // With two values or so per channel, the variance may be tiny and the gradient a difference of large numbers.
        let scale = statistics.inverse_deviation.iter().fold(1f32, |a, b| a.max(*b));
        let run = || {
            let mut kept = Vec::new();
            let of_x = written(len, |to| {
                let grads = backward(arch, shape, saved, &grad, to, None);
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn factors_and_summands_are_as_in_the_plain_loop(shape in shapes()) {
        let mut x = values(shape.len(), 1);
        x[shape.len() / 3] = f32::NAN;
        x[shape.len() / 2] = f32::NEG_INFINITY;
        let parameters = [values(shape.channels, 4), values(shape.channels, 5)];
        let parameters = parameters.each_ref().map(Vec::as_slice);
        let want = reference::affine(shape, &x, parameters);
        for arch in simd::all() {
            let output = on_threads(|| written(x.len(), |to| affine(arch, shape, &x, parameters, to)));
            near(&output, &want, 1e-6);
            let mut over = x.clone();
            affine_over(arch, shape, &mut over, parameters);
            near(&over, &output, 0.0);
        }
    }
}

/// Sums and limits do what they do after a normalization by itself, both ways.
fn check_ending(shape: Shape, with_more: bool, limits: Limits) {
    let len = shape.len();
    let (mut x, mut added, grad) = (values(len, 1), values(len, 3), values(len, 2));
    added[len / 2] = f32::INFINITY;
    if shape.channels > 1 {
        x[0] = f32::NAN;
    }
    let parameters = [values(shape.channels, 4), values(shape.channels, 5)];
    let parameters = parameters.each_ref().map(Vec::as_slice);
    let more = with_more.then_some(&added[..]);
    for arch in simd::all() {
        let mut kept = None;
        let ended = |ending: Ending, kept: &mut Option<Statistics>| {
            written(len, |to| *kept = Some(forward(arch, shape, &x, parameters, EPSILON, ending, to)))
        };
        let plain = ended(Ending::default(), &mut kept);
        let statistics = kept.take().expect("it was written");
        let output = on_threads(|| ended(Ending { more, limits }, &mut None));
        let limited = |v: f32| {
            if v < limits.least {
                limits.least
            } else if v > limits.most {
                limits.most
            } else {
                v
            }
        };
        let want: Vec<f32> =
            plain.iter().enumerate().map(|(i, v)| limited(v + more.map_or(0.0, |more| more[i]))).collect();
        near(&output, &want, 0.0);

        // What reaches the normalization of the output's gradient.
        let at_limit = |v: f32| v <= limits.least || v >= limits.most;
        let inner: Vec<f32> = grad.iter().zip(&output).map(|(g, v)| if at_limit(*v) { 0.0 } else { *g }).collect();
        let saved = Saved { x: &x, statistics: &statistics, gamma: parameters[0], limited: None };
        let mut wanted = Vec::new();
        let wanted_x = written(len, |to| {
            let grads = backward(arch, shape, saved, &inner, to, None);
            wanted = [grads.gamma, grads.beta].concat();
        });
        let saved = Saved { limited: Some((&output, limits)), ..saved };
        for to_more in [false, true] {
            let run = || {
                let (mut of_more, mut kept) = (Vec::new(), Vec::new());
                let of_x = written(len, |to| {
                    of_more = written(len, |more| {
                        let grads = backward(arch, shape, saved, &grad, to, to_more.then_some(more));
                        kept = [grads.gamma, grads.beta].concat();
                    });
                });
                [of_x, kept, if to_more { of_more } else { inner.clone() }].concat()
            };
            near(&on_threads(run), &[&wanted_x[..], &wanted, &inner].concat(), 0.0);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn endings_are_those_of_one_step_after_the_other(shape in shapes(), with_more: bool, two_limits: bool) {
        check_ending(shape, with_more, Limits { least: 0.0, most: if two_limits { 0.5 } else { f32::NAN } });
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
            kept = Some(forward(arch, shape, &x, [&[1.0; 2], &[0.0; 2]], EPSILON, Ending::default(), to))
        });
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
            forward(arch, shape, &x, [&[1.0; 2], &[0.0; 2]], EPSILON, Ending::default(), to);
        });
        assert!(got.iter().enumerate().all(|(i, y)| y.is_nan() == (i / 33 % 2 == 1)));
    }
}

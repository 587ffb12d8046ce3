use proptest::prelude::*;

use super::{FEW, finish, forward};
use crate::backend::Pointwise;
use crate::kernels::simd;
use crate::kernels::testing::{near, on_threads, values, written};

/// The plain loop, in `f64`.
fn reference(depth: usize, [x, weight, bias]: [&[f32]; 3], relu: bool) -> Vec<f32> {
    let rows = x.len() / depth;
    let outputs = (0..rows).flat_map(|row| (0..bias.len()).map(move |output| (row, output)));
    let value = |(row, output): (usize, usize)| {
        let (x, weight) = (&x[row * depth..][..depth], &weight[output * depth..][..depth]);
        let products = x.iter().zip(weight).map(|(x, weight)| f64::from(*x) * f64::from(*weight));
        let sum = (products.sum::<f64>() + f64::from(bias[output])) as f32;
        if relu && sum < 0.0 { 0.0 } else { sum }
    };
    outputs.map(value).collect()
}

#[track_caller]
fn check(rows: usize, depth: usize, outputs: usize, relu: bool, spoil: bool) {
    let (mut x, mut weight) = (values(rows * depth, 1), values(outputs * depth, 2));
    if spoil {
        x[depth / 2] = f32::NAN;
        let last = weight.len() - 1;
        weight[last] = f32::INFINITY;
    }
    let bias = values(outputs, 3);
    let all = [&x[..], &weight, &bias];
    let want = reference(depth, all, relu);
    let function = relu.then_some(Pointwise::Relu);
    for arch in simd::all() {
        let got = on_threads(|| written(want.len(), |to| forward(arch, all, function, to)));
        near(&got, &want, 1e-6 * (depth as f32).sqrt() + 1e-6);
        // The same in two steps.
        let zeros = vec![0.0; outputs];
        let mut sums = written(want.len(), |to| forward(arch, [&x, &weight, &zeros], None, to));
        finish(arch, &bias, function, &mut sums);
        near(&sums, &got, 1e-6);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_shape_is_as_the_plain_loop(
        rows in 1..=FEW, depth in 1usize..150, outputs in 1usize..70, relu: bool, spoil: bool,
    ) {
        check(rows, depth, outputs, relu, spoil);
    }
}

#[test]
fn deep_and_wide_ones_are_as_the_plain_loop() {
    check(1, 25_088, 33, true, false);
    check(8, 1000, 1000, false, false);
}

#[test]
fn rows_alone_have_the_bits_that_they_have_among_others() {
    let (x, weight, bias) = (values(5 * 333, 1), values(20 * 333, 2), values(20, 3));
    for arch in simd::all() {
        let all = written(100, |to| forward(arch, [&x, &weight, &bias], None, to));
        for (x, row) in x.chunks(333).zip(all.chunks(20)) {
            assert_eq!(written(20, |to| forward(arch, [x, &weight, &bias], None, to)), row);
        }
    }
}

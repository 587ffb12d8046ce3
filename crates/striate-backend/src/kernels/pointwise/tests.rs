use proptest::prelude::*;
use pulp::Simd;

use super::ops::{
    Clamp, ClampGrad, HardSigmoid, HardSigmoidGrad, HardSwish, HardSwishGrad, Relu, ReluGrad, Sigmoid, SigmoidGrad,
    Silu, SiluGrad,
};
use super::{Curve, add_bias, bias_grad, exp};
use crate::backend::Pointwise;
use crate::kernels::lanes::{Lanes, map, map_over};
use crate::kernels::simd;
use crate::kernels::testing::{near, on_threads, values, written};

/// Values over the curves, and special ones.
fn inputs(len: usize, seed: u64) -> Vec<f32> {
    let special =
        [0.0, -0.0, 3.0, -3.0, 6.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30, -1e30, 1e-40, 88.5, -95.0];
    let spread = values(len, seed).into_iter().map(|v| v * 12.0);
    spread.enumerate().map(|(i, v)| if i % 7 == 3 { special[i / 7 % special.len()] } else { v }).collect()
}

/// Within `relative` of the wanted value, and the smallest normal number.
#[track_caller]
fn close(got: &[f32], want: &[f64], relative: f64) {
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        let rounded = *want as f32;
        let same = *got == rounded || got.is_nan() && want.is_nan();
        let error = (f64::from(*got) - want).abs();
        assert!(same || error <= relative * want.abs() + 1.2e-38, "value {i} is {got}, not {want}");
    }
}

fn check_one(of: impl Lanes<1, 1>, plain: impl Fn(f64) -> f64, relative: f64) {
    for len in [1, 15, 16, 17, 40_000] {
        let x = inputs(len, 1);
        let want: Vec<f64> = x.iter().map(|x| plain(f64::from(*x))).collect();
        for arch in simd::all() {
            let got = on_threads(|| written(len, |to| map(arch, of, [&x], [to])));
            close(&got, &want, relative);
            let mut over = x.clone();
            map_over(arch, of, [&mut over], []);
            close(&over, &want, relative);
        }
    }
}

fn check_two(of: impl Lanes<2, 1>, second: fn(f32) -> f32, plain: impl Fn(f64, f64) -> f64, absolute: f32) {
    for len in [1, 33, 40_000] {
        let (a, b) = (values(len, 2), inputs(len, 1).into_iter().map(second).collect::<Vec<_>>());
        let want: Vec<f32> = a.iter().zip(&b).map(|(a, b)| plain(f64::from(*a), f64::from(*b)) as f32).collect();
        for arch in simd::all() {
            near(&on_threads(|| written(len, |to| map(arch, of, [&a, &b], [to]))), &want, absolute);
            let mut over = a.clone();
            map_over(arch, of, [&mut over], [&b]);
            near(&over, &want, absolute);
        }
    }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

const ULP: f64 = 6e-8 * 2.0;

#[test]
fn functions_are_as_the_plain_ones() {
    let clamp = |x: f64, low: f64, high: f64| if x.is_nan() { x } else { x.clamp(low, high) };
    check_one(Relu, |x| if x < 0.0 { 0.0 } else { x }, 0.0);
    check_one(Clamp(0.0, 6.0), |x| clamp(x, 0.0, 6.0), 0.0);
    check_one(Sigmoid, sigmoid, 4.0 * ULP);
    let close_to_3 = |x: f64| f64::from(x as f32 + 3.0);
    check_one(HardSigmoid, |x| clamp(close_to_3(x), 0.0, 6.0) / 6.0, ULP);
    check_one(HardSwish, |x| x * (clamp(close_to_3(x), 0.0, 6.0) / 6.0), 2.0 * ULP);
}

#[test]
fn silu_is_as_the_plain_one_where_that_is_a_number() {
    // Below -88.7, where e^-x is infinite, the result is -0 rather than less than 1e-36; of -inf it is NaN.
    check_one(Silu, |x| if x < -88.7 { (x / f64::INFINITY) as f32 as f64 } else { x * sigmoid(x) }, 4.0 * ULP);
}

#[test]
fn gradients_are_as_the_plain_ones() {
    check_two(ReluGrad, |x| x, |grad, y| if y <= 0.0 { 0.0 } else { grad }, 0.0);
    check_two(ClampGrad(0.0, 6.0), |x| x, |grad, x| if x <= 0.0 || x >= 6.0 { 0.0 } else { grad }, 0.0);
    check_two(SigmoidGrad, |x| sigmoid(f64::from(x)) as f32, |grad, y| grad * y * (1.0 - y), 1e-6);
    let finite = |x: f32| if x.is_infinite() { 2.0 } else { x };
    check_two(SiluGrad, finite, |grad, x| grad * sigmoid(x) * (1.0 + x * (1.0 - sigmoid(x))), 1e-6);
}

#[test]
fn hard_gradients_are_as_the_plain_ones() {
    check_two(HardSigmoidGrad, |y| y, |grad, y| if y <= 0.0 || y >= 1.0 { 0.0 } else { grad / 6.0 }, 1e-7);
    let slope = |x: f64| {
        if x <= -3.0 {
            0.0
        } else if x >= 3.0 {
            1.0
        } else {
            x / 3.0 + 0.5
        }
    };
    check_two(HardSwishGrad, |x| x, |grad, x| grad * slope(x), 1e-6);
}

#[test]
fn curve_changes_its_runs_alone() {
    let x = inputs(200, 1);
    for arch in simd::all() {
        let whole = |of: Pointwise| {
            let mut values = x.clone();
            arch.dispatch(Curve { function: of, first: values.as_mut_ptr(), runs: 1, step: 0, len: 200 });
            values
        };
        let all = [Pointwise::Relu, Pointwise::Relu6, Pointwise::Sigmoid, Pointwise::Swish, Pointwise::Tanh];
        for function in all.into_iter().chain([Pointwise::HardSigmoid, Pointwise::HardSwish]) {
            let mut got = x.clone();
            arch.dispatch(Curve { function, first: got[7..].as_mut_ptr(), runs: 3, step: 61, len: 37 });
            for (i, (got, whole)) in got.iter().zip(whole(function)).enumerate() {
                let inside = i >= 7 && (i - 7) % 61 < 37 && (i - 7) / 61 < 3;
                assert_eq!(got.to_bits(), if inside { whole } else { x[i] }.to_bits(), "{function:?} at {i}");
            }
        }
        let mut relu = x.clone();
        map_over(arch, Relu, [&mut relu], []);
        assert!(whole(Pointwise::Relu).iter().zip(&relu).all(|(a, b)| a.to_bits() == b.to_bits()));
    }
}

/// The exponential function of each value.
#[derive(Clone, Copy)]
struct Exp;

impl Lanes<1, 1> for Exp {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [x]: [S::f32s; 1]) -> [S::f32s; 1] {
        [exp::exp(simd, x)]
    }
}

#[test]
fn exponential_is_within_two_units_in_the_last_place() {
    check_one(Exp, f64::exp, 2.0 * ULP);
    let x: Vec<f32> = (-110_000..95_000).map(|i| i as f32 * 1e-3).collect();
    for arch in simd::all() {
        let got = written(x.len(), |to| map(arch, Exp, [&x], [to]));
        for (x, got) in x.iter().zip(got) {
            let want = f64::from(*x).exp();
            // A unit in the last place below the smallest normal number is 1.4e-45.
            let error = (f64::from(got) - want).abs();
            assert!(got == want as f32 || error <= 2.0 * ULP * want + 3e-45, "exp({x}) is {got}, not {want}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn sums_of_channels_are_as_the_plain_loop(
        batch in 1usize..5, channels in 1usize..300, inner in prop_oneof![Just(1usize), 1usize..70],
    ) {
        let x = values(batch * channels * inner, 1);
        let mut sums = vec![0f64; channels];
        x.iter().enumerate().for_each(|(i, x)| sums[i / inner % channels] += f64::from(*x));
        let sums: Vec<f32> = sums.into_iter().map(|sum| sum as f32).collect();
        let bias = values(channels, 2);
        let biased: Vec<f32> = x.iter().enumerate().map(|(i, x)| x + bias[i / inner % channels]).collect();
        for arch in simd::all() {
            near(&on_threads(|| written(channels, |to| bias_grad(arch, inner, &x, to))), &sums, 1e-5);
            let mut got = x.clone();
            add_bias(arch, inner, &bias, &mut got);
            prop_assert_eq!(&got, &biased);
        }
    }
}

//! The hyperbolic tangent.
//!
//! The C library's `tanhf`, which burn-flex calls value by value, takes a third of LeNet-5's training. Here it is the
//! quotient of two polynomials with which Eigen computes it (`generic_fast_tanh_float`); its error stays under 4e-7 of the
//! value (3.2e-7 measured).

#![expect(clippy::excessive_precision, reason = "the constants are written as Eigen writes them")]

#[cfg(test)]
mod reference;

use pulp::Simd;

use super::lanes::{self, Lanes};

/// Beyond, f32's tanh is 1.
const LIMIT: f32 = 7.90531110763549805;

/// Each numerator's factor, the highest power first.
const NUMERATOR: [f32; 7] = [
    -2.76076847742355e-16,
    2.00018790482477e-13,
    -8.60467152213735e-11,
    5.12229709037114e-08,
    1.48572235717979e-05,
    6.37261928875436e-04,
    4.89352455891786e-03,
];

/// As [`NUMERATOR`].
const DENOMINATOR: [f32; 4] = [1.19825839466702e-06, 1.18534705686654e-04, 2.26843463243900e-03, 4.89352518554385e-03];

/// The hyperbolic tangent; NaN stays NaN.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tanh;

impl Lanes<1, 1> for Tanh {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [x]: [S::f32s; 1]) -> [S::f32s; 1] {
        let clamped = lanes::clamp(simd, x, -LIMIT, LIMIT);
        let square = simd.mul_f32s(clamped, clamped);
        let polynomial = |factors: &[f32]| {
            let add = |sum, factor: &f32| simd.add_f32s(simd.mul_f32s(sum, square), simd.splat_f32s(*factor));
            factors.iter().fold(simd.splat_f32s(0.0), add)
        };
        let quotient = simd.div_f32s(simd.mul_f32s(clamped, polynomial(&NUMERATOR)), polynomial(&DENOMINATOR));
        // Where x^3 / 3 is below f32's precision, the quotient's rounding would be all of the error.
        [simd.select_f32s(simd.less_than_f32s(simd.abs_f32s(x), simd.splat_f32s(4e-4)), x, quotient)]
    }
}

/// The gradient of [`Tanh`], from its output: the output's gradient times `1 - output^2`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TanhGrad;

impl Lanes<2, 1> for TanhGrad {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [grad, output]: [S::f32s; 2]) -> [S::f32s; 1] {
        let square = simd.mul_f32s(output, output);
        [simd.mul_f32s(grad, simd.sub_f32s(simd.splat_f32s(1.0), square))]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernels::lanes::map_over;
    use crate::kernels::simd;

    #[track_caller]
    fn check(values: &[f32]) {
        for arch in simd::all() {
            let mut got = values.to_vec();
            map_over(arch, Tanh, [&mut got], []);
            for ((x, got), want) in values.iter().zip(&got).zip(reference::tanh(values)) {
                let same_nan = got.is_nan() && want.is_nan();
                assert!(same_nan || (got - want).abs() <= 4e-7 * want.abs(), "tanh({x}) is {got}, not {want}");
            }
        }
    }

    #[test]
    fn special_values_are_those_of_the_reference() {
        check(&[0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, f32::MIN_POSITIVE, 4e-4, -4e-4, 7.9, 8.0, 1e30]);
    }

    #[test]
    fn many_values_over_the_whole_curve_are_those_of_the_reference() {
        check(&(-100_000..100_000).map(|i| i as f32 * 1e-4).collect::<Vec<_>>());
    }

    proptest! {
        #[test]
        fn any_values_are_those_of_the_reference(values in proptest::collection::vec(any::<f32>(), 0..100)) {
            check(&values);
        }

        #[test]
        fn gradient_is_that_of_the_reference(
            pairs in proptest::collection::vec((-1f32..1.0, -9f32..9.0), 0..100),
        ) {
            let (outputs, grads): (Vec<f32>, Vec<f32>) = pairs.into_iter().unzip();
            for arch in simd::all() {
                let mut got = grads.clone();
                map_over(arch, TanhGrad, [&mut got], [&outputs]);
                prop_assert_eq!(got, reference::tanh_grad(&outputs, &grads));
            }
        }
    }
}

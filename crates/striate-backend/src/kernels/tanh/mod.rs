//! The hyperbolic tangent of many values.
//!
//! The C library's `tanhf`, which burn-flex calls value by value, takes a third of LeNet-5's training. Here it is the
//! quotient of two polynomials with which Eigen computes it (`generic_fast_tanh_float`), which compilers turn into vector
//! instructions; its error stays under 4e-7 of the value (3.2e-7 measured).

#[cfg(test)]
mod reference;

use rayon::prelude::*;

/// Values that one thread takes at a time: 64 KiB.
const CHUNK: usize = 1 << 14;

/// Replaces each value by its hyperbolic tangent. NaN stays NaN.
pub(crate) fn tanh(values: &mut [f32]) {
    values.par_chunks_mut(CHUNK).for_each(|chunk| chunk.iter_mut().for_each(|x| *x = of_one(*x)));
}

/// Multiplies each gradient of an output by the derivative, `1 - output^2`.
pub(crate) fn tanh_grad(outputs: &[f32], grads: &mut [f32]) {
    grads.par_chunks_mut(CHUNK).zip(outputs.par_chunks(CHUNK)).for_each(|(grads, outputs)| {
        grads.iter_mut().zip(outputs).for_each(|(grad, y)| *grad *= 1.0 - y * y);
    });
}

#[expect(clippy::excessive_precision, reason = "the constants are written as Eigen writes them")]
fn of_one(x: f32) -> f32 {
    // Beyond, f32's tanh is 1.
    let clamped = x.clamp(-7.90531110763549805, 7.90531110763549805);
    let square = clamped * clamped;
    let numerator = [
        -2.76076847742355e-16,
        2.00018790482477e-13,
        -8.60467152213735e-11,
        5.12229709037114e-08,
        1.48572235717979e-05,
        6.37261928875436e-04,
        4.89352455891786e-03,
    ];
    let denominator = [1.19825839466702e-06, 1.18534705686654e-04, 2.26843463243900e-03, 4.89352518554385e-03];
    let polynomial = |factors: &[f32]| factors.iter().fold(0.0, |sum, factor| sum * square + factor);
    // Where x^3 / 3 is below f32's precision, the quotient's rounding would be all of the error.
    if x.abs() < 4e-4 { x } else { clamped * polynomial(&numerator) / polynomial(&denominator) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(values: &[f32]) {
        let mut got = values.to_vec();
        tanh(&mut got);
        for ((x, got), want) in values.iter().zip(&got).zip(reference::tanh(values)) {
            let same_nan = got.is_nan() && want.is_nan();
            assert!(same_nan || (got - want).abs() <= 4e-7 * want.abs(), "tanh({x}) is {got}, not {want}");
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
            let mut got = grads.clone();
            tanh_grad(&outputs, &mut got);
            prop_assert_eq!(got, reference::tanh_grad(&outputs, &grads));
        }
    }
}

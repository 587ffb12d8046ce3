//! The exponential function of vectors.

use pulp::Simd;

use crate::kernels::lanes;

/// `e^x` of each lane, within 2 units in the last place; 0 below -104, infinite above 88.73, NaN of NaN.
///
/// `x` is split into `n ln 2 + r` with a whole `n` and `|r| <= ln 2 / 2`. `e^r` is a polynomial (Cephes' `expf`), and `2^n`
/// is multiplied in two halves, so that results below the smallest normal number are right as well.
#[inline(always)]
pub(crate) fn exp<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let x = lanes::clamp(simd, x, -104.0, 89.0);
    let splat = |v| simd.splat_f32s(v);
    // Added to a small number, this leaves the nearest whole number in the lowest bits.
    let whole = splat(12_582_912.0);
    let shifted = simd.mul_add_f32s(x, splat(std::f32::consts::LOG2_E), whole);
    let n = simd.sub_f32s(shifted, whole);
    // ln 2 in two parts, the first with so few digits that its multiples are exact.
    let r = simd.negate_mul_add_f32s(n, splat(0.693_359_4), x);
    let r = simd.negate_mul_add_f32s(n, splat(-2.121_944_4e-4), r);
    let factors = [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5];
    let mut polynomial = splat(1.987_569_1e-4);
    for factor in factors {
        polynomial = simd.mul_add_f32s(polynomial, r, splat(factor));
    }
    let fraction = simd.add_f32s(simd.mul_add_f32s(polynomial, simd.mul_f32s(r, r), r), splat(1.0));
    let half = |part| {
        // The bits of the whole number, moved to where an exponent is.
        let bits = simd.sub_u32s(simd.transmute_u32s_f32s(simd.add_f32s(part, whole)), simd.splat_u32s(0x4b40_0000));
        let exponent = simd.wrapping_dyn_shl_u32s(simd.add_u32s(bits, simd.splat_u32s(127)), simd.splat_u32s(23));
        simd.transmute_f32s_u32s(exponent)
    };
    let first = simd.sub_f32s(simd.mul_add_f32s(n, splat(0.5), whole), whole);
    simd.mul_f32s(simd.mul_f32s(fraction, half(first)), half(simd.sub_f32s(n, first)))
}

/// `1 / (1 + e^-x)` of each lane, within 4 units in the last place; 0 where that is below the smallest normal number.
#[inline(always)]
pub(crate) fn sigmoid<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let one = simd.splat_f32s(1.0);
    simd.div_f32s(one, simd.add_f32s(one, exp(simd, simd.neg_f32s(x))))
}

//! The one-dimensional transforms of Winograd's convolution, for `M` outputs of a kernel of 3: elementwise on vectors.
//!
//! The points are 0, ±1, infinity for `M` = 2; 0, ±1, ±2, infinity for `M` = 4. Arrays have the length of `M` = 4; with
//! `M` = 2, the last two (of inputs and points) stay unused.

use pulp::Simd;

/// `B^T d`: `M + 2` px to as many points.
#[inline(always)]
pub(super) fn input<S: Simd, const M: usize>(s: S, d: [S::f32s; 6]) -> [S::f32s; 6] {
    let [d0, d1, d2, d3, d4, d5] = d;
    if M == 2 {
        let points = [s.sub_f32s(d0, d2), s.add_f32s(d1, d2), s.sub_f32s(d2, d1), s.sub_f32s(d1, d3)];
        return [points[0], points[1], points[2], points[3], d4, d5];
    }
    let (two, four, five) = (s.splat_f32s(2.0), s.splat_f32s(4.0), s.splat_f32s(5.0));
    let even = s.negate_mul_add_e_f32s(four, d2, d4);
    let odd = s.negate_mul_add_e_f32s(four, d1, d3);
    let (near, far) = (s.sub_f32s(d4, d2), s.sub_f32s(d3, d1));
    [
        s.mul_add_e_f32s(four, d0, s.negate_mul_add_e_f32s(five, d2, d4)),
        s.add_f32s(even, odd),
        s.sub_f32s(even, odd),
        s.mul_add_e_f32s(two, far, near),
        s.negate_mul_add_e_f32s(two, far, near),
        s.mul_add_e_f32s(four, d1, s.negate_mul_add_e_f32s(five, d3, d5)),
    ]
}

/// `A^T m`: `M + 2` points to `M` outputs.
#[inline(always)]
pub(super) fn output<S: Simd, const M: usize>(s: S, m: [S::f32s; 6]) -> [S::f32s; 4] {
    let [m0, m1, m2, m3, m4, m5] = m;
    let (sum, difference) = (s.add_f32s(m1, m2), s.sub_f32s(m1, m2));
    if M == 2 {
        return [s.add_f32s(m0, sum), s.sub_f32s(difference, m3), m4, m5];
    }
    let (two, four, eight) = (s.splat_f32s(2.0), s.splat_f32s(4.0), s.splat_f32s(8.0));
    let (far_sum, far_difference) = (s.add_f32s(m3, m4), s.sub_f32s(m3, m4));
    [
        s.add_f32s(s.add_f32s(m0, sum), far_sum),
        s.mul_add_e_f32s(two, far_difference, difference),
        s.mul_add_e_f32s(four, far_sum, sum),
        s.add_f32s(s.mul_add_e_f32s(eight, far_difference, difference), m5),
    ]
}

/// `A y`: the gradients of `M` outputs to `M + 2` points.
#[inline(always)]
pub(super) fn output_grad<S: Simd, const M: usize>(s: S, y: [S::f32s; 6]) -> [S::f32s; 6] {
    let [y0, y1, y2, y3, ..] = y;
    if M == 2 {
        return [y0, s.add_f32s(y0, y1), s.sub_f32s(y0, y1), s.sub_f32s(s.splat_f32s(0.0), y1), y2, y3];
    }
    let (two, four) = (s.splat_f32s(2.0), s.splat_f32s(4.0));
    let (even, odd) = (s.add_f32s(y0, y2), s.add_f32s(y1, y3));
    let (far_even, far_odd) = (s.mul_add_e_f32s(four, y2, y0), s.mul_add_e_f32s(four, y3, y1));
    [
        y0,
        s.add_f32s(even, odd),
        s.sub_f32s(even, odd),
        s.mul_add_e_f32s(two, far_odd, far_even),
        s.negate_mul_add_e_f32s(two, far_odd, far_even),
        y3,
    ]
}

/// `G w`: 3 weights to `M + 2` points.
#[inline(always)]
pub(super) fn weight<S: Simd, const M: usize>(s: S, w: [S::f32s; 3]) -> [S::f32s; 6] {
    let [w0, w1, w2] = w;
    let even = s.add_f32s(w0, w2);
    if M == 2 {
        let (half, zero) = (s.splat_f32s(0.5), s.splat_f32s(0.0));
        let (plus, minus) = (s.add_f32s(even, w1), s.sub_f32s(even, w1));
        return [w0, s.mul_f32s(half, plus), s.mul_f32s(half, minus), w2, zero, zero];
    }
    let (quarter, sixth) = (s.splat_f32s(0.25), s.splat_f32s(-1.0 / 6.0));
    let (twelfth, last) = (s.splat_f32s(1.0 / 12.0), s.splat_f32s(1.0 / 24.0));
    let far_even = s.mul_add_e_f32s(last, w0, s.mul_f32s(sixth, s.sub_f32s(s.splat_f32s(0.0), w2)));
    let far_odd = s.mul_f32s(twelfth, w1);
    [
        s.mul_f32s(quarter, w0),
        s.mul_f32s(sixth, s.add_f32s(even, w1)),
        s.mul_f32s(sixth, s.sub_f32s(even, w1)),
        s.add_f32s(far_even, far_odd),
        s.sub_f32s(far_even, far_odd),
        w2,
    ]
}

/// `G^T u`: the gradients of `M + 2` points to those of 3 weights.
#[inline(always)]
pub(super) fn weight_grad<S: Simd, const M: usize>(s: S, u: [S::f32s; 6]) -> [S::f32s; 3] {
    let [u0, u1, u2, u3, u4, u5] = u;
    let (sum, difference) = (s.add_f32s(u1, u2), s.sub_f32s(u1, u2));
    if M == 2 {
        let half = s.splat_f32s(0.5);
        return [s.mul_add_e_f32s(half, sum, u0), s.mul_f32s(half, difference), s.mul_add_e_f32s(half, sum, u3)];
    }
    let (quarter, sixth) = (s.splat_f32s(0.25), s.splat_f32s(1.0 / 6.0));
    let (twelfth, last) = (s.splat_f32s(1.0 / 12.0), s.splat_f32s(1.0 / 24.0));
    let (far_sum, far_difference) = (s.add_f32s(u3, u4), s.sub_f32s(u3, u4));
    let near = s.mul_f32s(sixth, sum);
    [
        s.mul_add_e_f32s(last, far_sum, s.sub_f32s(s.mul_f32s(quarter, u0), near)),
        s.sub_f32s(s.mul_f32s(twelfth, far_difference), s.mul_f32s(sixth, difference)),
        s.add_f32s(s.mul_add_e_f32s(sixth, far_sum, u5), s.sub_f32s(s.splat_f32s(0.0), near)),
    ]
}

//! The one-dimensional transforms of Winograd's convolution, for `M` outputs of a kernel of `R`: elementwise on vectors.
//!
//! There are `M + R - 1` points: 4 (0, ±1, infinity) for 2 outputs of a kernel of 3; 6 (0, ±1, ±2, infinity) for 4 outputs
//! of a kernel of 3 or 2 of a kernel of 5. Arrays have the length that 6 points need; what 4 don't need stays unused.

use pulp::Simd;

/// The points of a tile of `m` x `m` outputs by a kernel of `r` x `r`.
pub(super) const fn points(m: usize, r: usize) -> usize {
    (m + r - 1) * (m + r - 1)
}

/// `B^T d`: `M + R - 1` px to as many points.
#[inline(always)]
pub(super) fn input<S: Simd, const M: usize, const R: usize>(s: S, d: [S::f32s; 6]) -> [S::f32s; 6] {
    let [d0, d1, d2, d3, d4, d5] = d;
    if M + R == 5 {
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

/// `A^T m`: `M + R - 1` points to `M` outputs.
#[inline(always)]
pub(super) fn output<S: Simd, const M: usize, const R: usize>(s: S, m: [S::f32s; 6]) -> [S::f32s; 4] {
    let [m0, m1, m2, m3, m4, m5] = m;
    let (sum, difference) = (s.add_f32s(m1, m2), s.sub_f32s(m1, m2));
    if M + R == 5 {
        return [s.add_f32s(m0, sum), s.sub_f32s(difference, m3), m4, m5];
    }
    let (two, four, eight) = (s.splat_f32s(2.0), s.splat_f32s(4.0), s.splat_f32s(8.0));
    let (far_sum, far_difference) = (s.add_f32s(m3, m4), s.sub_f32s(m3, m4));
    let first = s.add_f32s(s.add_f32s(m0, sum), far_sum);
    let second = s.mul_add_e_f32s(two, far_difference, difference);
    if M == 2 {
        return [first, s.add_f32s(second, m5), m0, m0];
    }
    [
        first,
        second,
        s.mul_add_e_f32s(four, far_sum, sum),
        s.add_f32s(s.mul_add_e_f32s(eight, far_difference, difference), m5),
    ]
}

/// `A y`: the gradients of `M` outputs to `M + R - 1` points.
#[inline(always)]
pub(super) fn output_grad<S: Simd, const M: usize, const R: usize>(s: S, y: [S::f32s; 6]) -> [S::f32s; 6] {
    let [y0, y1, y2, y3, ..] = y;
    let two = s.splat_f32s(2.0);
    if M == 2 {
        let (plus, minus) = (s.add_f32s(y0, y1), s.sub_f32s(y0, y1));
        if R == 3 {
            return [y0, plus, minus, s.sub_f32s(s.splat_f32s(0.0), y1), y2, y3];
        }
        return [y0, plus, minus, s.mul_add_e_f32s(two, y1, y0), s.negate_mul_add_e_f32s(two, y1, y0), y1];
    }
    let four = s.splat_f32s(4.0);
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

/// `G w`: `R` weights to `M + R - 1` points.
#[inline(always)]
pub(super) fn weight<S: Simd, const M: usize, const R: usize>(s: S, w: [S::f32s; R]) -> [S::f32s; 6] {
    let (first, last) = (w[0], w[R - 1]);
    // Sums of the weights at even and at odd places.
    let even = (2..R).step_by(2).fold(first, |sum, i| s.add_f32s(sum, w[i]));
    let odd = (3..R).step_by(2).fold(w[1], |sum, i| s.add_f32s(sum, w[i]));
    if M + R == 5 {
        let (half, zero) = (s.splat_f32s(0.5), s.splat_f32s(0.0));
        let (plus, minus) = (s.add_f32s(even, odd), s.sub_f32s(even, odd));
        return [first, s.mul_f32s(half, plus), s.mul_f32s(half, minus), last, zero, zero];
    }
    let (quarter, sixth) = (s.splat_f32s(0.25), s.splat_f32s(-1.0 / 6.0));
    // The same sums at the points ±2, by Horner's rule.
    let four = s.splat_f32s(4.0);
    let far_even = (0..R - 1).step_by(2).rev().fold(last, |sum, i| s.mul_add_e_f32s(four, sum, w[i]));
    let far_odd = (1..R - 2).step_by(2).rev().fold(w[R - 2], |sum, i| s.mul_add_e_f32s(four, sum, w[i]));
    let (even_scale, odd_scale) = (s.splat_f32s(1.0 / 24.0), s.splat_f32s(1.0 / 12.0));
    let (far_even, far_odd) = (s.mul_f32s(even_scale, far_even), s.mul_f32s(odd_scale, far_odd));
    [
        s.mul_f32s(quarter, first),
        s.mul_f32s(sixth, s.add_f32s(even, odd)),
        s.mul_f32s(sixth, s.sub_f32s(even, odd)),
        s.add_f32s(far_even, far_odd),
        s.sub_f32s(far_even, far_odd),
        last,
    ]
}

/// `G^T u`: the gradients of `M + R - 1` points to those of `R` weights.
#[inline(always)]
pub(super) fn weight_grad<S: Simd, const M: usize, const R: usize>(s: S, u: [S::f32s; 6]) -> [S::f32s; R] {
    let [u0, u1, u2, u3, u4, u5] = u;
    let (sum, difference) = (s.add_f32s(u1, u2), s.sub_f32s(u1, u2));
    let mut grads = [s.splat_f32s(0.0); R];
    if M + R == 5 {
        let half = s.splat_f32s(0.5);
        grads[0] = s.mul_add_e_f32s(half, sum, u0);
        grads[1] = s.mul_f32s(half, difference);
        grads[2] = s.mul_add_e_f32s(half, sum, u3);
        return grads;
    }
    let (quarter, sixth) = (s.splat_f32s(0.25), s.splat_f32s(-1.0 / 6.0));
    let (near_even, near_odd) = (s.mul_f32s(sixth, sum), s.mul_f32s(sixth, difference));
    let (far_sum, far_difference) = (s.add_f32s(u3, u4), s.sub_f32s(u3, u4));
    // Weight `i` has 2^i / 24 of the points ±2.
    for (i, grad) in grads.iter_mut().enumerate() {
        let scale = s.splat_f32s((1 << i) as f32 / 24.0);
        let (near, far) = if i % 2 == 0 { (near_even, far_sum) } else { (near_odd, far_difference) };
        *grad = s.mul_add_e_f32s(scale, far, near);
    }
    grads[0] = s.mul_add_e_f32s(quarter, u0, grads[0]);
    grads[R - 1] = s.add_f32s(grads[R - 1], u5);
    grads
}

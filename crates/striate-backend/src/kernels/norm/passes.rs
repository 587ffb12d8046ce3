//! The loops over the runs of a channel.

use pulp::{Simd, WithSimd};

use super::{Limits, Runs};
use crate::kernels::lanes::{self, Lanes, each};
use crate::kernels::pointwise::ops::ClampGrad;

/// Count, mean and sum of squared differences from the mean.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Moments {
    count: f64,
    pub(super) mean: f64,
    squares: f64,
}

impl Moments {
    /// Those of both together.
    pub(super) fn with(self, other: Self) -> Self {
        if self.count == 0.0 {
            return other;
        }
        let count = self.count + other.count;
        let difference = other.mean - self.mean;
        Self {
            count,
            mean: self.mean + difference * (other.count / count),
            squares: self.squares + other.squares + difference * difference * (self.count * other.count / count),
        }
    }

    /// The mean of squared differences from the mean.
    pub(super) fn variance(&self) -> f64 {
        self.squares / self.count
    }
}

/// The places `start` after these.
///
/// # Safety
/// They are within the values.
#[inline(always)]
unsafe fn from_start<const N: usize>(mut places: [*const f32; N], start: usize) -> [*const f32; N] {
    for place in &mut places {
        // SAFETY: the caller's promise.
        *place = unsafe { place.add(start) };
    }
    places
}

/// Adds a function's vectors over a run, in `N` sums, each in four parts that hide the latency of additions.
///
/// # Safety
/// `len` values can be read from each of `from`.
#[inline(always)]
unsafe fn add_run<S: Simd, const I: usize, const N: usize>(
    simd: S,
    from: [*const f32; I],
    len: usize,
    sums: &mut [[S::f32s; N]; 4],
    of: impl Fn([S::f32s; I], &mut [S::f32s; N]),
) {
    let lanes = S::F32_LANES;
    let mut values = [simd.splat_f32s(0.0); I];
    let mut place = 0;
    // SAFETY: whole vectors stay within `len`.
    unsafe {
        while place + 4 * lanes <= len {
            for (part, sums) in sums.iter_mut().enumerate() {
                for i in 0..I {
                    values[i] = lanes::load(simd, from[i].add(place + part * lanes));
                }
                of(values, sums);
            }
            place += 4 * lanes;
        }
        while place + lanes <= len {
            for i in 0..I {
                values[i] = lanes::load(simd, from[i].add(place));
            }
            of(values, &mut sums[0]);
            place += lanes;
        }
        if place < len {
            // Lanes that are left out add what they added before.
            let mask = lanes::first(simd, len - place);
            for i in 0..I {
                values[i] = simd.mask_load_ptr_f32s(mask, from[i].add(place));
            }
            let before = sums[0];
            of(values, &mut sums[0]);
            for n in 0..N {
                sums[0][n] = simd.select_f32s(mask.mask(), sums[0][n], before[n]);
            }
        }
    }
}

/// Each sum of all parts and lanes.
#[inline(always)]
fn total<S: Simd, const N: usize>(simd: S, sums: [[S::f32s; N]; 4]) -> [f64; N] {
    let mut totals = [0.0; N];
    for n in 0..N {
        let halves = [simd.add_f32s(sums[0][n], sums[1][n]), simd.add_f32s(sums[2][n], sums[3][n])];
        totals[n] = f64::from(simd.reduce_sum_f32s(simd.add_f32s(halves[0], halves[1])));
    }
    totals
}

/// The moments of a chunk.
pub(super) struct MomentsOf {
    pub(super) x: *const f32,
    pub(super) runs: Runs,
}

impl WithSimd for MomentsOf {
    type Output = Moments;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Moments {
        let count = (self.runs.count * self.runs.len) as f64;
        if count == 0.0 {
            return Moments::default();
        }
        let zero = simd.splat_f32s(0.0);
        let mut sums = [[zero]; 4];
        for start in self.runs.starts() {
            // SAFETY: the runs are within the values.
            unsafe {
                add_run(simd, [self.x.add(start)], self.runs.len, &mut sums, |[x], [sum]| {
                    *sum = simd.add_f32s(*sum, x)
                });
            }
        }
        // Differences from about the mean lose no digits; what the mean is off is made up for by their own sum.
        let near = (total(simd, sums)[0] / count) as f32;
        let shift = simd.splat_f32s(near);
        let mut sums = [[zero; 2]; 4];
        for start in self.runs.starts() {
            // SAFETY: the runs are within the values.
            unsafe {
                add_run(simd, [self.x.add(start)], self.runs.len, &mut sums, |[x], [sum, squares]| {
                    let difference = simd.sub_f32s(x, shift);
                    *sum = simd.add_f32s(*sum, difference);
                    *squares = simd.mul_add_f32s(difference, difference, *squares);
                });
            }
        }
        let [sum, squares] = total(simd, sums);
        let squares = squares - sum * sum / count;
        // Rounding may leave less than 0 where all values are equal; NaN stays.
        Moments { count, mean: f64::from(near) + sum / count, squares: if squares < 0.0 { 0.0 } else { squares } }
    }
}

/// The gradient before limits: that of the output, or 0 where this is at a limit.
#[inline(always)]
fn within<S: Simd>(simd: S, grad: S::f32s, output: S::f32s, limits: Limits) -> S::f32s {
    ClampGrad(limits.least, limits.most).of(simd, [grad, output])[0]
}

/// The sums of a chunk's gradients, and of their products with the values' differences from the mean. `from` is the
/// gradient and the values, and perhaps the output, which has limits.
pub(super) struct GradSums<const I: usize> {
    pub(super) mean: f32,
    pub(super) limits: Limits,
    pub(super) from: [*const f32; I],
    pub(super) runs: Runs,
}

impl<const I: usize> WithSimd for GradSums<I> {
    type Output = [f64; 2];

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> [f64; 2] {
        let mean = simd.splat_f32s(self.mean);
        let mut sums = [[simd.splat_f32s(0.0); 2]; 4];
        for start in self.runs.starts() {
            // SAFETY: the runs are within the values.
            unsafe {
                let from = from_start(self.from, start);
                add_run(simd, from, self.runs.len, &mut sums, |values, [plain, by_difference]| {
                    let grad = if I == 3 { within(simd, values[0], values[2], self.limits) } else { values[0] };
                    *plain = simd.add_f32s(*plain, grad);
                    *by_difference = simd.mul_add_f32s(grad, simd.sub_f32s(values[1], mean), *by_difference);
                });
            }
        }
        total(simd, sums)
    }
}

/// `(x - mean) * scale + shift`, and perhaps more, within limits.
#[derive(Clone, Copy)]
pub(super) struct Normalize {
    pub(super) mean: f32,
    pub(super) scale: f32,
    pub(super) shift: f32,
    pub(super) limits: Limits,
}

impl Normalize {
    #[inline(always)]
    fn normal<S: Simd>(self, simd: S, x: S::f32s) -> S::f32s {
        let difference = simd.sub_f32s(x, simd.splat_f32s(self.mean));
        simd.mul_add_f32s(difference, simd.splat_f32s(self.scale), simd.splat_f32s(self.shift))
    }
}

impl Lanes<1, 1> for Normalize {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [x]: [S::f32s; 1]) -> [S::f32s; 1] {
        [lanes::clamp(simd, self.normal(simd, x), self.limits.least, self.limits.most)]
    }
}

impl Lanes<2, 1> for Normalize {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [x, more]: [S::f32s; 2]) -> [S::f32s; 1] {
        let sum = simd.add_f32s(self.normal(simd, x), more);
        [lanes::clamp(simd, sum, self.limits.least, self.limits.most)]
    }
}

/// `(grad - grad_mean - (x - mean) * slope) * scale`.
#[derive(Clone, Copy)]
pub(super) struct NormalizeGrad {
    pub(super) mean: f32,
    pub(super) scale: f32,
    pub(super) grad_mean: f32,
    pub(super) slope: f32,
    pub(super) limits: Limits,
}

impl Lanes<3, 1> for NormalizeGrad {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [grad, x, output]: [S::f32s; 3]) -> [S::f32s; 1] {
        self.of(simd, [within(simd, grad, output, self.limits), x])
    }
}

impl Lanes<3, 2> for NormalizeGrad {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [grad, x, output]: [S::f32s; 3]) -> [S::f32s; 2] {
        let grad = within(simd, grad, output, self.limits);
        let [of_x] = self.of(simd, [grad, x]);
        [of_x, grad]
    }
}

impl Lanes<2, 1> for NormalizeGrad {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [grad, x]: [S::f32s; 2]) -> [S::f32s; 1] {
        let difference = simd.sub_f32s(x, simd.splat_f32s(self.mean));
        let grad = simd.sub_f32s(grad, simd.splat_f32s(self.grad_mean));
        let grad = simd.negate_mul_add_f32s(difference, simd.splat_f32s(self.slope), grad);
        [simd.mul_f32s(grad, simd.splat_f32s(self.scale))]
    }
}

/// A function of each value over the runs of a chunk.
pub(super) struct Apply<F, const I: usize, const O: usize> {
    pub(super) of: F,
    pub(super) from: [*const f32; I],
    pub(super) to: [*mut f32; O],
    pub(super) runs: Runs,
}

impl<F: Lanes<I, O>, const I: usize, const O: usize> WithSimd for Apply<F, I, O> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for start in self.runs.starts() {
            // SAFETY: the runs are within the values, and outputs are apart or in the place of an input.
            unsafe {
                let from = from_start(self.from, start);
                let mut to = self.to;
                for to in &mut to {
                    *to = to.add(start);
                }
                each(simd, self.of, from, to, self.runs.len);
            }
        }
    }
}

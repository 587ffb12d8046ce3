//! Weights: to the points, and their gradients back.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::lanes::{self, LANES};
use super::points;

/// A weight `[outs, ins, R, R]`, or the same one seen by the images' gradient: flipped, outs and ins exchanged.
#[derive(Clone, Copy)]
pub(super) struct Weight<'a> {
    /// `[outs, ins, R, R]`; if flipped, `[ins, outs, R, R]`.
    pub(super) values: &'a [f32],
    pub(super) outs: usize,
    pub(super) ins: usize,
    pub(super) flipped: bool,
}

/// Transforms the filters of `ins` to the outs `out..out + 16`.
///
/// Writes point `p` of the `k`-th of `ins` to `to + p * step[0] + k * step[1]`, 16 outs side by side; outs beyond the
/// last are zero.
///
/// # Safety
/// Whoever dispatches it vouches that these places are this thread's to write.
pub(super) struct WeightToPoints<'a, const M: usize, const R: usize> {
    pub(super) weight: Weight<'a>,
    pub(super) ins: Range<usize>,
    pub(super) out: usize,
    pub(super) to: *mut f32,
    pub(super) step: [usize; 2],
    /// Working memory: `ins * R * R * 16` values.
    pub(super) room: &'a mut [f32],
}

impl<const M: usize, const R: usize> WithSimd for WeightToPoints<'_, M, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        let Self { weight, ins, out, to, step, room } = self;
        let channels = LANES.min(weight.outs - out);
        let taps = R * R;
        // Filters `[ins, R * R, 16 outs]`.
        let filters = &mut room[..ins.len() * taps * LANES];
        if weight.flipped {
            for (i, filter) in ins.clone().zip(filters.chunks_exact_mut(taps * LANES)) {
                let from = &weight.values[(i * weight.outs + out) * taps..][..channels * taps];
                // SAFETY: `from` holds `taps` values of each channel, `filter` has room for as many px.
                unsafe { lanes::from_planes(s, from.as_ptr(), taps, channels, taps, filter.as_mut_ptr()) };
            }
        } else {
            let from = &weight.values[(out * weight.ins + ins.start) * taps..];
            let from = &from[..((channels - 1) * weight.ins + ins.len()) * taps];
            // SAFETY: `from` reaches to the last channel's last filter, and `filters` has room for all.
            unsafe {
                lanes::from_planes(
                    s,
                    from.as_ptr(),
                    weight.ins * taps,
                    channels,
                    ins.len() * taps,
                    filters.as_mut_ptr(),
                )
            };
        }
        for (k, filter) in filters.chunks_exact(taps * LANES).enumerate() {
            // SAFETY: a filter has `taps` x 16 values; whoever dispatches vouches for the place of the points.
            unsafe { one::<S, M, R>(s, filter.as_ptr(), weight.flipped, to.add(k * step[1]), step[0]) };
        }
    }
}

/// Transforms one filter of 16 outs, `[R, R, 16]`.
///
/// # Safety
/// The filter is readable; point `p` is writable at `to + p * step`.
#[inline(always)]
unsafe fn one<S: Simd, const M: usize, const R: usize>(
    s: S,
    filter: *const f32,
    flipped: bool,
    to: *mut f32,
    step: usize,
) {
    let reach = M + R - 1;
    let zero = s.splat_f32s(0.0);
    for lane in (0..LANES).step_by(S::F32_LANES) {
        let mut half = [[zero; R]; 6];
        // SAFETY: all places are the caller's promise.
        unsafe {
            for c in 0..R {
                let mut column = [zero; R];
                for r in 0..R {
                    let tap = if flipped { R * R - 1 - (r * R + c) } else { r * R + c };
                    column[r] = filter.add(tap * LANES + lane).cast::<S::f32s>().read_unaligned();
                }
                for (row, value) in half.iter_mut().zip(points::weight::<S, M, R>(s, column)) {
                    row[c] = value;
                }
            }
            for (r, row) in half.into_iter().enumerate().take(reach) {
                for (c, value) in points::weight::<S, M, R>(s, row).into_iter().enumerate().take(reach) {
                    to.add((r * reach + c) * step + lane).cast::<S::f32s>().write_unaligned(value);
                }
            }
        }
    }
}

/// Transforms gradients of points to those of the filters of out `out` and of `ins`: written, or added to those there.
///
/// Point `p` of in `i` lies at `from + p * step + (i - ins.start)`, filled up to a multiple of 16 ins.
///
/// # Safety
/// Whoever dispatches it vouches for these places, and that the filters in `to` `[outs, all_ins, R, R]` are this
/// thread's to write.
pub(super) struct WeightGrad<const M: usize, const R: usize> {
    pub(super) from: *const f32,
    pub(super) step: usize,
    pub(super) to: *mut f32,
    pub(super) all_ins: usize,
    pub(super) out: usize,
    pub(super) ins: Range<usize>,
    pub(super) add: bool,
}

impl<const M: usize, const R: usize> WithSimd for WeightGrad<M, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        let reach = M + R - 1;
        let zero = s.splat_f32s(0.0);
        for first in self.ins.clone().step_by(LANES) {
            let from = self.from.wrapping_add(first - self.ins.start);
            let mut filters = [[[0.0; LANES]; R]; R];
            for lane in (0..LANES).step_by(S::F32_LANES) {
                let mut half = [[zero; 6]; R];
                for c in 0..reach {
                    let mut column = [zero; 6];
                    for (r, value) in column.iter_mut().enumerate().take(reach) {
                        let from = from.wrapping_add((r * reach + c) * self.step + lane);
                        // SAFETY: whoever dispatches vouches for the points.
                        *value = unsafe { from.cast::<S::f32s>().read_unaligned() };
                    }
                    for (row, value) in half.iter_mut().zip(points::weight_grad::<S, M, R>(s, column)) {
                        row[c] = value;
                    }
                }
                for (r, row) in half.into_iter().enumerate() {
                    for (c, value) in points::weight_grad::<S, M, R>(s, row).into_iter().enumerate() {
                        let to = filters[r][c][lane..].as_mut_ptr();
                        // SAFETY: the lanes from `lane` on are within the filter's 16.
                        unsafe { to.cast::<S::f32s>().write_unaligned(value) };
                    }
                }
            }
            let count = LANES.min(self.ins.end - first);
            let to = self.to.wrapping_add((self.out * self.all_ins + first) * R * R);
            for i in 0..count {
                for (tap, filter) in filters.as_flattened().iter().enumerate() {
                    // SAFETY: the filters of `count` ins are this thread's to write, and hold values if added to.
                    unsafe {
                        let to = to.add(i * R * R + tap);
                        *to = if self.add { *to + filter[i] } else { filter[i] };
                    }
                }
            }
        }
    }
}

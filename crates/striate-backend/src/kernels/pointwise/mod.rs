//! Functions of each value by itself, and values for each channel.

pub(crate) mod exp;
pub(crate) mod ops;
#[cfg(test)]
mod tests;

use std::mem::MaybeUninit;

use pulp::{Simd, WithSimd};

use self::ops::{Clamp, HardSigmoid, HardSwish, Relu, Sigmoid, Silu};
use super::lanes::{self, Lanes, each};
use super::parallel;
use super::simd::Arch;
use super::tanh::Tanh;
use crate::backend::Pointwise;

/// Replaces values by a function of them: so many runs of one length, one every `step` values.
///
/// # Safety
/// Whoever dispatches it promises that these values are there, and that no other task touches them.
pub(crate) struct Curve {
    pub(crate) function: Pointwise,
    pub(crate) first: *mut f32,
    pub(crate) runs: usize,
    pub(crate) step: usize,
    pub(crate) len: usize,
}

impl WithSimd for Curve {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.function {
            Pointwise::Relu => self.all(simd, Relu),
            Pointwise::Relu6 => self.all(simd, Clamp(0.0, 6.0)),
            Pointwise::Sigmoid => self.all(simd, Sigmoid),
            Pointwise::Swish => self.all(simd, Silu),
            Pointwise::Tanh => self.all(simd, Tanh),
            Pointwise::HardSigmoid => self.all(simd, HardSigmoid),
            Pointwise::HardSwish => self.all(simd, HardSwish),
        }
    }
}

impl Curve {
    #[inline(always)]
    fn all<S: Simd>(self, simd: S, of: impl Lanes<1, 1>) {
        for run in 0..self.runs {
            let first = self.first.wrapping_add(run * self.step);
            // SAFETY: the run is there, as whoever dispatches promises; each value is read before it is written.
            unsafe { each(simd, of, [first.cast_const()], [first], self.len) };
        }
    }
}

/// Adds a bias `[channels]` to the planes of `values` `[batch, channels, inner]`.
pub(crate) fn add_bias(arch: Arch, inner: usize, bias: &[f32], values: &mut [f32]) {
    assert!(inner > 0 && values.len().is_multiple_of(inner * bias.len().max(1)));
    parallel::each_chunk(values, inner, &|plane, values| {
        arch.dispatch(AddTo { offset: Offset(bias[plane % bias.len()]), values });
    });
}

struct AddTo<'a> {
    offset: Offset,
    values: &'a mut [f32],
}

impl WithSimd for AddTo<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (first, len) = (self.values.as_mut_ptr(), self.values.len());
        // SAFETY: the values are there, and borrowed here alone.
        unsafe { each(simd, self.offset, [first.cast_const()], [first], len) };
    }
}

/// A value, and a constant.
#[derive(Clone, Copy)]
struct Offset(f32);

impl Lanes<1, 1> for Offset {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [x]: [S::f32s; 1]) -> [S::f32s; 1] {
        [simd.add_f32s(x, simd.splat_f32s(self.0))]
    }
}

/// The gradient `[channels]` of a value added to each channel: the sum of `grad` `[batch, channels, inner]` over the batch
/// and all px. Chunks are summed in `f32`, and those in `f64`.
pub(crate) fn bias_grad(arch: Arch, inner: usize, grad: &[f32], bias_grad: &mut [MaybeUninit<f32>]) {
    let channels = bias_grad.len();
    assert!(inner > 0 && grad.len().is_multiple_of((inner * channels).max(1)));
    if inner == 1 {
        return rows_sum(grad, bias_grad);
    }
    parallel::each_chunk(bias_grad, 1, &|channel, sum| {
        sum[0].write(arch.dispatch(ChannelSum { channels, channel, inner, grad }) as f32);
    });
}

struct ChannelSum<'a> {
    channels: usize,
    channel: usize,
    inner: usize,
    grad: &'a [f32],
}

impl WithSimd for ChannelSum<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let planes = self.grad.chunks_exact(self.inner).skip(self.channel).step_by(self.channels);
        planes.map(|plane| lanes::sum(simd, plane)).sum()
    }
}

/// The sum of all rows of `grad` `[rows, columns]`.
fn rows_sum(grad: &[f32], sums: &mut [MaybeUninit<f32>]) {
    let columns = sums.len();
    parallel::each_chunk(sums, 256, &|chunk, sums| {
        let mut totals = [0f64; 256];
        for row in grad.chunks_exact(columns) {
            let row = &row[chunk * 256..][..sums.len()];
            totals.iter_mut().zip(row).for_each(|(total, value)| *total += f64::from(*value));
        }
        sums.iter_mut().zip(totals).for_each(|(sum, total)| _ = sum.write(total as f32));
    });
}

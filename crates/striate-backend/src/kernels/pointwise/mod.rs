//! Functions of each value by itself, and values for each channel.

pub(crate) mod exp;
pub(crate) mod ops;
#[cfg(test)]
mod tests;

use std::mem::MaybeUninit;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::lanes::{self, Lanes, Place, each};
use super::simd::Arch;

/// Values that a task takes at least, where the planes are smaller.
const TASK: usize = 1 << 14;

/// Adds a value of its own to each channel: `x` and `output` are `[batch, channels, inner]`, `bias` is `[channels]`.
pub(crate) fn add_bias(arch: Arch, inner: usize, x: &[f32], bias: &[f32], output: &mut [MaybeUninit<f32>]) {
    assert!(x.len() == output.len());
    // SAFETY: the borrows keep the output apart from all else; both are of one length.
    unsafe { biased(arch, inner, bias, Place::reading(x), Place::of(output), x.len()) };
}

/// Adds a value of its own to each channel of `values` `[batch, channels, inner]`; `bias` is `[channels]`.
pub(crate) fn add_bias_over(arch: Arch, inner: usize, values: &mut [f32], bias: &[f32]) {
    let (len, place) = (values.len(), Place::over(values));
    // SAFETY: the borrow keeps the values apart from all else.
    unsafe { biased(arch, inner, bias, place, place, len) };
}

/// # Safety
/// Both places have `len` values; the output is apart from all else, or equal to the input.
unsafe fn biased(arch: Arch, inner: usize, bias: &[f32], from: Place<f32>, to: Place<f32>, len: usize) {
    if len == 0 {
        return;
    }
    assert!(len.is_multiple_of(inner * bias.len()));
    let (planes, per_task) = (len / inner, TASK.div_ceil(inner));
    (0..planes.div_ceil(per_task)).into_par_iter().for_each(|task| {
        let planes = task * per_task..planes.min((task + 1) * per_task);
        arch.dispatch(Biased { inner, bias, from, to, planes });
    });
}

struct Biased<'a> {
    inner: usize,
    bias: &'a [f32],
    from: Place<f32>,
    to: Place<f32>,
    planes: std::ops::Range<usize>,
}

/// Adds one value.
#[derive(Clone, Copy)]
struct Add(f32);

impl Lanes<1, 1> for Add {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [x]: [S::f32s; 1]) -> [S::f32s; 1] {
        [simd.add_f32s(x, simd.splat_f32s(self.0))]
    }
}

impl WithSimd for Biased<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for plane in self.planes {
            let (start, of) = (plane * self.inner, Add(self.bias[plane % self.bias.len()]));
            // SAFETY: the plane is within the values, and no other task has it.
            unsafe { each(simd, of, [self.from.start().add(start)], [self.to.at(start)], self.inner) };
        }
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
    bias_grad.par_iter_mut().enumerate().for_each(|(channel, sum)| {
        sum.write(arch.dispatch(ChannelSum { channels, channel, inner, grad }) as f32);
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
    sums.par_chunks_mut(256).enumerate().for_each(|(chunk, sums)| {
        let mut totals = [0f64; 256];
        for row in grad.chunks_exact(columns) {
            let row = &row[chunk * 256..][..sums.len()];
            totals.iter_mut().zip(row).for_each(|(total, value)| *total += f64::from(*value));
        }
        sums.iter_mut().zip(totals).for_each(|(sum, total)| _ = sum.write(total as f32));
    });
}

//! Products of a few rows with a weight, which is read once: what a dense layer is for a small batch.
//!
//! The time is that of reading the weight. Each of its rows gives a value of each row of the input; four of them are read
//! side by side, so that four streams come from memory and the input is loaded once for all.

#[cfg(test)]
mod tests;

use std::mem::MaybeUninit;

use pulp::{Simd, WithSimd};

use super::lanes::{self, Lanes, Place, each};
use super::parallel;
use super::pointwise::Curve;
use super::simd::Arch;
use crate::backend::Pointwise;

/// Rows of the input up to which the weight's way from memory is what takes the time.
pub(crate) const FEW: usize = 8;

/// Outputs of a task.
const OUTPUTS: usize = 16;

/// Weights from which on several threads are sooner done than one.
const SHARED: usize = 1 << 16;

/// Values that a task finishes.
const VALUES: usize = 1 << 14;

/// Outputs whose weights are read side by side, and rows of the input that they meet at a time.
const SIDE: usize = 4;

/// `[rows, outputs]`: the products of `x` `[rows, depth]` with `weight` `[outputs, depth]`, plus a bias `[outputs]`, and a
/// function of that. There are up to [`FEW`] rows.
///
/// The sums are in `f32`, in lanes; their order depends on the depth alone.
pub(crate) fn forward(
    arch: Arch,
    [x, weight, bias]: [&[f32]; 3],
    function: Option<Pointwise>,
    output: &mut [MaybeUninit<f32>],
) {
    let outputs = bias.len();
    if output.is_empty() {
        return;
    }
    let (rows, depth) = (output.len() / outputs, weight.len() / outputs);
    assert!(depth > 0 && rows <= FEW && output.len() == rows * outputs);
    assert!(weight.len() == depth * outputs && x.len() == rows * depth);
    let to = Place::of(output);
    let part = |part: usize| {
        let first = part * OUTPUTS;
        let count = OUTPUTS.min(outputs - first);
        let weight = &weight[first * depth..][..count * depth];
        arch.dispatch(Part { x, weight, bias: &bias[first..][..count], function, depth, outputs, first, to });
    };
    let parts = outputs.div_ceil(OUTPUTS);
    if weight.len() < SHARED { (0..parts).for_each(part) } else { parallel::each(parts, &part) }
}

/// Some outputs of all rows.
struct Part<'a> {
    x: &'a [f32],
    weight: &'a [f32],
    bias: &'a [f32],
    function: Option<Pointwise>,
    depth: usize,
    /// All outputs, and the first of these.
    outputs: usize,
    first: usize,
    to: Place<f32>,
}

impl WithSimd for Part<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { x, weight, bias, function, depth, outputs, first, to } = self;
        let rows = x.len() / depth;
        for start in (0..bias.len()).step_by(SIDE) {
            let count = SIDE.min(bias.len() - start);
            // Those past the end repeat the last; what comes of them isn't written.
            let mut weights = [weight; SIDE];
            for i in 0..SIDE {
                weights[i] = &weight[(start + i.min(count - 1)) * depth..][..depth];
            }
            for row in (0..rows).step_by(SIDE) {
                let x = &x[row * depth..];
                let mut sums = [[0.0; SIDE]; SIDE];
                match rows - row {
                    1 => sums[..1].copy_from_slice(&products::<S, 1>(simd, [&x[..depth]], weights)),
                    2 => sums[..2].copy_from_slice(&products::<S, 2>(simd, parted(x, depth), weights)),
                    3 => sums[..3].copy_from_slice(&products::<S, 3>(simd, parted(x, depth), weights)),
                    _ => sums = products::<S, SIDE>(simd, parted(x, depth), weights),
                }
                for (r, sums) in sums.iter().enumerate().take(rows - row) {
                    for i in 0..count {
                        let place = (row + r) * outputs + first + start + i;
                        // SAFETY: the place is within the output, and this task's.
                        unsafe { to.at(place).write(sums[i] + bias[start + i]) };
                    }
                }
            }
        }
        if let Some(function) = function {
            // SAFETY: the first output of row 0 is within the output; all of these were just written by this task.
            let first = unsafe { to.at(first) };
            simd.vectorize(Curve { function, first, runs: rows, step: outputs, len: bias.len() });
        }
    }
}

/// The first `R` rows of `x`.
#[inline(always)]
fn parted<const R: usize>(x: &[f32], depth: usize) -> [&[f32]; R] {
    let mut rows = [x; R];
    for r in 0..R {
        rows[r] = &x[r * depth..][..depth];
    }
    rows
}

/// The sums of products of each row with each run of weights; all are of one length.
#[inline(always)]
fn products<S: Simd, const R: usize>(simd: S, rows: [&[f32]; R], weights: [&[f32]; SIDE]) -> [[f32; SIDE]; R] {
    let depth = weights[0].len();
    assert!(rows.iter().chain(&weights).all(|values| values.len() == depth));
    let lanes = S::F32_LANES;
    let mut sums = [[simd.splat_f32s(0.0); SIDE]; R];
    // A second set hides the latency of additions where there are few rows.
    let mut others = sums;
    let mut place = 0;
    // SAFETY: whole vectors stay within the depth, and the mask has just the lanes that are left.
    unsafe {
        while place + 2 * lanes <= depth {
            add(simd, &rows, &weights, |values| lanes::load(simd, values.as_ptr().add(place)), &mut sums);
            add(simd, &rows, &weights, |values| lanes::load(simd, values.as_ptr().add(place + lanes)), &mut others);
            place += 2 * lanes;
        }
        if place + lanes <= depth {
            add(simd, &rows, &weights, |values| lanes::load(simd, values.as_ptr().add(place)), &mut sums);
            place += lanes;
        }
        if place < depth {
            let mask = lanes::first(simd, depth - place);
            let load = |values: &[f32]| simd.mask_load_ptr_f32s(mask, values.as_ptr().add(place));
            add(simd, &rows, &weights, load, &mut others);
        }
    }
    let mut totals = [[0.0; SIDE]; R];
    for r in 0..R {
        for i in 0..SIDE {
            totals[r][i] = simd.reduce_sum_f32s(simd.add_f32s(sums[r][i], others[r][i]));
        }
    }
    totals
}

/// Adds the products of a vector of each, which `load` reads.
#[inline(always)]
fn add<S: Simd, const R: usize>(
    simd: S,
    rows: &[&[f32]; R],
    weights: &[&[f32]; SIDE],
    load: impl Fn(&[f32]) -> S::f32s,
    sums: &mut [[S::f32s; SIDE]; R],
) {
    let mut vectors = [simd.splat_f32s(0.0); SIDE];
    for i in 0..SIDE {
        vectors[i] = load(weights[i]);
    }
    for r in 0..R {
        let x = load(rows[r]);
        for i in 0..SIDE {
            sums[r][i] = simd.mul_add_f32s(x, vectors[i], sums[r][i]);
        }
    }
}

/// Adds a bias `[outputs]` to each row of `values` `[rows, outputs]` and applies a function, in one pass.
pub(crate) fn finish(arch: Arch, bias: &[f32], function: Option<Pointwise>, values: &mut [f32]) {
    let outputs = bias.len().max(1);
    assert!(values.len().is_multiple_of(outputs));
    let rows = (VALUES / outputs).max(1);
    parallel::each_chunk(values, rows * outputs, &|_, values| arch.dispatch(Finish { bias, function, values }));
}

struct Finish<'a> {
    bias: &'a [f32],
    function: Option<Pointwise>,
    values: &'a mut [f32],
}

impl WithSimd for Finish<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { bias, function, values } = self;
        for row in values.chunks_exact_mut(bias.len()) {
            let first = row.as_mut_ptr();
            // SAFETY: a row is as long as the bias, and is this task's.
            unsafe { each(simd, Sum, [first.cast_const(), bias.as_ptr()], [first], bias.len()) };
            if let Some(function) = function {
                // The row, in one run.
                simd.vectorize(Curve { function, first, runs: 1, step: 0, len: bias.len() });
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Sum;

impl Lanes<2, 1> for Sum {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [a, b]: [S::f32s; 2]) -> [S::f32s; 1] {
        [simd.add_f32s(a, b)]
    }
}

//! Kernels with their results in new memory.

use std::mem::MaybeUninit;

use pulp::{Simd, WithSimd};

use super::conv::Geometry;
use super::cross_entropy::{self, Logits};
use super::lanes::{self, Lanes, map};
use super::norm::{self, Ending, ParameterGrads, Saved, Shape, Statistics};
use super::output::filled;
use super::simd::Arch;
use super::{dense, parallel, pointwise, pool};
use crate::backend::Pointwise;

/// Values that a task adds up or fills.
const PART: usize = 1 << 16;

/// `x` normalised by its own statistics, with what comes after that, and these.
pub(crate) fn batch_norm(
    arch: Arch,
    shape: Shape,
    x: &[f32],
    parameters: [&[f32]; 2],
    eps: f64,
    ending: Ending,
) -> (Vec<f32>, Statistics) {
    let mut statistics = None;
    let forward = |output: &mut [_]| {
        statistics = Some(norm::forward(arch, shape, x, parameters, eps, ending, output));
    };
    // SAFETY: the kernel writes every output.
    let output = unsafe { filled(x.len(), forward) };
    (output, statistics.expect("`filled` calls"))
}

/// The gradients of a batch normalization: for `x`, and for the parameters.
pub(crate) fn batch_norm_grad(
    arch: Arch,
    shape: Shape,
    saved: Saved<'_>,
    output_grad: &[f32],
) -> (Vec<f32>, ParameterGrads) {
    let mut parameters = None;
    let backward = |x_grad: &mut [_]| {
        parameters = Some(norm::backward(arch, shape, saved, output_grad, x_grad, None));
    };
    // SAFETY: the kernel writes every gradient.
    let x_grad = unsafe { filled(saved.x.len(), backward) };
    (x_grad, parameters.expect("`filled` calls"))
}

/// As [`batch_norm_grad`], with the gradient of what was added, which comes second.
pub(crate) fn batch_norm_added_grad(
    arch: Arch,
    shape: Shape,
    saved: Saved<'_>,
    output_grad: &[f32],
) -> ([Vec<f32>; 2], ParameterGrads) {
    let (mut parameters, mut x_grad) = (None, Vec::new());
    let backward = |more_grad: &mut [_]| {
        // SAFETY: the kernel writes every gradient.
        x_grad = unsafe {
            filled(saved.x.len(), |x_grad| {
                parameters = Some(norm::backward(arch, shape, saved, output_grad, x_grad, Some(more_grad)));
            })
        };
    };
    // SAFETY: as above.
    let more_grad = unsafe { filled(saved.x.len(), backward) };
    ([x_grad, more_grad], parameters.expect("`filled` calls"))
}

/// Each channel times its factor, plus its summand.
pub(crate) fn channel_affine(arch: Arch, shape: Shape, x: &[f32], parameters: [&[f32]; 2]) -> Vec<f32> {
    // SAFETY: the kernel writes every output.
    unsafe { filled(x.len(), |output| norm::affine(arch, shape, x, parameters, output)) }
}

/// Values of the pooled pictures.
fn pooled_len(g: &Geometry) -> usize {
    g.batch * g.in_channels * g.out_side().iter().product::<usize>()
}

/// The largest of each window.
pub(crate) fn max_pool(arch: Arch, g: &Geometry, images: &[f32]) -> Vec<f32> {
    // SAFETY: the kernel writes every output.
    unsafe { filled(pooled_len(g), |output| pool::max(arch, g, images, output, None)) }
}

/// The largest of each window, and its place within the plane.
pub(crate) fn max_pool_places(arch: Arch, g: &Geometry, images: &[f32]) -> (Vec<f32>, Vec<u32>) {
    let mut places = Vec::new();
    // SAFETY: the kernel writes every output and every place.
    let output = unsafe {
        filled(pooled_len(g), |output| {
            places = filled(output.len(), |places| pool::max(arch, g, images, output, Some(places)));
        })
    };
    (output, places)
}

/// The gradient of the pictures of [`max_pool_places`].
pub(crate) fn max_pool_grad(g: &Geometry, places: &[u32], output_grad: &[f32]) -> Vec<f32> {
    // SAFETY: the kernel writes the gradient of every px.
    unsafe { filled(g.images_len(), |grad| pool::max_grad(g, places, output_grad, grad)) }
}

/// The mean of each window.
pub(crate) fn avg_pool(arch: Arch, g: &Geometry, images: &[f32], with_padding: bool) -> Vec<f32> {
    // SAFETY: the kernel writes every output.
    unsafe { filled(pooled_len(g), |output| pool::average(arch, g, images, with_padding, output)) }
}

/// The gradient of the pictures of [`avg_pool`].
pub(crate) fn avg_pool_grad(arch: Arch, g: &Geometry, with_padding: bool, output_grad: &[f32]) -> Vec<f32> {
    // SAFETY: the kernel writes the gradient of every px.
    unsafe { filled(g.images_len(), |grad| pool::average_grad(arch, g, with_padding, output_grad, grad)) }
}

/// A function of the values at each place of tensors of one length.
pub(crate) fn mapped<const I: usize>(arch: Arch, of: impl Lanes<I, 1>, from: [&[f32]; I]) -> Vec<f32> {
    // SAFETY: every value is written.
    unsafe { filled(from[0].len(), |to| map(arch, of, from, [to])) }
}

/// A dense layer of up to [`dense::FEW`] rows `x` `[rows, depth]`, with weight `[outputs, depth]` and bias `[outputs]`.
pub(crate) fn dense(arch: Arch, rows: usize, operands: [&[f32]; 3], function: Option<Pointwise>) -> Vec<f32> {
    let len = rows * operands[2].len();
    // SAFETY: the kernel writes every output.
    unsafe { filled(len, |output| dense::forward(arch, operands, function, output)) }
}

/// The loss of each label.
pub(crate) fn cross_entropy(arch: Arch, logits: Logits<'_>) -> Vec<f32> {
    // SAFETY: the kernel writes every loss.
    unsafe { filled(logits.labels.len(), |losses| cross_entropy::forward(arch, logits, losses)) }
}

/// The gradient of the logits, from that of each loss.
pub(crate) fn cross_entropy_grad(arch: Arch, logits: Logits<'_>, losses_grad: &[f32]) -> Vec<f32> {
    // SAFETY: the kernel writes every gradient.
    unsafe { filled(logits.values.len(), |grad| cross_entropy::backward(arch, logits, losses_grad, grad)) }
}

/// The sums of each channel of `grad` `[batch, channels, inner]`.
pub(crate) fn bias_grad(arch: Arch, channels: usize, inner: usize, grad: &[f32]) -> Vec<f32> {
    // SAFETY: every sum is written.
    unsafe { filled(channels, |sums| pointwise::bias_grad(arch, inner, grad, sums)) }
}

/// The sum of all values: of each part in a fixed order, and of the parts in theirs.
pub(crate) fn sum(arch: Arch, values: &[f32]) -> f32 {
    let part = |i: usize| &values[i * PART..values.len().min((i + 1) * PART)];
    let parts = parallel::map(values.len().div_ceil(PART), &|i| arch.dispatch(Sum(part(i))));
    parts.iter().sum::<f64>() as f32
}

struct Sum<'a>(&'a [f32]);

impl WithSimd for Sum<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        lanes::sum(simd, self.0)
    }
}

/// One value many times.
pub(crate) fn repeated(value: f32, len: usize) -> Vec<f32> {
    let fill = |values: &mut [MaybeUninit<f32>]| {
        parallel::each_chunk(values, PART, &|_, part| part.fill(MaybeUninit::new(value)));
    };
    // SAFETY: every value is written.
    unsafe { filled(len, fill) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::simd;
    use crate::kernels::testing::{on_threads, values};

    #[test]
    fn sums_are_those_of_f64_whatever_the_threads() {
        for len in [0, 1, 5_000, 4_500_000] {
            let values = values(len, 3);
            let want = values.iter().copied().map(f64::from).sum::<f64>();
            for arch in simd::all() {
                let got = f64::from(on_threads(|| vec![sum(arch, &values)])[0]);
                assert!((got - want).abs() <= 1e-6 * len as f64, "{got} is not {want}");
            }
        }
        assert_eq!(repeated(2.5, 100_001), vec![2.5; 100_001]);
    }
}

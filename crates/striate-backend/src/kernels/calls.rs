//! Kernels with their results in new memory.

use super::conv::Geometry;
use super::lanes::{Lanes, map};
use super::norm::{self, After, ParameterGrads, Saved, Shape, Statistics};
use super::output::filled;
use super::simd::Arch;
use super::{pointwise, pool};

/// `x` normalised by its own statistics, and these.
pub(crate) fn batch_norm(
    arch: Arch,
    shape: Shape,
    x: &[f32],
    gamma: &[f32],
    beta: &[f32],
    eps: f64,
) -> (Vec<f32>, Statistics) {
    let mut statistics = None;
    let forward = |output: &mut [_]| {
        let found = norm::forward_training(arch, shape, x, Some(gamma), Some(beta), eps, After::default(), output);
        statistics = Some(found);
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

/// Values of the pooled pictures.
fn pooled_len(g: &Geometry) -> usize {
    g.batch * g.in_channels * g.out_side().iter().product::<usize>()
}

/// The largest of each window, and its place within the plane.
pub(crate) fn max_pool(arch: Arch, g: &Geometry, images: &[f32]) -> (Vec<f32>, Vec<u32>) {
    let mut places = Vec::new();
    // SAFETY: the kernel writes every output and every place.
    let output = unsafe {
        filled(pooled_len(g), |output| {
            places = filled(output.len(), |places| pool::max(arch, g, images, output, Some(places)));
        })
    };
    (output, places)
}

/// The gradient of the pictures of [`max_pool`].
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

/// The sums of each channel of `grad` `[batch, channels, inner]`.
pub(crate) fn bias_grad(arch: Arch, channels: usize, inner: usize, grad: &[f32]) -> Vec<f32> {
    // SAFETY: every sum is written.
    unsafe { filled(channels, |sums| pointwise::bias_grad(arch, inner, grad, sums)) }
}

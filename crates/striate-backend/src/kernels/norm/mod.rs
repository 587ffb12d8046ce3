//! Normalization of each channel over the batch and all px, with an addition and a rectifier after it if wanted.
//!
//! Means and variances are taken of chunks that fit the nearest cache, as sums of differences from the chunk's own mean, and
//! combined in `f64` (Chan, Golub & LeVeque 1983): no digits are lost where the mean is far larger than the deviation. A
//! task treats all of a channel at once, so that its second pass finds the values in cache.

mod passes;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;

use std::mem::MaybeUninit;

use rayon::prelude::*;

use self::passes::{Apply, GradSums, Moments, MomentsOf, Normalize, NormalizeGrad};
use super::lanes::Place;
use super::simd::Arch;

/// Values of a chunk: 16 KiB.
const CHUNK: usize = 1 << 12;

/// From how many channels on each is a task; fewer are cut into chunks.
const TASKS: usize = 16;

/// Sizes of what is normalized: `[batch, channels, inner]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) batch: usize,
    pub(crate) channels: usize,
    /// Px of a plane.
    pub(crate) inner: usize,
}

/// Equal runs of one channel.
#[derive(Debug, Clone, Copy)]
struct Runs {
    first: usize,
    count: usize,
    /// From a run to the next.
    step: usize,
    len: usize,
}

impl Runs {
    fn starts(self) -> impl Iterator<Item = usize> {
        (0..self.count).map(move |i| self.first + i * self.step)
    }
}

impl Shape {
    fn len(self) -> usize {
        self.batch * self.channels * self.inner
    }

    /// Planes of a chunk, and chunks of a plane.
    fn per_chunk(self) -> (usize, usize) {
        ((CHUNK / self.inner.max(1)).max(1), self.inner.div_ceil(CHUNK).max(1))
    }

    /// Chunks of a channel.
    fn chunks(self) -> usize {
        let (planes, pieces) = self.per_chunk();
        self.batch.div_ceil(planes) * pieces
    }

    fn runs(self, channel: usize, chunk: usize) -> Runs {
        let (planes, pieces) = self.per_chunk();
        let (plane, piece) = (chunk / pieces * planes, chunk % pieces);
        let start = piece * CHUNK;
        Runs {
            first: (plane * self.channels + channel) * self.inner + start,
            count: planes.min(self.batch - plane),
            step: self.channels * self.inner,
            len: if pieces == 1 { self.inner } else { CHUNK.min(self.inner - start) },
        }
    }

    /// For each channel: `first` of all its chunks, what `combine` makes of them, and `second` of all chunks with that.
    fn two_passes<T: Send + Sync, R: Send + Sync>(
        self,
        first: impl Fn(usize, Runs) -> T + Sync,
        combine: impl Fn(usize, &mut dyn Iterator<Item = T>) -> R + Sync,
        second: impl Fn(usize, Runs, &R) + Sync,
    ) -> Vec<R>
    where
        T: Copy,
    {
        let chunks = self.chunks();
        if self.channels >= TASKS {
            let of_channel = |channel| {
                let result = combine(channel, &mut (0..chunks).map(|chunk| first(channel, self.runs(channel, chunk))));
                (0..chunks).for_each(|chunk| second(channel, self.runs(channel, chunk), &result));
                result
            };
            return (0..self.channels).into_par_iter().map(of_channel).collect();
        }
        let place = |i: usize| (i / chunks, self.runs(i / chunks, i % chunks));
        let all = (0..self.channels * chunks).into_par_iter();
        let parts: Vec<T> = all.clone().map(|i| first(place(i).0, place(i).1)).collect();
        let of_channel = |channel: usize| combine(channel, &mut parts[channel * chunks..][..chunks].iter().copied());
        let results: Vec<R> = (0..self.channels).map(of_channel).collect();
        all.for_each(|i| second(place(i).0, place(i).1, &results[place(i).0]));
        results
    }
}

/// What training keeps of each channel.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Statistics {
    pub(crate) mean: Vec<f32>,
    /// The mean of squared differences from the mean (divided by the count).
    pub(crate) variance: Vec<f32>,
    /// `1 / sqrt(variance + epsilon)`.
    pub(crate) inverse_deviation: Vec<f32>,
}

/// The gradients of a channel's factor and offset.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ParameterGrads {
    pub(crate) gamma: Vec<f32>,
    pub(crate) beta: Vec<f32>,
}

/// What follows the normalization.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct After<'a> {
    /// Added value by value: `[batch, channels, inner]`.
    pub(crate) residual: Option<&'a [f32]>,
    /// Whether values below 0 then become 0.
    pub(crate) relu: bool,
}

/// The channel's value, or `default` if there is no parameter.
fn parameter(values: Option<&[f32]>, channel: usize, default: f32) -> f32 {
    values.map_or(default, |values| values[channel])
}

fn check(shape: Shape, lens: &[usize], parameters: [Option<&[f32]>; 2]) {
    assert!(lens.iter().all(|len| *len == shape.len()));
    assert!(parameters.iter().flatten().all(|p| p.len() == shape.channels));
}

/// Writes the runs of one channel.
fn write(arch: Arch, of: Normalize, after: After<'_>, x: *const f32, output: Place<f32>, runs: Runs) {
    // SAFETY: the runs are within the values, and a task writes those of its own chunk alone.
    let to = [unsafe { output.at(0) }];
    match (after.residual, after.relu) {
        (None, false) => arch.dispatch(Apply { of: of.plain::<false>(), from: [x], to, runs }),
        (None, true) => arch.dispatch(Apply { of: of.plain::<true>(), from: [x], to, runs }),
        (Some(add), false) => arch.dispatch(Apply { of: of.added::<false>(), from: [x, add.as_ptr()], to, runs }),
        (Some(add), true) => arch.dispatch(Apply { of: of.added::<true>(), from: [x, add.as_ptr()], to, runs }),
    }
}

/// Normalizes by the batch's own statistics, which are returned. `gamma` and `beta` are `[channels]`.
#[expect(clippy::too_many_arguments, reason = "every input of the operation")]
pub(crate) fn forward_training(
    arch: Arch,
    shape: Shape,
    x: &[f32],
    gamma: Option<&[f32]>,
    beta: Option<&[f32]>,
    epsilon: f64,
    after: After<'_>,
    output: &mut [MaybeUninit<f32>],
) -> Statistics {
    check(shape, &[x.len(), output.len(), after.residual.map_or(x.len(), <[f32]>::len)], [gamma, beta]);
    let (from, to) = (Place::reading(x), Place::of(output));
    let inverse_deviation = |m: &Moments| (1.0 / (m.variance() + epsilon).sqrt()) as f32;
    let moments = shape.two_passes(
        |_, runs| arch.dispatch(MomentsOf { x: from.start(), runs }),
        |_, chunks| chunks.fold(Moments::default(), Moments::with),
        |channel, runs, moments| {
            let of = Normalize {
                mean: moments.mean as f32,
                scale: parameter(gamma, channel, 1.0) * inverse_deviation(moments),
                shift: parameter(beta, channel, 0.0),
            };
            write(arch, of, after, from.start(), to, runs);
        },
    );
    Statistics {
        mean: moments.iter().map(|m| m.mean as f32).collect(),
        variance: moments.iter().map(|m| m.variance() as f32).collect(),
        inverse_deviation: moments.iter().map(inverse_deviation).collect(),
    }
}

/// Normalizes by the given `mean` and `variance`, each `[channels]`.
#[expect(clippy::too_many_arguments, reason = "every input of the operation")]
pub(crate) fn forward_evaluation(
    arch: Arch,
    shape: Shape,
    x: &[f32],
    [mean, variance]: [&[f32]; 2],
    gamma: Option<&[f32]>,
    beta: Option<&[f32]>,
    epsilon: f64,
    after: After<'_>,
    output: &mut [MaybeUninit<f32>],
) {
    check(shape, &[x.len(), output.len(), after.residual.map_or(x.len(), <[f32]>::len)], [gamma, beta]);
    check(shape, &[], [Some(mean), Some(variance)]);
    let (from, to, chunks) = (Place::reading(x), Place::of(output), shape.chunks());
    (0..shape.channels * chunks).into_par_iter().for_each(|i| {
        let channel = i / chunks;
        let inverse_deviation = (1.0 / (f64::from(variance[channel]) + epsilon).sqrt()) as f32;
        let of = Normalize {
            mean: mean[channel],
            scale: parameter(gamma, channel, 1.0) * inverse_deviation,
            shift: parameter(beta, channel, 0.0),
        };
        write(arch, of, after, from.start(), to, shape.runs(channel, i % chunks));
    });
}

/// What the gradient is taken of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Saved<'a> {
    pub(crate) x: &'a [f32],
    pub(crate) statistics: &'a Statistics,
    pub(crate) gamma: Option<&'a [f32]>,
    /// The output, if a rectifier made it.
    pub(crate) rectified: Option<&'a [f32]>,
}

/// The gradients of [`forward_training`] from that of its output: of `x`, of the residual (if it is wanted), and of the
/// parameters.
pub(crate) fn backward(
    arch: Arch,
    shape: Shape,
    saved: Saved<'_>,
    output_grad: &[f32],
    x_grad: &mut [MaybeUninit<f32>],
    residual_grad: Option<&mut [MaybeUninit<f32>]>,
) -> ParameterGrads {
    let residual_len = residual_grad.as_ref().map_or(x_grad.len(), |r| r.len());
    check(shape, &[output_grad.len(), x_grad.len(), residual_len], [saved.gamma, None]);
    // SAFETY: the borrows keep what is written apart from all else.
    unsafe {
        gradients(
            arch,
            shape,
            saved,
            Place::reading(output_grad),
            Place::of(x_grad),
            residual_grad.map(|r| Place::of(r)),
        )
    }
}

/// As [`backward`], with the gradient of `x` in the place of that of the output.
pub(crate) fn backward_over(arch: Arch, shape: Shape, saved: Saved<'_>, grad: &mut [f32]) -> ParameterGrads {
    check(shape, &[grad.len()], [saved.gamma, None]);
    let place = Place::over(grad);
    // SAFETY: the borrows keep the gradient apart from all else.
    unsafe { gradients(arch, shape, saved, place, place, None) }
}

/// # Safety
/// All places are of the shape's values. Those written are apart from all else, except that the first may be the gradient.
unsafe fn gradients(
    arch: Arch,
    shape: Shape,
    saved: Saved<'_>,
    grad: Place<f32>,
    x_grad: Place<f32>,
    residual_grad: Option<Place<f32>>,
) -> ParameterGrads {
    check(shape, &[saved.x.len(), saved.rectified.map_or(saved.x.len(), <[f32]>::len)], [None, None]);
    let Statistics { mean, inverse_deviation, .. } = saved.statistics;
    check(shape, &[], [Some(mean), Some(inverse_deviation)]);
    let (x, count) = (Place::reading(saved.x), (shape.batch * shape.inner) as f64);
    let rectified = saved.rectified.map(Place::reading);
    let sums = shape.two_passes(
        |channel, runs| {
            let mean = mean[channel];
            match rectified {
                None => arch.dispatch(GradSums { mean, from: [grad.start(), x.start()], runs }),
                Some(y) => arch.dispatch(GradSums { mean, from: [grad.start(), x.start(), y.start()], runs }),
            }
        },
        |_, chunks| chunks.fold([0.0, 0.0], |all, sums| [all[0] + sums[0], all[1] + sums[1]]),
        |channel, runs, [plain, by_difference]| {
            let inverse = f64::from(inverse_deviation[channel]);
            let of = NormalizeGrad {
                mean: mean[channel],
                scale: parameter(saved.gamma, channel, 1.0) * inverse_deviation[channel],
                grad_mean: (plain / count) as f32,
                slope: (by_difference * inverse * inverse / count) as f32,
            };
            let (grad, x) = (grad.start(), x.start());
            // SAFETY: the places are the values' starts; a task writes the runs of its own chunk alone.
            let to = unsafe { x_grad.at(0) };
            let residual = residual_grad.map(|r| unsafe { r.at(0) });
            match (rectified, residual) {
                (None, None) => arch.dispatch(Apply { of, from: [grad, x], to: [to], runs }),
                (None, Some(residual)) => arch.dispatch(Apply { of, from: [grad, x], to: [to, residual], runs }),
                (Some(y), None) => arch.dispatch(Apply { of, from: [grad, x, y.start()], to: [to], runs }),
                (Some(y), Some(residual)) => {
                    arch.dispatch(Apply { of, from: [grad, x, y.start()], to: [to, residual], runs });
                }
            }
        },
    );
    let gamma = sums.iter().zip(inverse_deviation).map(|(sums, inverse)| (sums[1] * f64::from(*inverse)) as f32);
    ParameterGrads { gamma: gamma.collect(), beta: sums.iter().map(|sums| sums[0] as f32).collect() }
}

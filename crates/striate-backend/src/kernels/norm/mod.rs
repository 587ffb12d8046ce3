//! Normalization of each channel over the batch and all px.
//!
//! Means and variances are taken of chunks that fit the nearest cache, as sums of differences from the chunk's own mean, and
//! combined in `f64` (Chan, Golub & LeVeque 1983): no digits are lost where the mean is far larger than the deviation. A
//! task treats all of a channel at once where there are two passes, so that the second finds the values in cache.

mod passes;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;

use std::mem::MaybeUninit;

use self::passes::{Apply, GradSums, Moments, MomentsOf, Normalize, NormalizeGrad};
use super::lanes::Place;
use super::parallel;
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

    /// Calls `task` with all chunks of all channels, each with its channel.
    fn each_chunk(self, task: &(dyn Fn(usize, Runs) + Sync)) {
        let chunks = self.chunks();
        parallel::each(self.channels * chunks, &|i| task(i / chunks, self.runs(i / chunks, i % chunks)));
    }

    /// For each channel: `first` of all its chunks, what `combine` makes of them, and `second` of all chunks with that.
    fn two_passes<T: Copy + Send + Sync, R: Send + Sync>(
        self,
        first: impl Fn(usize, Runs) -> T + Sync,
        combine: impl Fn(usize, &mut dyn Iterator<Item = T>) -> R + Sync,
        second: impl Fn(usize, Runs, &R) + Sync,
    ) -> Vec<R> {
        let chunks = self.chunks();
        if self.channels >= TASKS {
            let of_channel = |channel| {
                let result = combine(channel, &mut (0..chunks).map(|chunk| first(channel, self.runs(channel, chunk))));
                (0..chunks).for_each(|chunk| second(channel, self.runs(channel, chunk), &result));
                result
            };
            return parallel::map(self.channels, &of_channel);
        }
        let parts = parallel::map(self.channels * chunks, &|i| first(i / chunks, self.runs(i / chunks, i % chunks)));
        let of_channel = |channel: usize| combine(channel, &mut parts[channel * chunks..][..chunks].iter().copied());
        let results: Vec<R> = (0..self.channels).map(of_channel).collect();
        self.each_chunk(&|channel, runs| second(channel, runs, &results[channel]));
        results
    }
}

/// What comes after the normalization.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ending<'a> {
    /// Added value by value: the input's shape.
    pub(crate) more: Option<&'a [f32]>,
    /// Limits between which values are clamped in the end; NaN stays NaN.
    pub(crate) limits: Limits,
}

/// The least and the most that a value may be; NaN is no limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Limits {
    pub(crate) least: f32,
    pub(crate) most: f32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { least: f32::NAN, most: f32::NAN }
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

fn check(shape: Shape, lens: &[usize], parameters: &[&[f32]]) {
    assert!(lens.iter().all(|len| *len == shape.len()));
    assert!(parameters.iter().all(|p| p.len() == shape.channels));
}

/// Normalizes by the batch's own statistics, which are returned. `gamma` and `beta` are `[channels]`.
pub(crate) fn forward(
    arch: Arch,
    shape: Shape,
    x: &[f32],
    [gamma, beta]: [&[f32]; 2],
    epsilon: f64,
    ending: Ending,
    output: &mut [MaybeUninit<f32>],
) -> Statistics {
    check(shape, &[x.len(), output.len(), ending.more.map_or(x.len(), <[f32]>::len)], &[gamma, beta]);
    let (from, to) = (Place::reading(x), Place::of(output));
    let more = ending.more.map(Place::reading);
    let inverse_deviation = |m: &Moments| (1.0 / (m.variance() + epsilon).sqrt()) as f32;
    let moments = shape.two_passes(
        |_, runs| arch.dispatch(MomentsOf { x: from.start(), runs }),
        |_, chunks| chunks.fold(Moments::default(), Moments::with),
        |channel, runs, moments| {
            let of = Normalize {
                mean: moments.mean as f32,
                scale: gamma[channel] * inverse_deviation(moments),
                shift: beta[channel],
                limits: ending.limits,
            };
            // SAFETY: the runs are within the values, and a task writes those of its own chunk alone.
            let to = [unsafe { to.at(0) }];
            match more {
                Some(more) => arch.dispatch(Apply { of, from: [from.start(), more.start()], to, runs }),
                None => arch.dispatch(Apply { of, from: [from.start()], to, runs }),
            }
        },
    );
    Statistics {
        mean: moments.iter().map(|m| m.mean as f32).collect(),
        variance: moments.iter().map(|m| m.variance() as f32).collect(),
        inverse_deviation: moments.iter().map(inverse_deviation).collect(),
    }
}

/// Multiplies each channel by its factor and adds its summand; both are `[channels]`.
pub(crate) fn affine(arch: Arch, shape: Shape, x: &[f32], parameters: [&[f32]; 2], output: &mut [MaybeUninit<f32>]) {
    check(shape, &[x.len(), output.len()], &parameters);
    // SAFETY: both are of the shape's length, and the borrows keep them apart.
    unsafe { affine_at(arch, shape, Place::reading(x), parameters, Place::of(output)) }
}

/// As [`affine`], in the values' own memory.
pub(crate) fn affine_over(arch: Arch, shape: Shape, values: &mut [f32], parameters: [&[f32]; 2]) {
    check(shape, &[values.len()], &parameters);
    let values = Place::over(values);
    // SAFETY: they are of the shape's length, and each value is read before it is written.
    unsafe { affine_at(arch, shape, values, parameters, values) }
}

/// # Safety
/// There are values of the shape at `from` and room for them at `to`, which is apart from `from` or the same.
unsafe fn affine_at(arch: Arch, shape: Shape, from: Place<f32>, [scale, shift]: [&[f32]; 2], to: Place<f32>) {
    shape.each_chunk(&|channel, runs| {
        let of = Normalize { mean: 0.0, scale: scale[channel], shift: shift[channel], limits: Limits::default() };
        // SAFETY: the runs are within the values, and a task writes those of its own chunk alone.
        let to = [unsafe { to.at(0) }];
        arch.dispatch(Apply { of, from: [from.start()], to, runs });
    });
}

/// What the gradient is taken of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Saved<'a> {
    pub(crate) x: &'a [f32],
    pub(crate) statistics: &'a Statistics,
    pub(crate) gamma: &'a [f32],
    /// The output and its limits, if there were some: what is at a limit has no gradient.
    pub(crate) limited: Option<(&'a [f32], Limits)>,
}

/// The gradients of [`forward`] from that of its output: of `x`, and of the parameters. The gradient of what was added
/// goes to `more_grad`, if that is asked for.
pub(crate) fn backward(
    arch: Arch,
    shape: Shape,
    saved: Saved<'_>,
    output_grad: &[f32],
    x_grad: &mut [MaybeUninit<f32>],
    more_grad: Option<&mut [MaybeUninit<f32>]>,
) -> ParameterGrads {
    let Statistics { mean, inverse_deviation, .. } = saved.statistics;
    let (output, limits) = saved.limited.unwrap_or((output_grad, Limits::default()));
    let more_len = more_grad.as_ref().map_or(output.len(), |more| more.len());
    let lens = [saved.x.len(), output_grad.len(), x_grad.len(), output.len(), more_len];
    check(shape, &lens, &[saved.gamma, mean, inverse_deviation]);
    let (x, grad, x_grad) = (Place::reading(saved.x), Place::reading(output_grad), Place::of(x_grad));
    let (output, more_grad) = (Place::reading(output), more_grad.map(Place::of));
    let (plain, limited) = ([grad, x], [grad, x, output]);
    let count = (shape.batch * shape.inner) as f64;
    let sums = shape.two_passes(
        |channel, runs| match saved.limited {
            Some(_) => arch.dispatch(GradSums { mean: mean[channel], limits, from: limited.map(Place::start), runs }),
            None => arch.dispatch(GradSums { mean: mean[channel], limits, from: plain.map(Place::start), runs }),
        },
        |_, chunks| chunks.fold([0.0, 0.0], |all, sums| [all[0] + sums[0], all[1] + sums[1]]),
        |channel, runs, [total, by_difference]| {
            let inverse = f64::from(inverse_deviation[channel]);
            let of = NormalizeGrad {
                mean: mean[channel],
                scale: saved.gamma[channel] * inverse_deviation[channel],
                grad_mean: (total / count) as f32,
                slope: (by_difference * inverse * inverse / count) as f32,
                limits,
            };
            // SAFETY: the places are the values' starts; a task writes the runs of its own chunk alone.
            let (to, more) = unsafe { (x_grad.at(0), more_grad.map(|more| more.at(0))) };
            match (more, saved.limited) {
                (Some(more), _) => {
                    arch.dispatch(Apply { of, from: limited.map(Place::start), to: [to, more], runs });
                }
                (None, Some(_)) => arch.dispatch(Apply { of, from: limited.map(Place::start), to: [to], runs }),
                (None, None) => arch.dispatch(Apply { of, from: plain.map(Place::start), to: [to], runs }),
            }
        },
    );
    let gamma = sums.iter().zip(inverse_deviation).map(|(sums, inverse)| (sums[1] * f64::from(*inverse)) as f32);
    ParameterGrads { gamma: gamma.collect(), beta: sums.iter().map(|sums| sums[0] as f32).collect() }
}

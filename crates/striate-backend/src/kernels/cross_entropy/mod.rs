//! Cross-entropy of logits and labels, with the softmax in the same pass.

#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;

use std::mem::MaybeUninit;
use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::lanes::{Lanes, Place, each};
use super::parallel;
use super::pointwise::exp::exp;
use super::simd::Arch;

/// Labels that are treated at a time, their classes one after the other.
const TILE: usize = 128;

/// Logits that are worth a task.
const TASK: usize = 1 << 14;

/// Logits `[batch, classes, inner]` and labels `[batch, inner]`.
#[derive(Clone, Copy)]
pub(crate) struct Logits<'a> {
    pub(crate) classes: usize,
    pub(crate) inner: usize,
    pub(crate) values: &'a [f32],
    /// Each is below `classes`.
    pub(crate) labels: &'a [u32],
    /// The share of the target that all classes have alike.
    pub(crate) smoothing: f32,
}

/// The loss of each label, `[batch, inner]`.
pub(crate) fn forward(arch: Arch, logits: Logits<'_>, losses: &mut [MaybeUninit<f32>]) {
    logits.check();
    assert_eq!(losses.len(), logits.labels.len());
    let place = Place::of(losses);
    // Each task has labels of its own, and a loss for each.
    logits.tasks(|labels| arch.dispatch(Losses { logits, labels, to: place }));
}

/// The gradient of the logits, from that of each loss; nothing where that is nothing, whatever the logits are.
pub(crate) fn backward(arch: Arch, logits: Logits<'_>, losses_grad: &[f32], grad: &mut [MaybeUninit<f32>]) {
    logits.check();
    assert!(losses_grad.len() == logits.labels.len() && grad.len() == logits.values.len());
    let place = Place::of(grad);
    // Each task has labels of its own, and the gradients of their logits.
    logits.tasks(|labels| arch.dispatch(Gradient { logits, labels, losses_grad, to: place }));
}

impl Logits<'_> {
    fn check(&self) {
        assert!(self.classes > 0 && self.values.len() == self.labels.len() * self.classes);
        assert!(self.inner > 0 && self.labels.len().is_multiple_of(self.inner));
        assert!(self.labels.iter().all(|label| (*label as usize) < self.classes));
    }

    /// Ranges of labels of one picture, or of any number of pictures that have one each.
    fn tasks(&self, run: impl Fn(Range<usize>) + Sync) {
        let most = (TASK / self.classes).max(1).next_multiple_of(TILE);
        let (rows, len) =
            if self.inner == 1 { (1, self.labels.len()) } else { (self.labels.len() / self.inner, self.inner) };
        let parts = len.div_ceil(most);
        parallel::each(rows * parts, &|task| {
            let (row, part) = (task / parts, task % parts);
            run(row * len + part * most..row * len + len.min((part + 1) * most));
        });
    }

    /// The place of the logit of a label's first class.
    fn first(&self, label: usize) -> usize {
        label / self.inner * self.classes * self.inner + label % self.inner
    }

    /// The loss of a label.
    fn loss(&self, label: usize, softmax: [f32; 3]) -> f32 {
        let [max, sum, above] = softmax;
        let right = self.values[self.first(label) + self.labels[label] as usize * self.inner];
        let right = right * 0.5 - max * 0.5;
        let even = if self.smoothing == 0.0 { 0.0 } else { above * (self.smoothing / self.classes as f32) };
        2.0 * (sum.ln() * 0.5 - right * (1.0 - self.smoothing) - even)
    }

    /// Of all logits of a label with no others between them: the largest, the sum of `e` to what each is above it, and half
    /// the sum of what each is above it. The whole might be more than a number can hold; halves never are.
    #[inline(always)]
    fn softmax<S: Simd>(simd: S, logits: &[f32]) -> [f32; 3] {
        let (vectors, rest) = S::as_simd_f32s(logits);
        let max = vectors.iter().fold(simd.splat_f32s(f32::NEG_INFINITY), |max, x| simd.max_f32s(max, *x));
        let max = rest.iter().fold(simd.reduce_max_f32s(max), |max, x| max.max(*x));
        let splat = simd.splat_f32s(max);
        let mut totals = [simd.splat_f32s(0.0); 2];
        for x in vectors {
            totals = Sums.of(simd, [totals[0], totals[1], splat, *x]);
        }
        let [mut sum, mut above] = totals.map(|total| simd.reduce_sum_f32s(total));
        let (power, half) = above_max(simd, simd.partial_load_f32s(rest), splat);
        for (total, values) in [(&mut sum, power), (&mut above, half)] {
            let mut each = [0.0; 16];
            simd.partial_store_f32s(&mut each[..rest.len()], values);
            *total += each[..rest.len()].iter().sum::<f32>();
        }
        [max, sum, above]
    }

    /// As [`softmax`](Self::softmax), of labels whose logits of one class lie side by side.
    #[inline(always)]
    fn softmaxes<S: Simd>(&self, simd: S, labels: Range<usize>) -> [[f32; TILE]; 3] {
        let (mut max, mut sum, mut above) = ([f32::NEG_INFINITY; TILE], [0.0; TILE], [0.0; TILE]);
        let len = labels.len();
        let planes = self.values[self.first(labels.start)..].chunks(self.inner).take(self.classes);
        for plane in planes.clone() {
            let max = max.as_mut_ptr();
            // SAFETY: the plane has all labels of the tile, which holds them.
            unsafe { each(simd, Largest, [max.cast_const(), plane[..len].as_ptr()], [max], len) };
        }
        for plane in planes {
            let to = [sum.as_mut_ptr(), above.as_mut_ptr()];
            let from = [to[0].cast_const(), to[1].cast_const(), max.as_ptr(), plane[..len].as_ptr()];
            // SAFETY: as above.
            unsafe { each(simd, Sums, from, to, len) };
        }
        [max, sum, above]
    }
}

/// The larger of two.
#[derive(Clone, Copy)]
struct Largest;

impl Lanes<2, 1> for Largest {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [max, x]: [S::f32s; 2]) -> [S::f32s; 1] {
        [simd.max_f32s(max, x)]
    }
}

/// Sums with a class's logits.
#[derive(Clone, Copy)]
struct Sums;

impl Lanes<4, 2> for Sums {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [sum, total, max, x]: [S::f32s; 4]) -> [S::f32s; 2] {
        let (power, half) = above_max(simd, x, max);
        [simd.add_f32s(sum, power), simd.add_f32s(total, half)]
    }
}

/// `e` to what a logit is above the largest, and half of that.
#[inline(always)]
fn above_max<S: Simd>(simd: S, x: S::f32s, max: S::f32s) -> (S::f32s, S::f32s) {
    let half = simd.splat_f32s(0.5);
    let above = simd.sub_f32s(simd.mul_f32s(x, half), simd.mul_f32s(max, half));
    (exp(simd, simd.add_f32s(above, above)), above)
}

struct Losses<'a> {
    logits: Logits<'a>,
    labels: Range<usize>,
    to: Place<f32>,
}

impl WithSimd for Losses<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { logits, labels, to } = self;
        // SAFETY: the loss of each of these labels is there, and this task's alone.
        let write = |label, softmax| unsafe { *to.at(label) = logits.loss(label, softmax) };
        if logits.inner == 1 {
            for label in labels {
                let values = &logits.values[label * logits.classes..][..logits.classes];
                write(label, Logits::softmax(simd, values));
            }
            return;
        }
        for start in labels.clone().step_by(TILE) {
            let tile = start..labels.end.min(start + TILE);
            let [max, sum, above] = logits.softmaxes(simd, tile.clone());
            tile.enumerate().for_each(|(i, label)| write(label, [max[i], sum[i], above[i]]));
        }
    }
}

/// The gradients of logits, but for what the right class has more, from the logits, their largest, the sum of all and the
/// gradient of the loss. It has what each class gets of the target.
#[derive(Clone, Copy)]
struct Slope(f32);

impl Lanes<4, 1> for Slope {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [x, max, sum, grad]: [S::f32s; 4]) -> [S::f32s; 1] {
        let share = simd.div_f32s(above_max(simd, x, max).0, sum);
        let slope = simd.mul_f32s(grad, simd.sub_f32s(share, simd.splat_f32s(self.0)));
        let zero = simd.splat_f32s(0.0);
        [simd.select_f32s(simd.equal_f32s(grad, zero), zero, slope)]
    }
}

/// As [`Slope`], of one label.
#[derive(Clone, Copy)]
struct SlopeOf {
    slope: Slope,
    max: f32,
    sum: f32,
    grad: f32,
}

impl Lanes<1, 1> for SlopeOf {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [x]: [S::f32s; 1]) -> [S::f32s; 1] {
        let [max, sum, grad] = [self.max, self.sum, self.grad].map(|value| simd.splat_f32s(value));
        self.slope.of(simd, [x, max, sum, grad])
    }
}

struct Gradient<'a> {
    logits: Logits<'a>,
    labels: Range<usize>,
    losses_grad: &'a [f32],
    to: Place<f32>,
}

impl WithSimd for Gradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { logits, labels, losses_grad, to } = self;
        let Logits { classes, inner, values, smoothing, .. } = logits;
        let slope = Slope(smoothing / classes as f32);
        let right = |label: usize| {
            let place = logits.first(label) + logits.labels[label] as usize * inner;
            // SAFETY: the gradient is there, this task's alone, and was written before.
            unsafe { *to.at(place) -= losses_grad[label] * (1.0 - smoothing) };
        };
        if inner == 1 {
            for label in labels {
                let row = &values[label * classes..][..classes];
                let [max, sum, _] = Logits::softmax(simd, row);
                let of = SlopeOf { slope, max, sum, grad: losses_grad[label] };
                // SAFETY: the row of gradients is as long as that of the logits, and this task's alone.
                unsafe { each(simd, of, [row.as_ptr()], [to.at(label * classes)], classes) };
                right(label);
            }
            return;
        }
        for start in labels.clone().step_by(TILE) {
            let tile = start..labels.end.min(start + TILE);
            let [max, sum, _] = logits.softmaxes(simd, tile.clone());
            let grad = &losses_grad[tile.clone()];
            for class in 0..classes {
                let place = logits.first(start) + class * inner;
                let from = [values[place..][..tile.len()].as_ptr(), max.as_ptr(), sum.as_ptr(), grad.as_ptr()];
                // SAFETY: the gradients of this class and these labels are there, and this task's alone.
                unsafe { each(simd, slope, from, [to.at(place)], tile.len()) };
            }
            tile.for_each(right);
        }
    }
}

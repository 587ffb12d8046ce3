//! The phases of a stride, by which the gradient for the images is gathered.

use std::mem::MaybeUninit;

use super::Geometry;

/// How the gradient for the images is gathered along one axis.
///
/// Padded px `i + shift` of the pictures is phase `(i + shift) % stride` of place `(i + shift) / stride`. Tap `k` meets
/// phase `k * dilation % stride` there, in the output `lag(k)` places before it.
#[derive(Clone, Copy)]
pub(super) struct Axis {
    pub(super) stride: usize,
    dilation: usize,
    pub(super) shift: usize,
    /// The largest lag.
    pub(super) reach: usize,
    /// Places over the pictures' side.
    pub(super) places: usize,
    /// Outputs before place 0 that the layout holds.
    pub(super) before: isize,
}

impl Axis {
    pub(super) fn new(g: &Geometry, d: usize) -> Self {
        let (stride, dilation, padding) = (g.stride[d], g.dilation[d], g.padding[d].0);
        let reach = (g.kernel[d] - 1) * dilation / stride;
        let shift = padding % stride;
        let places = (g.side[d] + shift).div_ceil(stride);
        Self { stride, dilation, shift, reach, places, before: reach as isize - (padding / stride) as isize }
    }

    /// The taps of a phase, each with where it lies from a place.
    pub(super) fn taps(self, kernel: usize, phase: usize) -> impl Iterator<Item = (usize, usize)> + Clone {
        let meets = move |k: &usize| k * self.dilation % self.stride == phase;
        (0..kernel).filter(meets).map(move |k| (k, self.reach - k * self.dilation / self.stride))
    }
}

/// Divides each value of a plane by the product of its row's and its column's divisor.
#[inline(always)]
pub(super) fn divide(plane: &[f32], [rows, columns]: &[Vec<f32>; 2], divided: &mut [f32]) {
    let lines = plane.chunks_exact(columns.len()).zip(divided.chunks_exact_mut(columns.len()));
    for ((from, to), row) in lines.zip(rows) {
        to.iter_mut().zip(from).zip(columns).for_each(|((to, from), column)| *to = from / (row * column));
    }
}

/// Writes a row from its values by phase, each `phase` after the one before.
#[inline(always)]
pub(super) fn interleave(phases: &[f32], phase: usize, axis: Axis, to: &mut [MaybeUninit<f32>]) {
    if axis.stride == 2 {
        // The second px of each pair is of the other phase, and of the next place if that phase is the first.
        let (even, odd) = phases.split_at(phase);
        let (first, second) = if axis.shift == 0 { (even, odd) } else { (odd, &even[1..]) };
        let mut pairs = to.chunks_exact_mut(2);
        let mut count = 0;
        for ((pair, first), second) in pairs.by_ref().zip(first).zip(second) {
            pair[0].write(*first);
            pair[1].write(*second);
            count += 1;
        }
        if let [last] = pairs.into_remainder() {
            last.write(first[count]);
        }
    } else {
        for (x, to) in to.iter_mut().enumerate() {
            let x = x + axis.shift;
            to.write(phases[x % axis.stride * phase + x / axis.stride]);
        }
    }
}

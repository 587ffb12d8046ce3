//! Planes laid out so that every tap of a moving window is one run of values.
//!
//! A plane is copied, with its padding, into scratch memory `[rows, phases, pitch]`: phase `p` of a row holds its columns
//! `p`, `p + stride`, `p + 2 stride`, … Then tap `(k_y, k_x)` of a row of outputs is a run, whatever the stride and the
//! dilation, and the loops over it have neither bounds nor shuffles. The copy stays in the nearest caches.

use pulp::Simd;

use super::conv::Geometry;
use super::lanes;

/// Vectors may run over the end of a row's outputs by less than this many values.
pub(crate) const OVER: usize = 16;

/// Values that a task takes at least, where the planes are smaller.
const TASK: usize = 1 << 14;

/// How many planes of `len` values a task takes.
pub(crate) fn planes_per_task(len: usize) -> usize {
    TASK.div_ceil(len.max(1))
}

/// A layout of padded planes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    /// Sides of the plane that is copied.
    side: [usize; 2],
    /// Rows and columns of padding before the plane; below 0, as many are left out.
    before: [isize; 2],
    rows: usize,
    phases: usize,
    pitch: usize,
}

impl Layout {
    /// The layout of pictures, for the taps of windows at each output.
    pub(crate) fn of_images(g: &Geometry) -> Self {
        let before = g.padding.map(|p| p.0 as isize);
        Self::new(g.side, before, g.out_side(), g.kernel, g.stride, g.dilation)
    }

    /// The layout of a plane `side` for `outputs` windows along each axis.
    pub(crate) fn new(
        side: [usize; 2],
        before: [isize; 2],
        outputs: [usize; 2],
        kernel: [usize; 2],
        stride: [usize; 2],
        dilation: [usize; 2],
    ) -> Self {
        let reach = [0, 1].map(|d| (kernel[d] - 1) * dilation[d]);
        let pitch = (outputs[1].next_multiple_of(OVER) + reach[1] / stride[1]).next_multiple_of(OVER);
        Self { side, before, rows: outputs[0].saturating_sub(1) * stride[0] + reach[0] + 1, phases: stride[1], pitch }
    }

    /// Values of a padded plane.
    pub(crate) fn len(&self) -> usize {
        self.rows * self.row()
    }

    /// Values from a row to the next.
    pub(crate) fn row(&self) -> usize {
        self.phases * self.pitch
    }

    /// Where the value `down` rows and `right` columns from the first is.
    pub(crate) fn place(&self, down: usize, right: usize) -> usize {
        down * self.row() + right % self.phases * self.pitch + right / self.phases
    }

    /// Where the taps of the first window are, row by row.
    pub(crate) fn taps(&self, kernel: [usize; 2], dilation: [usize; 2]) -> Vec<usize> {
        let columns = |ky| (0..kernel[1]).map(move |kx| (ky, kx));
        (0..kernel[0]).flat_map(columns).map(|(ky, kx)| self.place(ky * dilation[0], kx * dilation[1])).collect()
    }

    /// Copies a plane `[side_h, side_w]` to `padded`, whose padding is left as it is.
    #[inline(always)]
    pub(crate) fn copy<S: Simd>(&self, simd: S, plane: &[f32], padded: &mut [f32]) {
        let [height, width] = self.side;
        let skipped = (-self.before[0]).max(0) as usize;
        let row = self.before[0].max(0) as usize;
        let count = height.saturating_sub(skipped).min(self.rows.saturating_sub(row));
        for phase in 0..self.phases {
            // Value `j` of the phase is column `j * phases + offset`.
            let offset = phase as isize - self.before[1];
            let first = ((-offset).max(0) as usize).div_ceil(self.phases).min(self.pitch);
            let column = (first * self.phases).wrapping_add_signed(offset);
            let values = width.saturating_sub(column).div_ceil(self.phases).min(self.pitch - first);
            if values == 0 {
                continue;
            }
            for y in 0..count {
                let from = &plane[(skipped + y) * width + column..][..(values - 1) * self.phases + 1];
                let to = &mut padded[(row + y) * self.row() + phase * self.pitch + first..][..values];
                match self.phases {
                    1 => lanes::copy(simd, from, to),
                    2 => every::<2>(from, to),
                    step => to.iter_mut().zip(from.iter().step_by(step)).for_each(|(to, from)| *to = *from),
                }
            }
        }
    }
}

/// Copies every `STEP`th value.
#[inline(always)]
fn every<const STEP: usize>(from: &[f32], to: &mut [f32]) {
    let (last, to) = to.split_last_mut().expect("at least one value");
    *last = from[to.len() * STEP];
    to.iter_mut().zip(from.chunks_exact(STEP)).for_each(|(to, from)| *to = from[0]);
}

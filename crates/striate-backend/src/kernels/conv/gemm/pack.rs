//! Copies of the matrix that a [`Plan`] describes, cut into panels.

use std::ops::Range;

use pulp::Simd;

use super::plan::Plan;
use crate::kernels::tile;

/// Columns that lie side by side in the source and in one panel.
struct Run {
    /// Place in the panels of the first column in row 0.
    to: usize,
    /// Place in the region, or in the source, of the first column under the first tap.
    from: usize,
    len: usize,
    /// Values from one row of the panel to the next.
    width: usize,
}

/// The part of one picture that the columns take.
struct Slab {
    /// Start of the picture's group of channels in the source.
    picture: usize,
    /// Row of the source that is the first of the region, maybe outside.
    first_row: isize,
    rows: usize,
    /// Place in the region.
    place: usize,
}

/// Copies some columns into panels, channel by channel.
///
/// Unless the source can be read as it lies, a channel's rows go to a region first: with zeros around, and columns apart
/// whose places differ by the stride's remainder, so that each tap reads values side by side.
pub(super) struct Packer<'a> {
    plan: &'a Plan,
    source: &'a [f32],
    runs: Vec<Run>,
    slabs: Vec<Slab>,
    direct: bool,
    /// Where each tap lies, relative to the first.
    taps: Vec<usize>,
    /// Values of the region from row to row.
    pitch: usize,
    region_len: usize,
    /// End of what the runs read of a channel in the source.
    end: usize,
}

/// Values after each panel, and after the region, that copies of whole vectors may touch.
pub(super) const SLACK: usize = 16;

/// Panels of so many columns each, one after the other, with room for so many rows.
#[derive(Debug, Clone)]
pub(super) struct Panels {
    /// First column (from the first of all), place and width of each panel.
    pub(super) each: Vec<(usize, usize, usize)>,
    pub(super) len: usize,
}

impl Panels {
    /// Panels for `columns` of at most `vectors` vectors of `lanes`, and none much narrower than the others.
    pub(super) fn new(columns: usize, rows: usize, vectors: usize, lanes: usize) -> Self {
        let all = columns.div_ceil(lanes);
        let count = all.div_ceil(vectors);
        let mut panels = Self { each: Vec::with_capacity(count), len: 0 };
        for i in 0..count {
            let (start, end) = (all * i / count, all * (i + 1) / count);
            let width = (end - start) * lanes;
            panels.each.push((start * lanes, panels.len, width));
            panels.len += (rows * width).next_multiple_of(16) + SLACK;
        }
        panels
    }
}

impl<'a> Packer<'a> {
    /// Prepares to copy `columns` of group `group` into `panels`.
    pub(super) fn new(plan: &'a Plan, source: &'a [f32], group: usize, columns: Range<usize>, panels: &Panels) -> Self {
        let plane = plan.side[0] * plan.side[1];
        let sample = plan.groups * plan.channels * plane;
        let direct = plan.direct();
        let [stride_y, stride_x] = plan.stride;
        let ((top, bottom), (left, right)) = (plan.reach(0), plan.reach(1));
        let phase = ((plan.grid[1] - 1) * stride_x + (right - left) as usize + 1).div_ceil(stride_x);
        let pitch = if direct { plan.side[1] } else { phase * stride_x };
        let mut slabs: Vec<Slab> = Vec::new();
        let (mut region_len, mut end) = (0, 0);
        let mut runs = Vec::new();
        let mut panel = panels.each.iter().copied().peekable();
        let mut current = (0, 0, 0);
        for (run, n, y, x) in plan.runs(columns.clone()) {
            let picture = n * sample + group * plan.channels * plane;
            if slabs.last().is_none_or(|slab| slab.picture != picture) {
                let first_row = (y * stride_y) as isize + top;
                slabs.push(Slab { picture, first_row, rows: 0, place: region_len });
            }
            let from = if direct {
                picture + (y * stride_y + top as usize) * pitch + x + left as usize
            } else {
                let slab = slabs.last_mut().expect("one was pushed");
                let row = ((y * stride_y) as isize + top - slab.first_row) as usize;
                slab.rows = row + (bottom - top) as usize + 1;
                region_len = slab.place + slab.rows * pitch;
                slab.place + row * pitch + x
            };
            let mut done = 0;
            while done < run.len() {
                let column = run.start + done - columns.start;
                while let Some(next) = panel.next_if(|next| next.0 <= column) {
                    current = next;
                }
                let (first, place, width) = current;
                let len = (run.len() - done).min(first + width - column);
                runs.push(Run { to: place + column - first, from: from + done, len, width });
                end = end.max(from + done + len.next_multiple_of(SLACK));
                done += len;
            }
        }
        let taps = plan.taps[0].iter().flat_map(|y| {
            plan.taps[1].iter().map(move |x| {
                let (y, x) = ((y - top) as usize, (x - left) as usize);
                y * pitch + if direct { x } else { x % stride_x * phase + x / stride_x }
            })
        });
        Self { plan, source, runs, slabs, direct, taps: taps.collect(), pitch, region_len, end }
    }

    /// Values of working memory that copying takes.
    pub(super) fn region_len(&self) -> usize {
        if self.direct { 0 } else { (self.region_len + SLACK).next_multiple_of(16) }
    }

    /// Copies `channels`, each a row for each tap, to the panels' rows from 0 on. `region` is [`region_len`](Self::region_len)
    /// long and starts as zeros; channels leave their values in it.
    #[inline(always)]
    pub(super) fn pack<S: Simd>(&self, simd: S, channels: Range<usize>, region: &mut [f32], panels: &mut [f32]) {
        let plane = self.plan.side[0] * self.plan.side[1];
        for (i, channel) in channels.enumerate() {
            let first_row = i * self.taps.len();
            if self.direct {
                let source = &self.source[channel * plane..];
                let far = self.taps.iter().max().map_or(0, |far| self.end + far);
                self.copy_taps::<S>(source, far > source.len(), first_row, panels);
            } else {
                self.fill(simd, channel * plane, region);
                self.copy_taps::<S>(region, false, first_row, panels);
            }
        }
    }

    /// Copies a row for each tap. With `exact`, nothing past a run is read.
    #[inline(always)]
    fn copy_taps<S: Simd>(&self, from: &[f32], exact: bool, first_row: usize, panels: &mut [f32]) {
        for (t, &tap) in self.taps.iter().enumerate() {
            for run in &self.runs {
                let start = run.to + (first_row + t) * run.width;
                if exact {
                    panels[start..start + run.len].copy_from_slice(&from[run.from + tap..][..run.len]);
                    continue;
                }
                let len = run.len.next_multiple_of(S::F32_LANES);
                let (from, to) = (&from[run.from + tap..][..len], &mut panels[start..start + len]);
                // Whole vectors: what they write past the run is written again by the next run, or never read.
                for (from, to) in from.chunks_exact(S::F32_LANES).zip(to.chunks_exact_mut(S::F32_LANES)) {
                    // SAFETY: both chunks are one vector long.
                    unsafe {
                        to.as_mut_ptr()
                            .cast::<S::f32s>()
                            .write_unaligned(from.as_ptr().cast::<S::f32s>().read_unaligned())
                    };
                }
            }
        }
    }

    /// Copies the rows of the channel that starts at `channel` in its group to the region.
    #[inline(always)]
    fn fill<S: Simd>(&self, simd: S, channel: usize, region: &mut [f32]) {
        let [height, width] = self.plan.side;
        let [stride_y, stride_x] = self.plan.stride;
        let phase = self.pitch / stride_x;
        let (top, left) = (self.plan.reach(0).0, self.plan.reach(1).0);
        // The region's column of the source's px 0, and px of the source before the region.
        let (zeros, skipped) = ((-left).max(0) as usize, left.max(0) as usize);
        let count = width.saturating_sub(skipped).min(self.pitch.saturating_sub(zeros));
        let shown = |d: usize, first: isize, place: usize| {
            let stride = self.plan.stride[d];
            self.plan.taps[d].iter().any(|tap| (tap - first) as usize % stride == place % stride)
        };
        for slab in &self.slabs {
            for row in 0..slab.rows {
                let y = slab.first_row + row as isize;
                if y < 0 || y >= height as isize || (stride_y > 1 && !shown(0, top, row)) {
                    continue;
                }
                let from = &self.source[slab.picture + channel + y as usize * width + skipped..][..count];
                let to = &mut region[slab.place + row * self.pitch..][..self.pitch];
                match stride_x {
                    1 => copy(simd, from, &mut to[zeros..]),
                    2 => {
                        let (even, odd) = to.split_at_mut(phase);
                        // The first px goes to the phase of its column.
                        match zeros % 2 {
                            0 => part_pairs(from, &mut even[zeros / 2..], &mut odd[zeros / 2..]),
                            _ => part_pairs(from, &mut odd[zeros / 2..], &mut even[zeros / 2 + 1..]),
                        }
                    }
                    _ => {
                        for (i, value) in from.iter().enumerate() {
                            let column = zeros + i;
                            to[column % stride_x * phase + column / stride_x] = *value;
                        }
                    }
                }
            }
        }
    }
}

/// Copies `from` to the start of `to`.
#[inline(always)]
fn copy<S: Simd>(simd: S, from: &[f32], to: &mut [f32]) {
    let lanes = S::F32_LANES;
    let to = &mut to[..from.len()];
    let whole = from.len() / lanes * lanes;
    for (from, to) in from.chunks_exact(lanes).zip(to.chunks_exact_mut(lanes)) {
        // SAFETY: both chunks are one vector long.
        unsafe { to.as_mut_ptr().cast::<S::f32s>().write_unaligned(from.as_ptr().cast::<S::f32s>().read_unaligned()) };
    }
    let mask = tile::first(simd, from.len() - whole);
    // SAFETY: the mask covers what is left of both slices.
    unsafe {
        let rest = simd.mask_load_ptr_f32s(mask, from.as_ptr().add(whole));
        simd.mask_store_ptr_f32s(mask, to.as_mut_ptr().add(whole), rest);
    }
}

/// Copies the values at even places to `even` and the others to `odd`.
#[inline(always)]
fn part_pairs(from: &[f32], even: &mut [f32], odd: &mut [f32]) {
    let pairs = from.len() / 2;
    let (even_pairs, odd_pairs) = (&mut even[..pairs], &mut odd[..pairs]);
    for (i, pair) in from.chunks_exact(2).enumerate() {
        even_pairs[i] = pair[0];
        odd_pairs[i] = pair[1];
    }
    if from.len() % 2 == 1 {
        even[pairs] = from[from.len() - 1];
    }
}

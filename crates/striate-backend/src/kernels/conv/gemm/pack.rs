//! Copies of the matrix that a [`Plan`] describes, cut into panels.

use std::mem::MaybeUninit;
use std::ops::Range;

use pulp::Simd;

use super::pairs;
use super::plan::Plan;
use crate::kernels::lanes;

/// A vector, or what is left of one, of columns that lie side by side in the source and in one panel.
pub(super) struct Piece {
    /// Place in the panel's first row of the first column.
    pub(super) to: usize,
    /// Place in the region, or in the source, of the first column under the first tap.
    pub(super) from: usize,
    pub(super) len: usize,
}

/// A row of a channel that is copied to the region.
struct Row {
    /// Place in the group's first channel.
    from: usize,
    /// Place of the row in the region.
    to: usize,
}

/// Pieces of one panel.
struct Panel {
    place: usize,
    width: usize,
    pieces: Range<usize>,
}

/// Copies some columns into panels, channel by channel.
///
/// Unless the source can be read as it lies, a channel's rows go to a region first: with zeros around, and columns apart
/// whose places differ by the stride's remainder, so that each tap reads values side by side.
pub(super) struct Packer<'a> {
    plan: &'a Plan,
    source: &'a [f32],
    panels: Vec<Panel>,
    pieces: Vec<Piece>,
    /// Rows that are copied to the region, unless the source is read as it lies.
    rows: Vec<Row>,
    direct: bool,
    /// Where each tap lies, relative to the first.
    pub(super) taps: Vec<usize>,
    /// Values of the region from row to row.
    pitch: usize,
    region_len: usize,
    /// End of what whole vectors read of a channel under the first tap.
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
    /// Prepares to copy `columns` of group `group` into `panels`, in vectors of `lanes`; `direct` if the source can be read as it
    /// lies.
    pub(super) fn new(
        plan: &'a Plan,
        source: &'a [f32],
        group: usize,
        columns: Range<usize>,
        panels: &Panels,
        lanes: usize,
        direct: bool,
    ) -> Self {
        let [height, width] = plan.side;
        let sample = plan.groups * plan.channels * height * width;
        let [stride_y, stride_x] = plan.stride;
        let ((top, bottom), (left, right)) = (plan.reach(0), plan.reach(1));
        let phase = ((plan.grid[1] - 1) * stride_x + (right - left) as usize + 1).div_ceil(stride_x);
        let pitch = if direct { width } else { phase * stride_x };
        let shown: Vec<bool> =
            (0..stride_y).map(|rest| plan.taps[0].iter().any(|tap| (tap - top) as usize % stride_y == rest)).collect();
        let first = panels.each[0];
        let mut packer = Self {
            plan,
            source,
            panels: vec![Panel { place: first.1, width: first.2, pieces: 0..0 }],
            pieces: Vec::new(),
            rows: Vec::new(),
            direct,
            taps: Vec::new(),
            pitch,
            region_len: 0,
            end: 0,
        };
        let mut next_panel = 1;
        let mut current = first;
        // The picture whose rows are in the region from `slab.1` on, its first row there, and the rows that are there.
        let (mut slab, mut rows) = ((usize::MAX, 0, 0), 0);
        for (run, n, y, x) in plan.runs(columns.clone()) {
            let picture = n * sample + group * plan.channels * height * width;
            let row = (y * stride_y) as isize + top;
            if slab.0 != picture {
                (slab, rows) = ((picture, packer.region_len, row), 0);
            }
            let from = if direct {
                picture + row as usize * pitch + x + left as usize
            } else {
                let (_, place, first_row) = slab;
                let needed = (row - first_row) as usize + (bottom - top) as usize + 1;
                for i in rows..needed {
                    let y = first_row + i as isize;
                    if y >= 0 && y < height as isize && shown[i % stride_y] {
                        packer.rows.push(Row { from: picture + y as usize * width, to: place + i * pitch });
                    }
                }
                rows = needed;
                packer.region_len = place + rows * pitch;
                place + (row - first_row) as usize * pitch + x
            };
            let mut done = 0;
            while done < run.len() {
                let column = run.start + done - columns.start;
                while next_panel < panels.each.len() && panels.each[next_panel].0 <= column {
                    current = panels.each[next_panel];
                    let start = packer.pieces.len();
                    packer.panels.push(Panel { place: current.1, width: current.2, pieces: start..start });
                    next_panel += 1;
                }
                let len = (run.len() - done).min(current.0 + current.2 - column).min(lanes);
                packer.pieces.push(Piece { to: column - current.0, from: from + done, len });
                packer.panels.last_mut().expect("the first is there").pieces.end += 1;
                packer.end = packer.end.max(from + done + lanes);
                done += len;
            }
        }
        let taps = plan.taps[0].iter().flat_map(|y| {
            plan.taps[1].iter().map(move |x| {
                let (y, x) = ((y - top) as usize, (x - left) as usize);
                y * pitch + if direct { x } else { x % stride_x * phase + x / stride_x }
            })
        });
        packer.taps = taps.collect();
        packer
    }

    /// The pieces of a panel.
    pub(super) fn pieces(&self, panel: usize) -> &[Piece] {
        &self.pieces[self.panels[panel].pieces.clone()]
    }

    /// Columns of the region before the source, px of a source's row before the region, and px of it in the region.
    fn shown(&self) -> (usize, usize, usize) {
        let left = self.plan.reach(1).0;
        let (zeros, skipped) = ((-left).max(0) as usize, (left.max(0) as usize).min(self.plan.side[1]));
        (zeros, skipped, (self.plan.side[1] - skipped).min(self.pitch.saturating_sub(zeros)))
    }

    /// Copies a region of one picture's channel back to that channel, with zeros where the region has none of its px.
    #[inline(always)]
    pub(super) fn take<S: Simd>(&self, simd: S, region: &[f32], channel: &mut [MaybeUninit<f32>]) {
        let [height, width] = self.plan.side;
        let stride = self.plan.stride[1];
        let (zeros, skipped, count) = self.shown();
        let phase = self.pitch / stride;
        if self.rows.len() < height || count < width {
            channel.fill(MaybeUninit::new(0.0));
        }
        for row in &self.rows {
            let to = &mut channel[row.from % (height * width) + skipped..][..count];
            let from = &region[row.to..][..self.pitch];
            match stride {
                1 => {
                    to.write_copy_of_slice(&from[zeros..zeros + count]);
                }
                2 => {
                    let (even, odd) = from.split_at(phase);
                    match zeros % 2 {
                        0 => pairs::join(simd, &even[zeros / 2..], &odd[zeros / 2..], to),
                        _ => pairs::join(simd, &odd[zeros / 2..], &even[zeros / 2 + 1..], to),
                    }
                }
                _ => {
                    for (i, to) in to.iter_mut().enumerate() {
                        let column = zeros + i;
                        to.write(from[column % stride * phase + column / stride]);
                    }
                }
            }
        }
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
        let far = self.end + self.taps.iter().max().map_or(0, |far| *far);
        for panel in &self.panels {
            let rows = channels.len() * self.taps.len();
            assert!(panels.len() >= panel.place + rows * panel.width + SLACK && S::F32_LANES <= SLACK);
        }
        for (i, channel) in channels.enumerate() {
            let first_row = i * self.taps.len();
            let from = if self.direct {
                &self.source[channel * plane..]
            } else {
                self.fill(simd, channel * plane, region);
                &*region
            };
            if far > from.len() {
                self.copy_exactly(from, first_row, panels);
                continue;
            }
            for panel in &self.panels {
                let pieces = &self.pieces[panel.pieces.clone()];
                for (t, &tap) in self.taps.iter().enumerate() {
                    // SAFETY: pieces start within the panel's row, and whole vectors from there end at most [`SLACK`] past
                    // the panel; they are read before `far`. What they write past the piece is written again by the next
                    // piece or row, or never read.
                    unsafe {
                        let to = panels.as_mut_ptr().add(panel.place + (first_row + t) * panel.width);
                        let from = from.as_ptr().add(tap);
                        for piece in pieces {
                            let values = from.add(piece.from).cast::<S::f32s>().read_unaligned();
                            to.add(piece.to).cast::<S::f32s>().write_unaligned(values);
                        }
                    }
                }
            }
        }
    }

    /// Copies a row for each tap without touching what lies behind a piece.
    fn copy_exactly(&self, from: &[f32], first_row: usize, panels: &mut [f32]) {
        for panel in &self.panels {
            for (t, &tap) in self.taps.iter().enumerate() {
                for piece in &self.pieces[panel.pieces.clone()] {
                    let to = &mut panels[panel.place + (first_row + t) * panel.width + piece.to..][..piece.len];
                    to.copy_from_slice(&from[piece.from + tap..][..piece.len]);
                }
            }
        }
    }

    /// Copies the rows of the channel that starts at `channel` in its group to the region.
    #[inline(always)]
    fn fill<S: Simd>(&self, simd: S, channel: usize, region: &mut [f32]) {
        let stride = self.plan.stride[1];
        let (zeros, skipped, count) = self.shown();
        let phase = self.pitch / stride;
        for row in &self.rows {
            let from = &self.source[row.from + channel + skipped..][..count];
            let to = &mut region[row.to..][..self.pitch];
            match stride {
                1 => lanes::copy(simd, from, &mut to[zeros..][..from.len()]),
                2 => {
                    let (even, odd) = to.split_at_mut(phase);
                    // The first px goes to the phase of its column.
                    match zeros % 2 {
                        0 => pairs::split(simd, from, &mut even[zeros / 2..], &mut odd[zeros / 2..]),
                        _ => pairs::split(simd, from, &mut odd[zeros / 2..], &mut even[zeros / 2 + 1..]),
                    }
                }
                _ => {
                    for (i, value) in from.iter().enumerate() {
                        let column = zeros + i;
                        to[column % stride * phase + column / stride] = *value;
                    }
                }
            }
        }
    }
}

//! The product of a weight and the matrix that a [`Plan`] describes.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::operand::{Order, Weight};
use super::pack::{Packer, Panels};
use super::plan::{Plan, part};
use super::target::{Piece, Target};
use crate::kernels::simd::Arch;
use crate::kernels::{parallel, scratch, tile};

/// Rows of the matrix that are multiplied at a time, about: a panel of them stays in the first cache.
const DEPTH: usize = 256;
/// Values of the matrix that are copied at a time: a quarter of a second cache of 2 MiB.
const BLOCK: usize = 128 << 10;
/// Products that are worth a task of their own.
const TASK: usize = 2 << 20;
/// Tasks that are enough to keep all threads busy.
const TASKS: usize = 32;
/// Fewer rows of the weight don't pay for copying the matrix again.
const ROWS: usize = 256;

/// Columns for which copying the weight pays.
const COLUMNS: usize = 256;

/// For each group, the product of `weight` `[groups, rows, plan.depth()]` and the plan's matrix, written to `target`.
pub(super) struct Product<'a> {
    pub(super) plan: &'a Plan,
    pub(super) source: &'a [f32],
    pub(super) weight: Weight<'a>,
    /// Rows of a group's weight.
    pub(super) rows: usize,
    pub(super) target: Target<'a>,
}

/// How a product is cut, by its shape alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    /// Parts of the rows.
    rows: usize,
    /// Parts of the columns.
    columns: usize,
    /// Channels that are multiplied at a time.
    channels: usize,
}

impl Product<'_> {
    fn cut(&self) -> Cut {
        let (depth, columns) = (self.plan.depth(), self.plan.columns());
        let blocks = (depth as f64 / DEPTH as f64).round().max(1.0) as usize;
        let channels = self.plan.channels.div_ceil(blocks).max(1);
        let tasks = (self.rows * depth * columns * self.plan.groups / TASK).clamp(1, TASKS);
        // A weight that no cache holds is read by as few parts as possible.
        let large = self.rows * depth > BLOCK * 4;
        let most = BLOCK / (channels * self.plan.window()).max(1);
        let least = if large { 384 } else { 96 };
        let parts = columns.div_ceil(most.max(48)).max(tasks.div_ceil(self.plan.groups).min(columns / least)).max(1);
        let row_parts = tasks.div_ceil(parts * self.plan.groups).min(self.rows / ROWS).max(1);
        Cut { rows: row_parts, columns: parts, channels }
    }

    /// Multiplies on all threads.
    pub(super) fn run(&self, arch: Arch) {
        if self.plan.columns() == 0 || self.rows == 0 {
            return;
        }
        let cut = self.cut();
        if self.weight.plain() && self.plan.columns() < COLUMNS {
            return self.multiply(arch, cut, None);
        }
        let order = Order {
            groups: self.plan.groups,
            rows: self.rows,
            channels: self.plan.channels,
            window: self.plan.window(),
            block: cut.channels,
            tile: arch.dispatch(TileRows),
        };
        scratch::with(order.len(), |packed| {
            order.copy(arch, &self.weight, packed);
            self.multiply(arch, cut, Some((order, packed)));
        });
    }

    fn multiply(&self, arch: Arch, cut: Cut, packed: Option<(Order, &[f32])>) {
        let tasks = self.plan.groups * cut.rows * cut.columns;
        let task = |i: usize| arch.dispatch(Task { product: self, cut, packed, index: i });
        if tasks == 1 { task(0) } else { parallel::each(tasks, &task) }
    }
}

/// Finds the rows of a tile.
pub(super) struct TileRows;

impl WithSimd for TileRows {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> usize {
        tile::rows::<S>()
    }
}

/// One part of a product.
struct Task<'a, 'b> {
    product: &'a Product<'b>,
    cut: Cut,
    /// The weight, when it was copied.
    packed: Option<(Order, &'a [f32])>,
    index: usize,
}

impl WithSimd for Task<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { product, cut, packed, index } = self;
        let plan = product.plan;
        let column_part = index % cut.columns;
        let (row_part, group) = (index / cut.columns % cut.rows, index / cut.columns / cut.rows);
        let columns = part(plan.columns(), 16, cut.columns, column_part);
        let rows = part(product.rows, tile::rows::<S>(), cut.rows, row_part);
        if columns.is_empty() || rows.is_empty() {
            return;
        }
        let panels = Panels::new(columns.len(), cut.channels * plan.window(), tile::VECTORS, S::F32_LANES);
        let packer = Packer::new(plan, product.source, group, columns.clone(), &panels, S::F32_LANES, plan.direct());
        let pieces = (panels.each.iter())
            .map(|&(first, _, width)| {
                let start = columns.start + first;
                product.target.pieces(plan, start..(start + width).min(columns.end))
            })
            .collect();
        let sums_len = if cut.channels < plan.channels {
            rows.len().next_multiple_of(tile::rows::<S>()) * panels.each.iter().map(|panel| panel.2).sum::<usize>()
        } else {
            0
        };
        let work = Work { product, packed, channels: cut.channels, group, rows, panels, packer, pieces, sums_len };
        scratch::with(work.panels.len + work.packer.region_len() + sums_len, |memory| {
            // A closure is compiled without the instruction set, so that it's entered again.
            simd.vectorize(Blocks { work: &work, memory });
        });
    }
}

/// A task that is prepared.
struct Work<'a, 'b> {
    product: &'a Product<'b>,
    packed: Option<(Order, &'a [f32])>,
    /// Channels that are multiplied at a time.
    channels: usize,
    group: usize,
    /// Of the group.
    rows: Range<usize>,
    panels: Panels,
    packer: Packer<'a>,
    /// Where each panel goes.
    pieces: Vec<Vec<Piece>>,
    /// Values of sums between blocks of channels.
    sums_len: usize,
}

/// The blocks of channels of a task, one after the other.
struct Blocks<'a, 'b> {
    work: &'a Work<'a, 'b>,
    memory: &'a mut [f32],
}

impl WithSimd for Blocks<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if tile::rows::<S>() == 8 { self.run::<S, 8>(simd) } else { self.run::<S, 4>(simd) }
    }
}

impl Blocks<'_, '_> {
    #[inline(always)]
    fn run<S: Simd, const M: usize>(self, simd: S) {
        let Work { product, packed: weight, channels: step, group, rows, panels, packer, pieces, sums_len } = self.work;
        let plan = product.plan;
        let (packed, memory) = self.memory.split_at_mut(panels.len);
        let (sums, region) = memory.split_at_mut(*sums_len);
        region.fill(0.0);
        for start in (0..plan.channels).step_by(*step) {
            let channels = start..plan.channels.min(start + step);
            packer.pack(simd, channels.clone(), region, packed);
            let part = Part {
                product,
                packed: *weight,
                group: *group,
                channels: channels.clone(),
                depth: channels.start * plan.window()..channels.end * plan.window(),
                fresh: start == 0,
                last: channels.end == plan.channels,
            };
            // Few rows at a time write long runs of few channels. Sums between blocks lie panel by panel.
            let height = if sums.is_empty() { M } else { rows.len() };
            for start in rows.clone().step_by(height) {
                let rows = start..rows.end.min(start + height);
                for (&(first, place, width), pieces) in panels.each.iter().zip(pieces) {
                    let panel = &packed[place..place + part.depth.len() * width];
                    let kept = if sums.is_empty() { 0 } else { first * rows.len().next_multiple_of(M) };
                    let (part_rows, sums) = (rows.clone(), &mut sums[kept..]);
                    match width / S::F32_LANES {
                        1 => part.multiply::<S, M, 1>(simd, part_rows, panel, sums, pieces),
                        2 => part.multiply::<S, M, 2>(simd, part_rows, panel, sums, pieces),
                        _ => part.multiply::<S, M, 3>(simd, part_rows, panel, sums, pieces),
                    }
                    if part.last {
                        let first = group * product.rows;
                        product.target.curve(simd, first + rows.start..first + rows.end, pieces);
                    }
                }
            }
        }
    }
}

/// Some rows of the weight and some of its columns.
struct Part<'a, 'b> {
    product: &'a Product<'b>,
    packed: Option<(Order, &'a [f32])>,
    group: usize,
    channels: Range<usize>,
    depth: Range<usize>,
    /// Whether the sums start here.
    fresh: bool,
    /// Whether they are done after this.
    last: bool,
}

impl Part<'_, '_> {
    /// Multiplies some rows of the group with a panel; `sums` hold the panel's tiles between parts.
    #[inline(always)]
    fn multiply<S: Simd, const M: usize, const V: usize>(
        &self,
        simd: S,
        rows: Range<usize>,
        panel: &[f32],
        sums: &mut [f32],
        pieces: &[Piece],
    ) {
        let Product { plan, weight, rows: all, target, .. } = self.product;
        let depth = self.depth.len();
        assert!(panel.len() >= depth * V * S::F32_LANES);
        assert!(self.fresh && self.last || sums.len() >= rows.len() * V * S::F32_LANES);
        let mut sums = sums.chunks_mut(M * V * S::F32_LANES);
        for start in rows.clone().step_by(M) {
            let kept = sums.next().map_or(std::ptr::null_mut(), |sums| sums.as_mut_ptr().cast::<tile::Sums<S, M, V>>());
            // SAFETY: the sums' part for this tile is as long as a tile when it is used, as asserted, with any bits valid.
            let before = if self.fresh { tile::zeros::<S, M, V>(simd) } else { unsafe { kept.read_unaligned() } };
            let result = if let Some((order, packed)) = self.packed {
                let values = &packed[order.panel(self.group, &self.channels, start)];
                assert!(values.len() == depth * M);
                // SAFETY: both panels are as deep as asserted.
                unsafe { tile::packed::<S, M, V>(simd, depth, values.as_ptr(), panel.as_ptr(), before) }
            } else {
                // Rows past the end repeat the last; what comes of them isn't written.
                let mut values = [std::ptr::null(); M];
                for m in 0..M {
                    let row = (start + m).min(rows.end - 1);
                    let from = self.group * weight.group + row * plan.depth() + self.depth.start;
                    values[m] = weight.values[from..from + depth].as_ptr();
                }
                // SAFETY: the rows and the panel are as deep as the depth.
                unsafe { tile::by_rows::<S, M, V>(simd, depth, values, panel.as_ptr(), before) }
            };
            if self.last {
                let count = M.min(rows.end - start);
                target.write(simd, result, self.group * all + start, count, pieces);
            } else {
                // SAFETY: as above.
                unsafe { kept.write_unaligned(result) };
            }
        }
    }
}

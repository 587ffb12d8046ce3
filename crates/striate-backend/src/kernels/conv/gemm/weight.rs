//! The gradient for a weight: the product of two matrices over all px of all pictures.

use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::pack::{Packer, Panels, SLACK};
use super::plan::{Plan, part};
use super::transpose::{SIDE, transpose};
use crate::kernels::simd::Arch;
use crate::kernels::{parallel, scratch, tile};

/// px that are multiplied at a time.
const DEPTH: usize = 256;
/// Rows of a part, about; copies of them stay in the second cache.
const ROWS: usize = 256;
/// Columns of a part at most.
const COLUMNS: usize = 512;
/// Products that are worth a task of their own.
const TASK: usize = 2 << 20;
/// Tasks that are enough to keep all threads busy.
const TASKS: usize = 16;

/// A matrix with a column for each px.
pub(super) struct Matrix<'a> {
    pub(super) plan: &'a Plan,
    pub(super) source: &'a [f32],
}

/// For each group, the product of `rows` `[r, px]` and `columns` `[c, px]` transposed.
pub(super) struct WeightGrad<'a> {
    pub(super) rows: Matrix<'a>,
    /// Its window has one tap.
    pub(super) columns: Matrix<'a>,
    output: *mut f32,
    /// Whether a row of the output holds a column of the product.
    turned: bool,
    borrowed: PhantomData<&'a mut [MaybeUninit<f32>]>,
}

// SAFETY: each task writes its own rows and columns of the output.
unsafe impl Sync for WeightGrad<'_> {}

/// How the product is cut, by its shape alone.
#[derive(Debug, Clone, Copy)]
struct Cut {
    /// Parts of the channels of the rows and of the columns.
    rows: usize,
    columns: usize,
    /// Parts of the px, each with sums of its own.
    px: usize,
    /// Values of a part's sums.
    sums: usize,
}

impl<'a> WeightGrad<'a> {
    /// Of `output` `[groups, r, c]`, or `[groups, c, r]` if `turned`.
    pub(super) fn new(rows: Matrix<'a>, columns: Matrix<'a>, output: &'a mut [MaybeUninit<f32>], turned: bool) -> Self {
        assert_eq!(output.len(), rows.plan.groups * rows.plan.depth() * columns.plan.depth());
        assert!(columns.plan.window() == 1 && rows.plan.columns() == columns.plan.columns());
        Self { rows, columns, output: output.as_mut_ptr().cast(), turned, borrowed: PhantomData }
    }

    fn cut(&self) -> Cut {
        let (rows, columns) = (self.rows.plan, self.columns.plan);
        let row_parts = (rows.depth() as f64 / ROWS as f64).round().clamp(1.0, rows.channels as f64) as usize;
        let column_parts = columns.channels.div_ceil(COLUMNS);
        let work = rows.groups * rows.depth() * columns.channels * rows.columns() / TASK;
        let px = work.clamp(1, TASKS).div_ceil(rows.groups * row_parts * column_parts);
        // Multiples of every tile's rows and columns.
        let most_rows = (rows.channels.div_ceil(row_parts) * rows.window()).next_multiple_of(SIDE);
        let most_columns = (columns.channels.div_ceil(column_parts)).next_multiple_of(SIDE);
        Cut {
            rows: row_parts,
            columns: column_parts,
            px: px.min(rows.columns().div_ceil(DEPTH)).max(1),
            sums: most_rows * most_columns,
        }
    }

    /// Multiplies on all threads.
    pub(super) fn run(&self, arch: Arch) {
        let cut = self.cut();
        let tasks = self.rows.plan.groups * cut.rows * cut.columns;
        let (sums, px) = (cut.sums, cut.px);
        let task = |index: usize, px: usize, sums: &mut [f32]| {
            arch.dispatch(Task { product: self, cut, index, px, sums });
        };
        let write = |index: usize, sums: &[f32]| arch.dispatch(Write { product: self, cut, index, sums });
        if px == 1 {
            return parallel::each(tasks, &|index| {
                scratch::with(sums, |sums| {
                    task(index, 0, sums);
                    write(index, sums);
                });
            });
        }
        scratch::with(tasks * px * sums, |all| {
            parallel::each_chunk(all, sums, &|i, sums| task(i / px, i % px, sums));
            parallel::each_chunk(all, px * sums, &|index, parts| {
                let (first, others) = parts.split_at_mut(sums);
                for other in others.chunks_exact(sums) {
                    first.iter_mut().zip(other).for_each(|(sum, more)| *sum += more);
                }
                write(index, first);
            });
        });
    }

    /// The group, and the channels of the rows and of the columns, of a part.
    fn part(&self, cut: Cut, index: usize) -> (usize, Range<usize>, Range<usize>) {
        let (rows, columns) = (self.rows.plan.channels, self.columns.plan.channels);
        let channels = part(rows, 1, cut.rows, index / cut.columns % cut.rows);
        (index / cut.columns / cut.rows, channels, part(columns, 1, cut.columns, index % cut.columns))
    }
}

/// The sums over some px of a part.
struct Task<'a, 'b> {
    product: &'a WeightGrad<'b>,
    cut: Cut,
    index: usize,
    px: usize,
    sums: &'a mut [f32],
}

impl WithSimd for Task<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { product, cut, index, px, sums } = self;
        let (group, rows, columns) = product.part(cut, index);
        let all = part(product.rows.plan.columns(), DEPTH, cut.px, px);
        let column_panels = Panels::new(columns.len(), 0, tile::VECTORS, S::F32_LANES);
        let mut fresh = true;
        for start in all.clone().step_by(DEPTH) {
            let px = start..(start + DEPTH).min(all.end);
            let (row_plan, column_plan) = (product.rows.plan, product.columns.plan);
            let height = rows.len() * row_plan.window();
            let whole = Panels { each: vec![(0, 0, DEPTH)], len: 0 };
            let row_packer =
                Packer::new(row_plan, product.rows.source, group, px.clone(), &whole, S::F32_LANES, row_plan.direct());
            let column_packer = Packer::new(
                column_plan,
                product.columns.source,
                group,
                px.clone(),
                &whole,
                S::F32_LANES,
                column_plan.direct(),
            );
            let lens = [
                height * DEPTH + SLACK,
                (tile::VECTORS * S::F32_LANES).next_multiple_of(SIDE) * DEPTH + SLACK,
                DEPTH * tile::VECTORS * S::F32_LANES,
                row_packer.region_len(),
                column_packer.region_len(),
            ];
            let [rows, columns] = [rows.clone(), columns.clone()];
            scratch::with(lens.iter().sum(), |memory| {
                let (packed, memory) = memory.split_at_mut(lens[0]);
                let (part, memory) = memory.split_at_mut(lens[1]);
                let (panel, memory) = memory.split_at_mut(lens[2]);
                let (row_region, column_region) = memory.split_at_mut(lens[3]);
                let memory = [packed, part, panel, row_region, column_region];
                let packers = [&row_packer, &column_packer];
                // A closure is compiled without the instruction set, so that it's entered again.
                simd.vectorize(Block {
                    packers,
                    rows,
                    columns,
                    height,
                    depth: px.len(),
                    panels: &column_panels,
                    memory,
                    sums,
                    fresh,
                });
            });
            fresh = false;
        }
    }
}

/// The products over one block of px.
struct Block<'a, 'b> {
    packers: [&'a Packer<'b>; 2],
    /// Channels.
    rows: Range<usize>,
    columns: Range<usize>,
    /// Rows of the product.
    height: usize,
    depth: usize,
    /// Panels of the product's columns.
    panels: &'a Panels,
    /// For the rows, for a panel's columns as they lie and transposed, and for the regions.
    memory: [&'a mut [f32]; 5],
    sums: &'a mut [f32],
    fresh: bool,
}

impl WithSimd for Block<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if tile::rows::<S>() == 8 { self.run::<S, 8>(simd) } else { self.run::<S, 4>(simd) }
    }
}

impl Block<'_, '_> {
    #[inline(always)]
    fn run<S: Simd, const M: usize>(self, simd: S) {
        let Self { packers: [rows, columns], panels, height, depth, memory, mut sums, fresh, .. } = self;
        let [packed, part, panel, row_region, column_region] = memory;
        row_region.fill(0.0);
        column_region.fill(0.0);
        rows.pack(simd, self.rows.clone(), row_region, packed);
        for &(first, _, width) in &panels.each {
            let channels = self.columns.start + first..(self.columns.start + first + width).min(self.columns.end);
            let count = channels.len();
            columns.pack(simd, channels, column_region, part);
            transpose(simd, [count, depth], (part, DEPTH), (panel, width));
            let tiles;
            (tiles, sums) = sums.split_at_mut(height.next_multiple_of(M) * width);
            match width / S::F32_LANES {
                1 => multiply::<S, M, 1>(simd, height, depth, packed, panel, tiles, fresh),
                2 => multiply::<S, M, 2>(simd, height, depth, packed, panel, tiles, fresh),
                _ => multiply::<S, M, 3>(simd, height, depth, packed, panel, tiles, fresh),
            }
        }
    }
}

/// Adds the product of the rows `[height, DEPTH]` and a panel to its tiles, or starts them.
#[inline(always)]
fn multiply<S: Simd, const M: usize, const V: usize>(
    simd: S,
    height: usize,
    depth: usize,
    rows: &[f32],
    panel: &[f32],
    tiles: &mut [f32],
    fresh: bool,
) {
    assert!(rows.len() >= height * DEPTH && panel.len() >= depth * V * S::F32_LANES && depth <= DEPTH);
    for (start, sums) in (0..height).step_by(M).zip(tiles.chunks_exact_mut(M * V * S::F32_LANES)) {
        // Rows past the end repeat the last; what comes of them isn't used.
        let mut places = [std::ptr::null(); M];
        for m in 0..M {
            places[m] = rows[(start + m).min(height - 1) * DEPTH..].as_ptr();
        }
        let sums = sums.as_mut_ptr().cast::<tile::Sums<S, M, V>>();
        // SAFETY: the rows and the panel are as deep as asserted; the sums' part is as long as a tile, with any bits valid.
        unsafe {
            let before = if fresh { tile::zeros::<S, M, V>(simd) } else { sums.read_unaligned() };
            sums.write_unaligned(tile::by_rows::<S, M, V>(simd, depth, places, panel.as_ptr(), before));
        }
    }
}

/// Writes a part's sums to the output.
struct Write<'a, 'b> {
    product: &'a WeightGrad<'b>,
    cut: Cut,
    index: usize,
    sums: &'a [f32],
}

impl WithSimd for Write<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { product, cut, index, mut sums } = self;
        let (group, rows, columns) = product.part(cut, index);
        let window = product.rows.plan.window();
        let (all_rows, all_columns) = (product.rows.plan.depth(), product.columns.plan.depth());
        let (rows, tile_rows) = (rows.start * window..rows.end * window, tile::rows::<S>());
        let output = product.output.wrapping_add(group * all_rows * all_columns);
        for &(first, _, width) in &Panels::new(columns.len(), 0, tile::VECTORS, S::F32_LANES).each {
            let tiles;
            (tiles, sums) = sums.split_at(rows.len().next_multiple_of(tile_rows) * width);
            let columns = columns.start + first..(columns.start + first + width).min(columns.end);
            for (row, values) in rows.clone().zip(tiles.chunks_exact(width)).filter(|_| !product.turned) {
                // SAFETY: the row and the columns lie in the group's part of the output, and no other task writes them.
                unsafe {
                    let to = output.add(row * all_columns + columns.start);
                    values.as_ptr().copy_to_nonoverlapping(to, columns.len());
                }
            }
            for (i, column) in columns.enumerate().filter(|_| product.turned) {
                for (row, values) in rows.clone().zip(tiles.chunks_exact(width)) {
                    // SAFETY: as above.
                    unsafe { output.add(column * all_rows + row).write(values[i]) };
                }
            }
        }
    }
}

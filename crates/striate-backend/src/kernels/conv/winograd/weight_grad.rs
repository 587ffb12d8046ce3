//! The gradient of a convolution's weight.

use std::ops::Range;

use super::lanes::LANES;
use super::points::points;
use super::products::{Product, Products};
use super::tiles::{self, Block, Pictures, Shared, ToPoints};
use super::weights::WeightGrad;
use crate::kernels::simd::Arch;
use crate::kernels::{parallel, scratch};

/// Tiles of a block whose points stay in the second cache.
const BLOCK: usize = 49;

/// Parts of the tiles, whatever the number of threads, on which bits must not depend.
const PARTS: usize = 8;

/// Values of a weight's points that each part of the tiles sums by itself: 2 MiB.
const MOST_WEIGHTS: usize = 1 << 19;

/// Values of points that are made for all weights: 12 MiB.
const MOST_POINTS: usize = 3 << 20;

/// The gradient of a weight `[outs, ins, R, R]` from inputs and gradients of outputs.
#[derive(Clone, Copy)]
pub(super) struct Gradient<'a> {
    pub(super) arch: Arch,
    pub(super) batch: usize,
    pub(super) inputs: Pictures<'a>,
    pub(super) grads: Pictures<'a>,
    /// `[outs, ins, R, R]`.
    pub(super) weight: Shared,
}

/// Tiles of both pictures at the points.
#[derive(Clone, Copy)]
struct Tiles {
    /// `[points, tiles, ins]` and `[points, tiles, outs]`, both filled up to whole lanes.
    inputs: *const f32,
    grads: *const f32,
    count: usize,
}

impl Gradient<'_> {
    fn ins(&self) -> usize {
        self.inputs.channels
    }

    fn outs(&self) -> usize {
        self.grads.channels
    }

    /// Channels of inputs and gradients, filled up to whole lanes.
    fn rows(&self) -> [usize; 2] {
        [self.ins().next_multiple_of(LANES), self.outs().next_multiple_of(LANES)]
    }

    /// Runs with tiles of `M` x `M` outputs by a kernel of `R` x `R`.
    pub(super) fn run<const M: usize, const R: usize>(self) {
        let tiles = self.grads.side.map(|side| side.div_ceil(M));
        let weights = points(M, R) * self.ins() * self.outs();
        if weights > MOST_WEIGHTS {
            let [all_ins, all_outs] = self.rows();
            let most = (MOST_POINTS / (points(M, R) * (all_ins + all_outs))).max(1);
            self.weight_by_weight::<M, R>(tiles, most, if self.ins() * self.outs() < 1 << 16 { 64 } else { 128 });
        } else {
            self.part_by_part::<M, R>(tiles, BLOCK, PARTS);
        }
    }

    /// Parts of the tiles have gradients of their own, which are summed at the end.
    fn part_by_part<const M: usize, const R: usize>(self, tiles: [usize; 2], most: usize, parts: usize) {
        let points = points(M, R);
        let [all_ins, all_outs] = self.rows();
        let weights = self.outs() * self.ins() * R * R;
        let blocks = tiles::blocks(self.batch, tiles, most);
        let most = blocks.iter().map(Block::len).max().unwrap_or(0);
        let room = blocks.iter().map(|block| tiles::room(block, M, R)).max().unwrap_or(0);
        let parts: Vec<_> = tiles::equal(blocks.len(), parts.min(blocks.len()).max(1)).collect();
        let step = self.outs() * all_ins + LANES;
        let sizes = [points * step, points * (most * all_ins + LANES), points * (most * all_outs + LANES), room];
        scratch::with(weights * (parts.len() - 1), |others| {
            let others = Shared(others.as_mut_ptr());
            parallel::each(parts.len(), &|i| {
                let part = &parts[i];
                scratch::with(sizes.iter().sum(), |all| {
                    let (sums, all) = all.split_at_mut(sizes[0]);
                    let (inputs, all) = all.split_at_mut(sizes[1]);
                    let (grads, room) = all.split_at_mut(sizes[2]);
                    if part.is_empty() {
                        sums.fill(0.0);
                    }
                    for (j, block) in blocks[part.clone()].iter().enumerate() {
                        let count = block.len();
                        let tiles = Tiles { inputs: inputs.as_ptr(), grads: grads.as_ptr(), count };
                        let [inputs, grads] = [Shared(inputs.as_mut_ptr()), Shared(grads.as_mut_ptr())];
                        for channel in (0..all_ins).step_by(LANES) {
                            self.to_points::<M, R>(self.inputs, block, count, 0, channel, inputs, room);
                        }
                        for channel in (0..all_outs).step_by(LANES) {
                            self.to_points::<M, R>(self.grads, block, count, 0, channel, grads, room);
                        }
                        self.products::<M, R>(tiles, 0..self.outs(), 0..all_ins, sums, j > 0);
                    }
                    let to = if i == 0 { self.weight } else { Shared(others.at((i - 1) * weights)) };
                    self.write::<M, R>(sums, 0..self.outs(), 0..self.ins(), to, false);
                });
            });
            let ranges: Vec<_> = tiles::equal(weights, weights.div_ceil(1 << 13)).collect();
            parallel::each(ranges.len(), &|i| {
                let range = ranges[i].clone();
                // SAFETY: all places were written above; these ones are no other thread's.
                let sums = unsafe { std::slice::from_raw_parts_mut(self.weight.at(range.start), range.len()) };
                for other in 0..parts.len() - 1 {
                    // SAFETY: as above.
                    let more = unsafe {
                        std::slice::from_raw_parts(others.at(other * weights + range.start).cast_const(), range.len())
                    };
                    sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
                }
            });
        });
    }

    /// The points of many tiles are made once, shared by all threads; each thread takes some weights.
    fn weight_by_weight<const M: usize, const R: usize>(self, tiles: [usize; 2], most: usize, some_ins: usize) {
        const OUTS: usize = 64;
        let points = points(M, R);
        let [all_ins, all_outs] = self.rows();
        for (round, block) in tiles::blocks(self.batch, tiles, most).into_iter().enumerate() {
            let (count, room) = (block.len(), tiles::room(&block, M, R));
            let each = count / block.pictures.len();
            let sizes = [points * (count * all_ins + LANES), points * (count * all_outs + LANES)];
            scratch::with(sizes.iter().sum(), |all| {
                let (inputs, grads) = all.split_at_mut(sizes[0]);
                let shared = [Shared(inputs.as_mut_ptr()), Shared(grads.as_mut_ptr())];
                let channels = (all_ins + all_outs) / LANES;
                parallel::each(block.pictures.len() * channels, &|i| {
                    let (n, channel) = (i / channels, i % channels * LANES);
                    let first = block.pictures.start + n;
                    let one = Block { pictures: first..first + 1, ..block.clone() };
                    scratch::with(room, |room| {
                        let (pictures, channel, to) = if channel < all_ins {
                            (self.inputs, channel, shared[0])
                        } else {
                            (self.grads, channel - all_ins, shared[1])
                        };
                        self.to_points::<M, R>(pictures, &one, count, n * each, channel, to, room);
                    });
                });
                let columns = all_ins.div_ceil(some_ins);
                parallel::each(self.outs().div_ceil(OUTS) * columns, &|i| {
                    let (out, first) = (i / columns * OUTS, i % columns * some_ins);
                    let outs = out..self.outs().min(out + OUTS);
                    let end = all_ins.min(first + some_ins);
                    let tiles = Tiles { inputs: shared[0].0, grads: shared[1].0, count };
                    scratch::with(points * (outs.len() * (end - first) + LANES), |sums| {
                        self.products::<M, R>(tiles, outs.clone(), first..end, sums, false);
                        self.write::<M, R>(sums, outs, first..end.min(self.ins()), self.weight, round > 0);
                    });
                });
            });
        }
    }

    /// Transforms a block's tiles of 16 channels to `[points, count, channels]`, from tile `tile` on.
    #[expect(clippy::too_many_arguments, reason = "places of a part")]
    fn to_points<const M: usize, const R: usize>(
        self,
        pictures: Pictures,
        block: &Block,
        count: usize,
        tile: usize,
        channel: usize,
        to: Shared,
        room: &mut [f32],
    ) {
        let row = pictures.channels.next_multiple_of(LANES);
        let to = to.at(tile * row + channel);
        self.arch.dispatch(ToPoints::<M, R> { pictures, block, channel, to, step: [count * row + LANES, row], room });
    }

    /// Sums the products of tiles at each point to `[points, outs, ins]`, or adds them.
    fn products<const M: usize, const R: usize>(
        &self,
        tiles: Tiles,
        outs: Range<usize>,
        ins: Range<usize>,
        sums: &mut [f32],
        add: bool,
    ) {
        let [all_ins, all_outs] = self.rows();
        let width = ins.len();
        self.arch.dispatch(Products {
            product: Product {
                a: tiles.grads.wrapping_add(outs.start),
                a_step: [1, all_outs],
                b: tiles.inputs.wrapping_add(ins.start),
                b_step: all_ins,
                c: sums.as_mut_ptr(),
                c_step: width,
                rows: outs.len(),
                columns: width,
                depth: tiles.count,
                add,
            },
            points: points(M, R),
            steps: [tiles.count * all_outs + LANES, tiles.count * all_ins + LANES, outs.len() * width + LANES],
        });
    }

    /// Transforms sums `[points, outs, ins]` to weights, written to `[all outs, all ins, R, R]` or added to it.
    fn write<const M: usize, const R: usize>(
        &self,
        sums: &[f32],
        outs: Range<usize>,
        ins: Range<usize>,
        to: Shared,
        add: bool,
    ) {
        let width = ins.len().next_multiple_of(LANES);
        let step = outs.len() * width + LANES;
        for (row, out) in outs.enumerate() {
            let from = sums[row * width..].as_ptr();
            let ins = ins.clone();
            self.arch.dispatch(WeightGrad::<M, R> { from, step, to: to.0, all_ins: self.ins(), out, ins, add });
        }
    }
}

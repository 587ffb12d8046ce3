//! The output of a convolution, and the gradient of its images, which is a convolution too.

use std::ops::Range;

use super::lanes::LANES;
use super::points::points;
use super::products::{Product, Products};
use super::tiles::{self, Block, FromPoints, Pictures, Shared, Target, ToPoints};
use super::weights::{Weight, WeightToPoints};
use crate::kernels::simd::Arch;
use crate::kernels::{parallel, scratch};

/// Outs whose products are taken together.
const OUTS: usize = 64;

/// Tiles of a block whose points, with the sums of 64 outs, stay in the second cache.
const BLOCK: usize = 49;

/// Values of a weight's points that are made for all blocks of tiles: 6 MiB.
const MOST_WEIGHTS: usize = 3 << 19;

/// Values of tiles' points that are made for all weights: 8 MiB.
const MOST_INPUTS: usize = 2 << 20;

/// A convolution of stride 1.
#[derive(Clone, Copy)]
pub(super) struct Convolution<'a> {
    pub(super) arch: Arch,
    pub(super) batch: usize,
    pub(super) source: Pictures<'a>,
    pub(super) weight: Weight<'a>,
    pub(super) target: Target<'a>,
}

/// Where the points of one matrix lie: a step from point to point, and one from row to row.
type Steps = [usize; 2];

impl Convolution<'_> {
    /// Runs with tiles of `M` x `M` outputs by a kernel of `R` x `R`.
    pub(super) fn run<const M: usize, const R: usize>(self) {
        let tiles = self.target.side.map(|side| side.div_ceil(M));
        if self.batch * tiles[0] * tiles[1] * self.target.channels == 0 {
            return;
        }
        let (points, ins, outs) = (points(M, R), self.source.channels, self.target.channels);
        let count = self.batch * tiles[0] * tiles[1];
        if points * ins * outs > MOST_WEIGHTS {
            // The sums of 64 outs stay in the second cache.
            let most = (MOST_INPUTS / (points * ins.next_multiple_of(LANES))).clamp(1, 128);
            self.weight_by_weight::<M, R>(tiles, most, if outs < 4 * OUTS { OUTS / 2 } else { OUTS });
        } else {
            // A second thread finds a block too.
            self.block_by_block::<M, R>(tiles, BLOCK.min(count.div_ceil(2)).max(12));
        }
    }

    /// The weight's points are made once, shared by all threads; each thread takes blocks of tiles from px to outputs.
    fn block_by_block<const M: usize, const R: usize>(self, tiles: [usize; 2], most: usize) {
        let points = points(M, R);
        let (ins, outs) = (self.source.channels, self.target.channels);
        let all_ins = ins.next_multiple_of(LANES);
        let blocks = tiles::blocks(self.batch, tiles, most);
        // Weights `[outs / 64, points, ins, 64]`.
        let each = points * (ins * OUTS + LANES);
        scratch::with(outs.div_ceil(OUTS) * each, |weights| {
            let shared = Shared(weights.as_mut_ptr());
            let parts = ins.div_ceil(32);
            parallel::each(outs.div_ceil(LANES) * parts, &|i| {
                let (out, part) = (i / parts * LANES, i % parts * 32);
                let width = width(outs, out / OUTS * OUTS);
                let to = shared.at(out / OUTS * each + part * width + out % OUTS);
                let ins = part..ins.min(part + 32);
                self.weight_to_points::<M, R>(ins.clone(), out, to, [self.source.channels * width + LANES, width]);
            });
            let weights = &*weights;
            parallel::each(blocks.len(), &|i| {
                let block = &blocks[i];
                let count = block.len();
                let (inputs_step, room) = (steps(points, all_ins), tiles::room(block, M, R));
                let sizes = [count * inputs_step[1], count * steps(points, OUTS)[1], room];
                scratch::with(sizes.iter().sum(), |all| {
                    let (inputs, all) = all.split_at_mut(sizes[0]);
                    let (sums, room) = all.split_at_mut(sizes[1]);
                    for channel in (0..ins).step_by(LANES) {
                        let to = inputs[channel..].as_mut_ptr();
                        self.to_points::<M, R>(block, channel, to, inputs_step, room);
                    }
                    for out in (0..outs).step_by(OUTS) {
                        let width = width(outs, out);
                        let sums_step = steps(points, width);
                        self.arch.dispatch(Products {
                            product: Product {
                                a: inputs.as_ptr(),
                                a_step: [inputs_step[1], 1],
                                b: weights[out / OUTS * each..].as_ptr(),
                                b_step: width,
                                c: sums.as_mut_ptr(),
                                c_step: sums_step[1],
                                rows: count,
                                columns: width,
                                depth: ins,
                                add: false,
                            },
                            points,
                            steps: [inputs_step[0], ins * width + LANES, sums_step[0]],
                        });
                        self.write::<M, R>(block, out, sums, sums_step, room);
                    }
                });
            });
        });
    }

    /// The tiles' points are made once for many tiles, shared by all threads; each thread takes weights from filters to
    /// outputs. For few tiles of many channels, whose weights have more points than the caches hold.
    fn weight_by_weight<const M: usize, const R: usize>(self, tiles: [usize; 2], most: usize, some: usize) {
        let points = points(M, R);
        let (ins, outs) = (self.source.channels, self.target.channels);
        let all_ins = ins.next_multiple_of(LANES);
        for block in tiles::blocks(self.batch, tiles, most) {
            let (count, room) = (block.len(), tiles::room(&block, M, R));
            let inputs_step = [count * all_ins + LANES, all_ins];
            scratch::with(points * inputs_step[0], |inputs| {
                let shared = Shared(inputs.as_mut_ptr());
                let each = count / block.pictures.len();
                let channels = all_ins / LANES;
                parallel::each(block.pictures.len() * channels, &|i| {
                    let (n, channel) = (i / channels, i % channels * LANES);
                    let first = block.pictures.start + n;
                    let one = Block { pictures: first..first + 1, ..block.clone() };
                    scratch::with(room, |room| {
                        let to = shared.at(n * each * inputs_step[1] + channel);
                        self.to_points::<M, R>(&one, channel, to, inputs_step, room);
                    });
                });
                let inputs = &*inputs;
                parallel::each(outs.div_ceil(some), &|i| {
                    let out = i * some;
                    let width = some.min((outs - out).next_multiple_of(LANES));
                    // Ins whose weights stay in the second cache with the sums.
                    let part = 128.min(ins);
                    let (weights_step, sums_step) = ([part * width + LANES, width], steps(points, width));
                    let sizes = [points * weights_step[0], count * sums_step[1], room.max(part * R * R * LANES)];
                    scratch::with(sizes.iter().sum(), |all| {
                        let (weights, all) = all.split_at_mut(sizes[0]);
                        let (sums, room) = all.split_at_mut(sizes[1]);
                        for first in (0..ins).step_by(part) {
                            let ins = first..ins.min(first + part);
                            for lane in (0..width).step_by(LANES) {
                                let to = weights[lane..].as_mut_ptr();
                                if out + lane < outs {
                                    self.weight_to_points_in::<M, R>(ins.clone(), out + lane, to, weights_step, room);
                                }
                            }
                            self.arch.dispatch(Products {
                                product: Product {
                                    a: inputs[first..].as_ptr(),
                                    a_step: [inputs_step[1], 1],
                                    b: weights.as_ptr(),
                                    b_step: width,
                                    c: sums.as_mut_ptr(),
                                    c_step: sums_step[1],
                                    rows: count,
                                    columns: width,
                                    depth: ins.len(),
                                    add: first > 0,
                                },
                                points,
                                steps: [inputs_step[0], weights_step[0], sums_step[0]],
                            });
                        }
                        self.write::<M, R>(&block, out, sums, sums_step, room);
                    });
                });
            });
        }
    }

    fn to_points<const M: usize, const R: usize>(
        self,
        block: &Block,
        channel: usize,
        to: *mut f32,
        step: Steps,
        room: &mut [f32],
    ) {
        self.arch.dispatch(ToPoints::<M, R> { pictures: self.source, block, channel, to, step, room });
    }

    fn weight_to_points<const M: usize, const R: usize>(
        &self,
        ins: Range<usize>,
        out: usize,
        to: *mut f32,
        step: Steps,
    ) {
        scratch::with(ins.len() * R * R * LANES, |room| self.weight_to_points_in::<M, R>(ins, out, to, step, room));
    }

    fn weight_to_points_in<const M: usize, const R: usize>(
        &self,
        ins: Range<usize>,
        out: usize,
        to: *mut f32,
        step: Steps,
        room: &mut [f32],
    ) {
        self.arch.dispatch(WeightToPoints::<M, R> { weight: self.weight, ins, out, to, step, room });
    }

    /// Writes the outputs of a block from the sums at the points.
    fn write<const M: usize, const R: usize>(
        &self,
        block: &Block,
        out: usize,
        sums: &[f32],
        step: Steps,
        room: &mut [f32],
    ) {
        for channel in (out..self.target.channels.min(out + step[0])).step_by(LANES) {
            let from = sums[channel - out..].as_ptr();
            self.arch.dispatch(FromPoints::<M, R> { from, step, block, channel, target: self.target, room });
        }
    }
}

/// Steps of `[tiles, points, channels]`, with a cache line between tiles, lest they fall into the same sets of a cache.
fn steps(points: usize, channels: usize) -> Steps {
    [channels, points * channels + LANES]
}

/// Outs from `out` on whose products are taken together, filled up to whole lanes.
fn width(outs: usize, out: usize) -> usize {
    OUTS.min((outs - out).next_multiple_of(LANES))
}

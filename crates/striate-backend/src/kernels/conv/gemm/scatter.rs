//! The gradient for the images as a product whose rows are added to the px that each tap touches.

use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::operand::Order;
use super::pack::{Packer, Panels, Piece, SLACK};
use super::plan::{Plan, part};
use crate::kernels::simd::Arch;
use crate::kernels::{lanes, parallel, scratch, tile};

/// Values of the output's gradient that are copied at a time.
const BLOCK: usize = 64 << 10;
/// Values of the sums of a task, about: half of a second cache of 2 MiB with the others.
const REGION: usize = 256 << 10;
/// Tasks that are enough to keep all threads busy.
const TASKS: usize = 8;

/// The gradient for images, picture by picture.
pub(super) struct Scatter<'a> {
    /// The window over the images.
    pub(super) images: &'a Plan,
    /// The output, px by px.
    pub(super) output: &'a Plan,
    pub(super) output_grad: &'a [f32],
    /// The weight, of which each row is a tap of a channel of the images.
    pub(super) order: Order,
    pub(super) weight: &'a [f32],
    images_grad: *mut f32,
    borrowed: PhantomData<&'a mut [MaybeUninit<f32>]>,
}

// SAFETY: each task writes the channels of its own of one picture.
unsafe impl Sync for Scatter<'_> {}

impl<'a> Scatter<'a> {
    pub(super) fn new(
        [images, output]: [&'a Plan; 2],
        output_grad: &'a [f32],
        (order, weight): (Order, &'a [f32]),
        images_grad: &'a mut [MaybeUninit<f32>],
    ) -> Self {
        let len = images.batch * images.groups * images.channels * images.side[0] * images.side[1];
        assert!(images_grad.len() == len && order.rows == images.depth() && order.block == order.channels);
        assert!(images.places() == output.places() && output.channels == order.channels);
        let images_grad = images_grad.as_mut_ptr().cast();
        Self { images, output, output_grad, order, weight, images_grad, borrowed: PhantomData }
    }

    /// Computes on all threads.
    pub(super) fn run(&self, arch: Arch) {
        let plan = self.images;
        let region = plan.side.iter().zip(&plan.stride).map(|(side, stride)| side + stride).product::<usize>();
        let pictures = plan.batch * plan.groups;
        let parts = (plan.channels * region).div_ceil(REGION).max(TASKS.div_ceil(pictures)).min(plan.channels);
        parallel::each(pictures * parts, &|index| {
            let channels = part(plan.channels, 1, parts, index % parts);
            let (group, picture) = (index / parts % plan.groups, index / parts / plan.groups);
            arch.dispatch(Task { scatter: self, picture, group, channels });
        });
    }
}

/// Some channels of a picture.
struct Task<'a, 'b> {
    scatter: &'a Scatter<'b>,
    picture: usize,
    group: usize,
    channels: Range<usize>,
}

impl WithSimd for Task<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Scatter { images, output, .. } = self.scatter;
        let all = self.picture * images.places()..(self.picture + 1) * images.places();
        let panels = Panels::new(images.places(), 0, tile::VECTORS, S::F32_LANES);
        let sums = Packer::new(images, &[], self.group, all, &panels, S::F32_LANES, false);
        let step = (BLOCK / output.channels / tile::columns::<S>()).clamp(1, panels.each.len());
        let packed_len = step * (output.channels * tile::columns::<S>() + SLACK).next_multiple_of(16);
        let plane = sums.region_len();
        scratch::with(packed_len + plane * self.channels.len(), |memory| {
            // A closure is compiled without the instruction set, so that it's entered again.
            simd.vectorize(Work { task: self, panels, sums, step, packed_len, plane, memory });
        });
    }
}

/// A task that is prepared.
struct Work<'a, 'b, 'c> {
    task: Task<'a, 'b>,
    /// The picture's columns.
    panels: Panels,
    /// Where the columns lie in the sums.
    sums: Packer<'c>,
    /// Panels that are copied at a time.
    step: usize,
    /// Values of the copied panels.
    packed_len: usize,
    /// Values of a channel's sums.
    plane: usize,
    memory: &'c mut [f32],
}

impl WithSimd for Work<'_, '_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if tile::rows::<S>() == 8 { self.run::<S, 8>(simd) } else { self.run::<S, 4>(simd) }
    }
}

impl Work<'_, '_, '_> {
    #[inline(always)]
    fn run<S: Simd, const M: usize>(self, simd: S) {
        let Self { task, panels, sums, step, packed_len, plane, memory } = self;
        let Task { scatter, picture, group, channels } = task;
        let (packed, region) = memory.split_at_mut(packed_len);
        region.fill(0.0);
        let output = scatter.output;
        let start = picture * output.places();
        for block in (0..panels.each.len()).step_by(step) {
            let each = &panels.each[block..panels.each.len().min(block + step)];
            let first = each[0].0;
            let mut part = Panels { each: Vec::with_capacity(each.len()), len: 0 };
            for &(column, _, width) in each {
                part.each.push((column - first, part.len, width));
                part.len += (output.channels * width).next_multiple_of(16) + SLACK;
            }
            let end = each.last().map_or(first, |last| last.0 + last.2).min(output.places());
            let columns = start + first..start + end;
            let packer = Packer::new(output, scatter.output_grad, group, columns, &part, S::F32_LANES, true);
            packer.pack(simd, 0..output.channels, &mut [], packed);
            for (i, &(_, place, width)) in part.each.iter().enumerate() {
                let panel = &packed[place..place + output.channels * width];
                let pieces = sums.pieces(block + i);
                let tiles = Tiles { scatter, group, channels: &channels, panel, taps: &sums.taps, pieces, plane };
                match width / S::F32_LANES {
                    1 => tiles.add::<S, M, 1>(simd, region),
                    2 => tiles.add::<S, M, 2>(simd, region),
                    _ => tiles.add::<S, M, 3>(simd, region),
                }
            }
        }
        let side = scatter.images.side;
        let len = side[0] * side[1];
        let first = (picture * scatter.images.groups + group) * scatter.images.channels + channels.start;
        for (i, sum) in region.chunks_exact(plane).enumerate() {
            // SAFETY: the channel lies in the gradient, and no other task writes it.
            let to = unsafe { std::slice::from_raw_parts_mut(scatter.images_grad.add((first + i) * len).cast(), len) };
            sums.take(simd, sum, to);
        }
    }
}

/// The products with one panel.
struct Tiles<'a, 'b> {
    scatter: &'a Scatter<'b>,
    group: usize,
    channels: &'a Range<usize>,
    panel: &'a [f32],
    taps: &'a [usize],
    pieces: &'a [Piece],
    plane: usize,
}

impl Tiles<'_, '_> {
    /// Adds each row of the product to the px that its tap touches.
    #[inline(always)]
    fn add<S: Simd, const M: usize, const V: usize>(&self, simd: S, region: &mut [f32]) {
        let Self { scatter, group, channels, panel, taps, pieces, plane } = self;
        let depth = scatter.output.channels;
        let far = taps.iter().max().map_or(0, |far| *far);
        let end = pieces.iter().map(|piece| piece.from + piece.len + far).max().unwrap_or(0);
        assert!(panel.len() >= depth * V * S::F32_LANES && region.len() >= plane * channels.len() && end <= *plane);
        assert!(pieces.iter().all(|piece| piece.to + piece.len <= V * S::F32_LANES && piece.len <= S::F32_LANES));
        let rows = channels.start * taps.len()..channels.end * taps.len();
        for start in (rows.start / M * M..rows.end).step_by(M) {
            let weight = &scatter.weight[scatter.order.panel(*group, &(0..depth), start)];
            assert!(weight.len() == depth * M);
            // SAFETY: both panels are as deep as asserted.
            let result = unsafe {
                tile::packed::<S, M, V>(simd, depth, weight.as_ptr(), panel.as_ptr(), tile::zeros::<S, M, V>(simd))
            };
            let kept = std::ptr::from_ref(&result).cast::<f32>();
            for row in rows.start.max(start)..rows.end.min(start + M) {
                let place = (row / taps.len() - channels.start) * plane + taps[row % taps.len()];
                for piece in *pieces {
                    // SAFETY: the piece lies in the tile and, with every tap, in its channel's sums, as asserted.
                    unsafe {
                        let from = kept.add((row - start) * V * S::F32_LANES + piece.to);
                        let to = region.as_mut_ptr().add(place + piece.from);
                        if piece.len == S::F32_LANES {
                            let to = to.cast::<S::f32s>();
                            to.write_unaligned(
                                simd.add_f32s(to.read_unaligned(), from.cast::<S::f32s>().read_unaligned()),
                            );
                        } else {
                            let mask = lanes::first(simd, piece.len);
                            let more = simd.mask_load_ptr_f32s(mask, from);
                            simd.mask_store_ptr_f32s(mask, to, simd.add_f32s(simd.mask_load_ptr_f32s(mask, to), more));
                        }
                    }
                }
            }
        }
    }
}

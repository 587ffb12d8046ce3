//! Where the values of a product go.

use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::Range;

use pulp::Simd;

use super::plan::Plan;
use crate::kernels::conv::Finish;
use crate::kernels::lanes;
use crate::kernels::pointwise::Curve;
use crate::kernels::tile::Sums;

/// Pictures that a product's values are written to.
pub(super) struct Target<'a> {
    values: *mut f32,
    len: usize,
    /// Values from picture to picture, and from channel to channel.
    sample: usize,
    plane: usize,
    finish: Finish<'a>,
    borrowed: PhantomData<&'a mut [MaybeUninit<f32>]>,
}

// SAFETY: a target is a mutable slice of which each task writes its own columns and rows.
unsafe impl Send for Target<'_> {}
// SAFETY: as above; nothing is read through it.
unsafe impl Sync for Target<'_> {}

/// Columns of a tile that lie side by side in the target.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    /// Column in the tile.
    first: usize,
    len: usize,
    /// Place of the first in channel 0.
    place: usize,
}

impl<'a> Target<'a> {
    /// Pictures with `channels` channels of `side` px.
    pub(super) fn new(
        values: &'a mut [MaybeUninit<f32>],
        channels: usize,
        side: [usize; 2],
        finish: Finish<'a>,
    ) -> Self {
        let plane = side[0] * side[1];
        let (pointer, len) = (values.as_mut_ptr().cast(), values.len());
        Self { values: pointer, len, sample: channels * plane, plane, finish, borrowed: PhantomData }
    }

    /// Where the plan's columns go.
    pub(super) fn pieces(&self, plan: &Plan, columns: Range<usize>) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::with_capacity(2);
        for (run, n, y, x) in plan.runs(columns.clone()) {
            let place = n * self.sample + y * plan.grid[1] + x;
            match pieces.last_mut() {
                Some(last) if last.place + last.len == place => last.len += run.len(),
                _ => pieces.push(Piece { first: run.start - columns.start, len: run.len(), place }),
            }
        }
        pieces
    }

    /// Writes the first `count` rows of a tile to channels `channel` and the following.
    #[inline(always)]
    pub(super) fn write<S: Simd, const M: usize, const V: usize>(
        &self,
        simd: S,
        sums: Sums<S, M, V>,
        channel: usize,
        count: usize,
        pieces: &[Piece],
    ) {
        assert!(count <= M);
        for piece in pieces {
            let last = piece.place + (channel + count - 1) * self.plane + piece.len - 1;
            assert!(last < self.len && piece.first + piece.len <= V * S::F32_LANES);
        }
        let lanes = S::F32_LANES;
        match pieces {
            [piece] if piece.len > (V - 1) * lanes => {
                let mask = lanes::first(simd, piece.len - (V - 1) * lanes);
                for (m, row) in sums.into_iter().enumerate().take(count) {
                    let bias = self.bias(simd, channel + m);
                    for (v, sum) in row.into_iter().enumerate() {
                        let place = piece.place + (channel + m) * self.plane + v * lanes;
                        // SAFETY: the piece lies in the target, as asserted, and fills all vectors but the last.
                        unsafe {
                            if v + 1 < V {
                                let sum = self.finished(simd, sum, bias, place, None);
                                self.values.add(place).cast::<S::f32s>().write_unaligned(sum);
                            } else {
                                let sum = self.finished(simd, sum, bias, place, Some(mask));
                                simd.mask_store_ptr_f32s(mask, self.values.add(place), sum);
                            }
                        }
                    }
                }
            }
            _ => {
                let kept = std::ptr::from_ref(&sums).cast::<f32>();
                for piece in pieces {
                    for m in 0..count {
                        let place = piece.place + (channel + m) * self.plane;
                        // SAFETY: the piece lies in the tile and in the target, as asserted.
                        unsafe {
                            let from = kept.add(m * V * lanes + piece.first);
                            self.write_piece(simd, from, place, piece.len, self.bias(simd, channel + m));
                        }
                    }
                }
            }
        }
    }

    /// Applies the curve of the finish, if there is one, to pieces of some channels that are written.
    #[inline(always)]
    pub(super) fn curve<S: Simd>(&self, simd: S, channels: Range<usize>, pieces: &[Piece]) {
        let Some(function) = self.finish.curve else { return };
        for piece in pieces {
            let place = piece.place + channels.start * self.plane;
            assert!(place + (channels.len() - 1) * self.plane + piece.len <= self.len);
            let first = self.values.wrapping_add(place);
            // The piece lies in the target, as asserted, and is this task's.
            simd.vectorize(Curve { function, first, runs: channels.len(), step: self.plane, len: piece.len });
        }
    }

    /// Writes `len` values side by side.
    ///
    /// # Safety
    /// `from` is readable and the target is writable for so many.
    #[inline(always)]
    unsafe fn write_piece<S: Simd>(&self, simd: S, from: *const f32, place: usize, len: usize, bias: S::f32s) {
        for start in (0..len).step_by(S::F32_LANES) {
            let mask = lanes::first(simd, (len - start).min(S::F32_LANES));
            // SAFETY: the mask covers what is left.
            unsafe {
                let sum = simd.mask_load_ptr_f32s(mask, from.add(start));
                let sum = self.finished(simd, sum, bias, place + start, Some(mask));
                simd.mask_store_ptr_f32s(mask, self.values.add(place + start), sum);
            }
        }
    }

    /// What is added to all values of a channel.
    #[inline(always)]
    fn bias<S: Simd>(&self, simd: S, channel: usize) -> S::f32s {
        simd.splat_f32s(self.finish.bias.map_or(0.0, |bias| bias[channel]))
    }

    /// The sums with the finish applied; those that are written to `place` and the following.
    #[inline(always)]
    fn finished<S: Simd>(
        &self,
        simd: S,
        mut sum: S::f32s,
        bias: S::f32s,
        place: usize,
        mask: Option<pulp::MemMask<S::m32s>>,
    ) -> S::f32s {
        if self.finish.bias.is_some() {
            sum = simd.add_f32s(sum, bias);
        }
        if let Some(add) = self.finish.add {
            let from = add[place..].as_ptr();
            // SAFETY: `add` is as long as the target, and what is read lies where the target is written.
            let more = unsafe {
                match mask {
                    Some(mask) => simd.mask_load_ptr_f32s(mask, from),
                    None => from.cast::<S::f32s>().read_unaligned(),
                }
            };
            sum = simd.add_f32s(sum, more);
        }
        if let Some((least, most)) = self.finish.clamp {
            sum = lanes::clamp(simd, sum, least, most);
        }
        sum
    }
}

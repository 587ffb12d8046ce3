//! The weight as the left operand of a product.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::transpose;
use crate::kernels::parallel;
use crate::kernels::simd::Arch;

/// A weight of several groups; in each, a row's value for tap `t` of channel `c` lies at `row * self.row + c * self.channel +
/// self.taps[t]`.
pub(super) struct Weight<'a> {
    pub(super) values: &'a [f32],
    /// Values from group to group.
    pub(super) group: usize,
    pub(super) row: usize,
    pub(super) channel: usize,
    pub(super) taps: Vec<usize>,
}

impl Weight<'_> {
    /// Whether each row's values lie side by side, in order.
    pub(super) fn plain(&self) -> bool {
        self.channel == self.taps.len() && self.taps.iter().enumerate().all(|(i, tap)| i == *tap)
    }
}

/// Rows in panels of `tile` rows each for each block of channels: `[group, block, panel, channel of block, tap, row of panel]`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    pub(super) groups: usize,
    pub(super) rows: usize,
    pub(super) channels: usize,
    pub(super) window: usize,
    /// Channels of a block.
    pub(super) block: usize,
    /// Rows of a panel.
    pub(super) tile: usize,
}

impl Order {
    /// Rows, with those that fill the last panel.
    fn padded(&self) -> usize {
        self.rows.next_multiple_of(self.tile)
    }

    pub(super) fn len(&self) -> usize {
        self.groups * self.padded() * self.channels * self.window
    }

    /// Where a panel lies that starts with `row`, for a block's `channels`.
    pub(super) fn panel(&self, group: usize, channels: &Range<usize>, row: usize) -> Range<usize> {
        let start = (group * self.channels + channels.start) * self.padded() + row * channels.len();
        start * self.window..(start + self.tile * channels.len()) * self.window
    }

    /// Copies a weight in this order, on all threads. Rows past the end repeat the last.
    pub(super) fn copy(&self, arch: Arch, weight: &Weight, packed: &mut [f32]) {
        let block_len = self.padded() * self.block * self.window;
        let group_len = self.padded() * self.channels * self.window;
        let copy_panel = |(group, first_channel, panel): (usize, usize, usize), to: &mut [f32]| {
            let values = &weight.values[group * weight.group..][..weight.group];
            let rows = self.tile.min(self.rows - panel * self.tile);
            arch.dispatch(Panel {
                weight,
                values,
                first: [panel * self.tile, first_channel],
                rows,
                tile: self.tile,
                to,
            });
        };
        parallel::each_chunk(&mut packed[..self.len()], group_len, &|group, to| {
            parallel::each_chunk(to, block_len, &|block, to| {
                let panel_len = to.len() / self.padded() * self.tile;
                let some = (1 << 13) / panel_len + 1;
                parallel::each_chunk(to, some * panel_len, &|i, to| {
                    let panels = (i * some..).zip(to.chunks_exact_mut(panel_len));
                    panels.for_each(|(panel, to)| copy_panel((group, block * self.block, panel), to));
                });
            });
        });
    }
}

/// A panel of a weight that is copied.
struct Panel<'a, 'b> {
    weight: &'a Weight<'b>,
    /// Of the group.
    values: &'a [f32],
    /// First row and channel.
    first: [usize; 2],
    rows: usize,
    tile: usize,
    to: &'a mut [f32],
}

impl WithSimd for Panel<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { weight, values, first: [first_row, first_channel], rows, tile, to } = self;
        let window = weight.taps.len();
        let start = first_channel * weight.channel + first_row * weight.row;
        let ordered = weight.taps.iter().enumerate().all(|(i, tap)| i == *tap);
        if tile == 8 && rows == 8 && weight.plain() {
            return transpose::eight(simd, to.len() / 8, &values[start..], weight.row, to);
        }
        for (c, to) in to.chunks_exact_mut(tile * window).enumerate() {
            let from = &values[start + c * weight.channel..];
            if rows == tile && weight.row == 1 && window == 1 {
                to.copy_from_slice(&from[weight.taps[0]..][..tile]);
            } else if tile == 8 && rows == 8 && ordered {
                transpose::eight(simd, window, from, weight.row, to);
            } else {
                for (to, tap) in to.chunks_exact_mut(tile).zip(&weight.taps) {
                    for (m, to) in to.iter_mut().enumerate() {
                        *to = from[tap + m.min(rows - 1) * weight.row];
                    }
                }
            }
        }
    }
}

//! Tiles of pictures: to the points and back.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::lanes::{self, LANES, Last};
use super::points;

/// A place that several threads write at once, each its own values.
#[derive(Clone, Copy)]
pub(super) struct Shared(pub(super) *mut f32);

// SAFETY: a pointer is but an address; who writes where is settled at each use.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    /// The address `by` values further.
    pub(super) fn at(self, by: usize) -> *mut f32 {
        self.0.wrapping_add(by)
    }
}

/// A rectangle of tiles in each of some pictures.
///
/// Tiles count from 0 on: picture by picture, row by row.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) pictures: Range<usize>,
    /// Rows and columns of tiles.
    pub(super) tiles: [Range<usize>; 2],
}

impl Block {
    pub(super) fn len(&self) -> usize {
        self.pictures.len() * self.tiles[0].len() * self.tiles[1].len()
    }
}

/// Cuts the tiles of `batch` pictures of `tiles` (rows, columns) each into blocks of at most about `most` tiles.
pub(super) fn blocks(batch: usize, tiles: [usize; 2], most: usize) -> Vec<Block> {
    let each = tiles[0] * tiles[1];
    if each <= most {
        let parts = batch.div_ceil(most / each.max(1));
        return equal(batch, parts).map(|pictures| Block { pictures, tiles: tiles.map(|count| 0..count) }).collect();
    }
    // As square as may be: the px around a block are transformed with it.
    let width = (most as f64).sqrt().ceil() as usize;
    let columns = tiles[1].div_ceil(width);
    let rows = tiles[0].div_ceil((most / tiles[1].div_ceil(columns)).max(1));
    (0..batch)
        .flat_map(|n| equal(tiles[0], rows).map(move |ys| (n, ys)))
        .flat_map(|(n, ys)| equal(tiles[1], columns).map(move |xs| (n, ys.clone(), xs)))
        .map(|(n, ys, xs)| Block { pictures: n..n + 1, tiles: [ys, xs] })
        .collect()
}

/// Cuts `0..count` into `parts` parts whose lengths differ by one at most.
pub(super) fn equal(count: usize, parts: usize) -> impl Iterator<Item = Range<usize>> {
    (0..parts).map(move |i| count * i / parts..count * (i + 1) / parts)
}

/// Whether the px go to the points as the inputs or as the gradients of outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Input,
    OutputGrad,
}

/// The pictures of which [`ToPoints`] takes tiles.
#[derive(Clone, Copy)]
pub(super) struct Pictures<'a> {
    /// `[batch, channels, height, width]`.
    pub(super) values: &'a [f32],
    pub(super) channels: usize,
    pub(super) side: [usize; 2],
    /// Zeros before the first row and column.
    pub(super) before: [usize; 2],
    pub(super) role: Role,
}

/// Transforms a block's tiles of the channels `channel..channel + 16`, for `M` outputs a tile and side.
///
/// Writes point `p` of tile `t` to `to + p * step[0] + t * step[1]`, 16 channels side by side; channels beyond the
/// last are zero.
///
/// # Safety
/// Whoever dispatches it vouches that these places are this thread's to write.
pub(super) struct ToPoints<'a, const M: usize> {
    pub(super) pictures: Pictures<'a>,
    pub(super) block: &'a Block,
    pub(super) channel: usize,
    pub(super) to: *mut f32,
    pub(super) step: [usize; 2],
    /// Working memory, of [`room`] values.
    pub(super) room: &'a mut [f32],
}

/// Values that the transforms of a block need to work, for `m` outputs a tile and side.
pub(super) fn room(block: &Block, m: usize) -> usize {
    let [rows, columns] = [0, 1].map(|d| block.tiles[d].len() * m + 2);
    (rows + m + 2) * columns * LANES
}

impl<const M: usize> WithSimd for ToPoints<'_, M> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        let Self { pictures, block, channel, to, step, room } = self;
        let take = if pictures.role == Role::Input { M + 2 } else { M };
        let [rows, columns] = [0, 1].map(|d| (block.tiles[d].len() - 1) * M + take);
        let each = block.tiles[0].len() * block.tiles[1].len();
        let (px, lines) = room.split_at_mut(rows * columns * LANES);
        for (i, n) in block.pictures.clone().enumerate() {
            fill(s, &pictures, block, n, channel, [rows, columns], M, px);
            let to = to.wrapping_add(i * each * step[1]);
            match pictures.role {
                Role::Input => tiles::<S, M, true>(s, px, columns, lines, block, to, step),
                Role::OutputGrad => tiles::<S, M, false>(s, px, columns, lines, block, to, step),
            }
        }
    }
}

/// Fills `px` `[rows, columns, 16]` with the px under a block's tiles of picture `n`; with zeros beyond its sides.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "sizes of a loop")]
fn fill<S: Simd>(
    s: S,
    pictures: &Pictures,
    block: &Block,
    n: usize,
    channel: usize,
    [rows, columns]: [usize; 2],
    stride: usize,
    px: &mut [f32],
) {
    let [height, width] = pictures.side;
    let (plane, channels) = (height * width, LANES.min(pictures.channels - channel));
    let first = (n * pictures.channels + channel) * plane;
    let [y0, x0] = [0, 1].map(|d| (block.tiles[d].start * stride) as isize - pictures.before[d] as isize);
    // Columns of `px` that the picture has.
    let left = ((-x0).max(0) as usize).min(columns);
    let right = ((width as isize - x0).clamp(left as isize, columns as isize)) as usize;
    for (row, line) in px[..rows * columns * LANES].chunks_exact_mut(columns * LANES).enumerate() {
        let y = y0 + row as isize;
        if y < 0 || y >= height as isize || left == right {
            line.fill(0.0);
            continue;
        }
        line[..left * LANES].fill(0.0);
        line[right * LANES..].fill(0.0);
        let start = first + y as usize * width + (x0 + left as isize) as usize;
        let from = &pictures.values[start..start + (channels - 1) * plane + right - left];
        // SAFETY: `from` reaches to the last px of the last channel, and the line has room for `right - left` px.
        unsafe {
            lanes::from_planes(s, from.as_ptr(), plane, channels, right - left, line[left * LANES..].as_mut_ptr())
        };
    }
}

/// Transforms the tiles of one picture: down the columns of px into `lines` `[M + 2, columns, 16]`, then along them.
#[inline(always)]
fn tiles<S: Simd, const M: usize, const INPUT: bool>(
    s: S,
    px: &[f32],
    columns: usize,
    lines: &mut [f32],
    block: &Block,
    to: *mut f32,
    step: [usize; 2],
) {
    let (take, reach, line) = (if INPUT { M + 2 } else { M }, M + 2, columns * LANES);
    let [height, width] = [0, 1].map(|d| block.tiles[d].len());
    let zero = s.splat_f32s(0.0);
    assert!(px.len() >= ((height - 1) * M + take) * line && lines.len() >= reach * line);
    assert!(columns >= (width - 1) * M + take);
    for y in 0..height {
        let px = px[y * M * line..].as_ptr();
        for at in (0..line).step_by(S::F32_LANES) {
            let mut values = [zero; 6];
            for (r, value) in values.iter_mut().enumerate().take(take) {
                // SAFETY: row `r` of a tile is one of `px`, as asserted.
                *value = unsafe { px.add(r * line + at).cast::<S::f32s>().read_unaligned() };
            }
            let points = if INPUT { points::input::<S, M>(s, values) } else { points::output_grad::<S, M>(s, values) };
            for (r, point) in points.into_iter().enumerate().take(reach) {
                // SAFETY: there are `reach` lines.
                unsafe { lines.as_mut_ptr().add(r * line + at).cast::<S::f32s>().write_unaligned(point) };
            }
        }
        for x in 0..width {
            let to = to.wrapping_add((y * width + x) * step[1]);
            for r in 0..reach {
                let from = lines[r * line + x * M * LANES..].as_ptr();
                for lane in (0..LANES).step_by(S::F32_LANES) {
                    let mut values = [zero; 6];
                    for (c, value) in values.iter_mut().enumerate().take(take) {
                        // SAFETY: column `c` of a tile is one of the line, as asserted.
                        *value = unsafe { from.add(c * LANES + lane).cast::<S::f32s>().read_unaligned() };
                    }
                    let points =
                        if INPUT { points::input::<S, M>(s, values) } else { points::output_grad::<S, M>(s, values) };
                    for (c, point) in points.into_iter().enumerate().take(reach) {
                        let to = to.wrapping_add((r * reach + c) * step[0] + lane);
                        // SAFETY: whoever dispatches vouches for the place.
                        unsafe { to.cast::<S::f32s>().write_unaligned(point) };
                    }
                }
            }
        }
    }
}

/// The pictures that [`FromPoints`] writes.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    /// `[batch, channels, height, width]`.
    pub(super) values: Shared,
    pub(super) channels: usize,
    pub(super) side: [usize; 2],
    pub(super) bias: Option<&'a [f32]>,
    /// Of the shape of `values`.
    pub(super) add: Option<&'a [f32]>,
    pub(super) clamp: Option<(f32, f32)>,
}

/// Transforms the points of a block's tiles to outputs of the channels `channel..channel + 16`.
///
/// Point `p` of tile `t` lies at `from + p * step[0] + t * step[1]`.
///
/// # Safety
/// Whoever dispatches it vouches for these places, and that the block's outputs are this thread's to write.
pub(super) struct FromPoints<'a, const M: usize> {
    pub(super) from: *const f32,
    pub(super) step: [usize; 2],
    pub(super) block: &'a Block,
    pub(super) channel: usize,
    pub(super) target: Target<'a>,
    /// Working memory, of [`room`] values.
    pub(super) room: &'a mut [f32],
}

impl<const M: usize> WithSimd for FromPoints<'_, M> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        let Self { from, step, block, channel, target, room } = self;
        let [tile_rows, tile_columns] = [0, 1].map(|d| block.tiles[d].len());
        let line = tile_columns * M * LANES;
        let channels = LANES.min(target.channels - channel);
        let mut bias = [0.0; LANES];
        if let Some(values) = target.bias {
            bias[..channels].copy_from_slice(&values[channel..channel + channels]);
        }
        let [height, width] = target.side;
        let [y0, x0] = [0, 1].map(|d| block.tiles[d].start * M);
        let columns = (tile_columns * M).min(width - x0);
        let px = &mut room[..M * line];
        let mut tile = from;
        for n in block.pictures.clone() {
            for y in 0..tile_rows {
                for x in 0..tile_columns {
                    // SAFETY: the points are readable as whoever dispatches vouches; a line has room for its tiles.
                    unsafe { outputs::<S, M>(s, tile, step[0], px[x * M * LANES..].as_mut_ptr(), line, &bias) };
                    tile = tile.wrapping_add(step[1]);
                }
                let first = y0 + y * M;
                for (r, px) in px.chunks_exact(line).enumerate().take(height - first) {
                    let place = ((n * target.channels + channel) * height + first + r) * width + x0;
                    let add = target.add.map_or(std::ptr::null(), |add| add[place..].as_ptr());
                    let last = Last { add, clamp: target.clamp };
                    // SAFETY: the row's `columns` px of `channels` channels lie in the target, and in what is added
                    // to it.
                    unsafe {
                        let to = target.values.at(place);
                        lanes::to_planes(s, px.as_ptr(), columns, to, height * width, channels, last);
                    }
                }
            }
        }
    }
}

/// Transforms the points of one tile to `M` rows of `M` px, `[M, line]`.
///
/// # Safety
/// The points are readable, the rows writable.
#[inline(always)]
unsafe fn outputs<S: Simd, const M: usize>(
    s: S,
    from: *const f32,
    step: usize,
    to: *mut f32,
    line: usize,
    bias: &[f32; LANES],
) {
    let reach = M + 2;
    let zero = s.splat_f32s(0.0);
    for lane in (0..LANES).step_by(S::F32_LANES) {
        // SAFETY: all places are the caller's promise; the lanes of the bias are within it.
        unsafe {
            let bias = bias.as_ptr().add(lane).cast::<S::f32s>().read_unaligned();
            let mut half = [[zero; 6]; 4];
            for c in 0..reach {
                let mut values = [zero; 6];
                for (r, value) in values.iter_mut().enumerate().take(reach) {
                    *value = from.add((r * reach + c) * step + lane).cast::<S::f32s>().read_unaligned();
                }
                for (row, value) in half.iter_mut().zip(points::output::<S, M>(s, values)) {
                    row[c] = value;
                }
            }
            for (r, row) in half.into_iter().enumerate().take(M) {
                for (c, value) in points::output::<S, M>(s, row).into_iter().enumerate().take(M) {
                    let to = to.add(r * line + c * LANES + lane).cast::<S::f32s>();
                    to.write_unaligned(s.add_f32s(value, bias));
                }
            }
        }
    }
}

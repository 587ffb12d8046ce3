//! Tiles of pictures: to the points and back.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::lanes::{self, LANES, Last};
use super::points;
use crate::backend::Pointwise;
use crate::kernels::pointwise::Curve;

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
    // Whole rows lie side by side; but the px around a block are transformed with it.
    let columns = tiles[1].div_ceil((most / 3).max(1));
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

/// Transforms a block's tiles of the channels `channel..channel + 16`, for `M` outputs a tile and side by a kernel of `R`.
///
/// Writes point `p` of tile `t` to `to + p * step[0] + t * step[1]`, 16 channels side by side; channels beyond the
/// last are zero.
///
/// # Safety
/// Whoever dispatches it vouches that these places are this thread's to write.
pub(super) struct ToPoints<'a, const M: usize, const R: usize> {
    pub(super) pictures: Pictures<'a>,
    pub(super) block: &'a Block,
    pub(super) channel: usize,
    pub(super) to: *mut f32,
    pub(super) step: [usize; 2],
    /// Working memory, of [`room`] values.
    pub(super) room: &'a mut [f32],
}

/// Values that the transforms of a block need to work, for `m` outputs a tile and side by a kernel of `r`.
pub(super) fn room(block: &Block, m: usize, r: usize) -> usize {
    (m + r - 1) * (block.tiles[1].len() * m + r - 1) * LANES
}

impl<const M: usize, const R: usize> WithSimd for ToPoints<'_, M, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        let Self { pictures, block, channel, to, step, room } = self;
        let each = block.tiles[0].len() * block.tiles[1].len();
        for (i, n) in block.pictures.clone().enumerate() {
            let to = to.wrapping_add(i * each * step[1]);
            let rows = Rows::new(&pictures, block, n, channel, M);
            match pictures.role {
                Role::Input => tiles::<S, M, R, true>(s, &rows, block, room, to, step),
                Role::OutputGrad => tiles::<S, M, R, false>(s, &rows, block, room, to, step),
            }
        }
    }
}

/// The px of 16 channels under a block's tiles of one picture.
struct Rows<'a> {
    /// All values from the first channel's first px on.
    values: &'a [f32],
    channels: usize,
    /// Sides of the picture.
    side: [usize; 2],
    /// The picture's place of the first px under the tiles, before which may lie others.
    first: [isize; 2],
}

impl<'a> Rows<'a> {
    fn new(pictures: &Pictures<'a>, block: &Block, n: usize, channel: usize, stride: usize) -> Self {
        let start = (n * pictures.channels + channel) * pictures.side[0] * pictures.side[1];
        Self {
            values: &pictures.values[start..],
            channels: LANES.min(pictures.channels - channel),
            side: pictures.side,
            first: [0, 1].map(|d| (block.tiles[d].start * stride) as isize - pictures.before[d] as isize),
        }
    }

    /// Fills `line` `[columns, 16]` with the px of row `row` under the tiles; with zeros beyond the picture's sides.
    #[inline(always)]
    fn fill<S: Simd>(&self, s: S, row: usize, line: &mut [f32]) {
        let [height, width] = self.side;
        let (columns, y, x) = (line.len() / LANES, self.first[0] + row as isize, self.first[1]);
        // Columns that the picture has.
        let left = ((-x).max(0) as usize).min(columns);
        let right = (width as isize - x).clamp(left as isize, columns as isize) as usize;
        if y < 0 || y >= height as isize || left == right {
            line.fill(0.0);
            return;
        }
        line[..left * LANES].fill(0.0);
        line[right * LANES..].fill(0.0);
        let (plane, start) = (height * width, y as usize * width + (x + left as isize) as usize);
        let from = &self.values[start..start + (self.channels - 1) * plane + right - left];
        let to = line[left * LANES..].as_mut_ptr();
        // SAFETY: `from` reaches to the last px of the last channel, and the line has room for `right - left` px.
        unsafe { lanes::from_planes(s, from.as_ptr(), plane, self.channels, right - left, to) };
    }

    /// Asks for the cache lines of `columns` px of rows `rows` of some channels.
    #[inline(always)]
    fn ask(&self, rows: Range<usize>, columns: usize, channels: Range<usize>) {
        for channel in channels {
            for row in rows.clone() {
                let place = (self.first[0] + row as isize) * self.side[1] as isize + self.first[1];
                let start =
                    self.values.as_ptr().wrapping_add(channel * self.side[0] * self.side[1]).wrapping_offset(place);
                for line in 0..columns.div_ceil(16) {
                    ask(start.wrapping_add(line * 16));
                }
            }
        }
    }
}

/// Asks for the cache line of a place, which need not be one.
#[inline(always)]
fn ask(place: *const f32) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint without effect on memory.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(place.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}

/// Transforms the tiles of one picture.
#[inline(always)]
fn tiles<S: Simd, const M: usize, const R: usize, const INPUT: bool>(
    s: S,
    rows: &Rows,
    block: &Block,
    lines: &mut [f32],
    to: *mut f32,
    step: [usize; 2],
) {
    let take = if INPUT { M + R - 1 } else { M };
    let (height, width) = (block.tiles[0].len(), block.tiles[1].len());
    let columns = (width - 1) * M + take;
    let line = columns * LANES;
    assert!(lines.len() >= take * line);
    for y in 0..height {
        // The lines hold the rows in turn, as tiles of input share rows with those above.
        let first = if y == 0 { 0 } else { (y - 1) * M + take };
        for row in first..y * M + take {
            rows.fill(s, row, &mut lines[row % take * line..][..line]);
        }
        let mut places = [0; 6];
        for r in 0..6 {
            places[r] = (y * M + r) % take * line;
        }
        for x in 0..width {
            if y + 1 < height {
                let next = y * M + take;
                rows.ask(next..next + M, columns, x * rows.channels / width..(x + 1) * rows.channels / width);
            }
            // SAFETY: each of `take` lines holds `take` px from the tile's first on; whoever dispatches vouches for the
            // places of the points.
            unsafe {
                let from = lines.as_ptr().add(x * M * LANES);
                tile::<S, M, R, INPUT>(s, from, places, to.add((y * width + x) * step[1]), step[0]);
            }
        }
    }
}

/// Transforms one tile, whose rows lie at `places` from `from`.
///
/// # Safety
/// The rows are readable, and point `p` is writable at `to + p * step`.
#[inline(always)]
unsafe fn tile<S: Simd, const M: usize, const R: usize, const INPUT: bool>(
    s: S,
    from: *const f32,
    places: [usize; 6],
    to: *mut f32,
    step: usize,
) {
    let (take, reach) = (if INPUT { M + R - 1 } else { M }, M + R - 1);
    let zero = s.splat_f32s(0.0);
    for lane in (0..LANES).step_by(S::F32_LANES) {
        let mut half = [[zero; 6]; 6];
        for c in 0..take {
            let mut values = [zero; 6];
            for (value, place) in values.iter_mut().zip(places).take(take) {
                // SAFETY: the caller's promise.
                *value = unsafe { from.add(place + c * LANES + lane).cast::<S::f32s>().read_unaligned() };
            }
            let points =
                if INPUT { points::input::<S, M, R>(s, values) } else { points::output_grad::<S, M, R>(s, values) };
            for (row, point) in half.iter_mut().zip(points) {
                row[c] = point;
            }
        }
        for (r, values) in half.into_iter().enumerate().take(reach) {
            let points =
                if INPUT { points::input::<S, M, R>(s, values) } else { points::output_grad::<S, M, R>(s, values) };
            for (c, point) in points.into_iter().enumerate().take(reach) {
                let to = to.wrapping_add((r * reach + c) * step + lane);
                // SAFETY: the caller's promise.
                unsafe { to.cast::<S::f32s>().write_unaligned(point) };
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
    pub(super) curve: Option<Pointwise>,
}

/// Transforms the points of a block's tiles to outputs of the channels `channel..channel + 16`.
///
/// Point `p` of tile `t` lies at `from + p * step[0] + t * step[1]`.
///
/// # Safety
/// Whoever dispatches it vouches for these places, and that the block's outputs are this thread's to write.
pub(super) struct FromPoints<'a, const M: usize, const R: usize> {
    pub(super) from: *const f32,
    pub(super) step: [usize; 2],
    pub(super) block: &'a Block,
    pub(super) channel: usize,
    pub(super) target: Target<'a>,
    /// Working memory, of [`room`] values.
    pub(super) room: &'a mut [f32],
}

impl<const M: usize, const R: usize> WithSimd for FromPoints<'_, M, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        let Self { from, step, block, channel, target, room } = self;
        let (tile_rows, tile_columns) = (block.tiles[0].len(), block.tiles[1].len());
        let line = tile_columns * M * LANES;
        let channels = LANES.min(target.channels - channel);
        let mut bias = [0.0; LANES];
        if let Some(values) = target.bias {
            bias[..channels].copy_from_slice(&values[channel..channel + channels]);
        }
        let [height, width] = target.side;
        let (y0, x0) = (block.tiles[0].start * M, block.tiles[1].start * M);
        let columns = (tile_columns * M).min(width - x0);
        let px = &mut room[..M * line];
        let mut tile = from;
        for n in block.pictures.clone() {
            for y in 0..tile_rows {
                for x in 0..tile_columns {
                    // SAFETY: the points are readable as whoever dispatches vouches; a line has room for its tiles.
                    unsafe { outputs::<S, M, R>(s, tile, step[0], px[x * M * LANES..].as_mut_ptr(), line, &bias) };
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
                        if let Some(function) = target.curve {
                            let step = height * width;
                            s.vectorize(Curve { function, first: to, runs: channels, step, len: columns });
                        }
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
unsafe fn outputs<S: Simd, const M: usize, const R: usize>(
    s: S,
    from: *const f32,
    step: usize,
    to: *mut f32,
    line: usize,
    bias: &[f32; LANES],
) {
    let reach = M + R - 1;
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
                for (row, value) in half.iter_mut().zip(points::output::<S, M, R>(s, values)) {
                    row[c] = value;
                }
            }
            for (r, row) in half.into_iter().enumerate().take(M) {
                for (c, value) in points::output::<S, M, R>(s, row).into_iter().enumerate().take(M) {
                    let to = to.add(r * line + c * LANES + lane).cast::<S::f32s>();
                    to.write_unaligned(s.add_f32s(value, bias));
                }
            }
        }
    }
}

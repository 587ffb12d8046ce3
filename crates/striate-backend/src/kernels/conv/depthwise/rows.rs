//! The inner loops: sums of products over padded planes, some rows of outputs at a time.

use pulp::Simd;

use crate::kernels::lanes;

/// A tap of a window: where it is from the window's place, and its weight.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tap {
    pub(super) offset: usize,
    pub(super) weight: f32,
}

/// Rows of outputs, and where the windows of each begin.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    /// The window of the first output.
    pub(super) from: *const f32,
    /// From the windows of a row to those of the next.
    pub(super) from_row: usize,
    pub(super) rows: usize,
    /// Outputs of a row.
    pub(super) len: usize,
}

/// Where the taps of a small square window are.
#[derive(Clone, Copy)]
pub(super) struct Square<const K: usize> {
    /// From a row of taps to the next.
    pub(super) down: usize,
    /// The places of the columns of taps.
    pub(super) columns: [usize; K],
}

/// What the sums begin with, and what is done to them.
#[derive(Clone, Copy)]
pub(super) struct Ends {
    pub(super) bias: f32,
    /// Values to add, laid out as the outputs.
    pub(super) add: Option<*const f32>,
    pub(super) clamp: Option<(f32, f32)>,
}

impl Ends {
    pub(super) const NONE: Self = Self { bias: 0.0, add: None, clamp: None };

    /// Writes the vector of sums for the outputs from `place` on; the first `left` of them, if that is less than a vector.
    ///
    /// # Safety
    /// That many values can be written, and read of `add`.
    #[inline(always)]
    unsafe fn write<S: Simd>(self, simd: S, mut sum: S::f32s, to: *mut f32, place: usize, left: usize) {
        let mask = (left < S::F32_LANES).then(|| lanes::first(simd, left));
        // SAFETY: where less than a vector is left, the mask has what is left.
        unsafe {
            if let Some(add) = self.add {
                let values = match mask {
                    None => lanes::load(simd, add.add(place)),
                    Some(mask) => simd.mask_load_ptr_f32s(mask, add.add(place)),
                };
                sum = simd.add_f32s(sum, values);
            }
            if let Some((low, high)) = self.clamp {
                sum = lanes::clamp(simd, sum, low, high);
            }
            match mask {
                None => lanes::store(simd, to.add(place), sum),
                Some(mask) => simd.mask_store_ptr_f32s(mask, to.add(place), sum),
            }
        }
    }
}

/// Calls `$body` with `$y` and the constant `$rows` for blocks of 4, 2 and 1 of so many rows.
macro_rules! blocks {
    ($all:expr, |$y:ident, $rows:ident| $body:expr) => {{
        let mut $y = 0;
        while $y + 4 <= $all {
            const $rows: usize = 4;
            $body;
            $y += 4;
        }
        if $y + 2 <= $all {
            const $rows: usize = 2;
            $body;
            $y += 2;
        }
        if $y < $all {
            const $rows: usize = 1;
            $body;
        }
    }};
}

/// Writes the sums of any taps; a row of outputs lies `to_row` after the one before.
///
/// # Safety
/// Each tap's run of `len` values, rounded up to whole vectors, can be read for every row; the outputs can be written.
#[inline(always)]
pub(super) unsafe fn sums<S: Simd>(simd: S, run: Rows, taps: &[Tap], ends: Ends, to: *mut f32, to_row: usize) {
    let block = |y: usize, x: usize, sums: &mut [S::f32s]| {
        for tap in taps {
            let weight = simd.splat_f32s(tap.weight);
            for (r, sum) in sums.iter_mut().enumerate() {
                // SAFETY: the tap's run of row `y + r` is there.
                let values = unsafe { lanes::load(simd, run.from.add((y + r) * run.from_row + tap.offset + x)) };
                *sum = simd.mul_add_f32s(values, weight, *sum);
            }
        }
    };
    blocks!(run.rows, |y, ROWS| {
        for x in (0..run.len).step_by(S::F32_LANES) {
            let mut sums = [simd.splat_f32s(ends.bias); ROWS];
            block(y, x, &mut sums);
            for (r, sum) in sums.into_iter().enumerate() {
                // SAFETY: `x` is within row `y + r`.
                unsafe { ends.write(simd, sum, to, (y + r) * to_row + x, run.len - x) };
            }
        }
    });
}

/// As `sums`, for the `K` x `K` weights of a small square window that moves down by `STEP` of its rows at a time. Weights
/// stay in registers, and each vector of values is read once for all rows of a block.
///
/// # Safety
/// As of `sums`.
#[inline(always)]
pub(super) unsafe fn square_sums<S: Simd, const K: usize, const STEP: usize>(
    simd: S,
    run: Rows,
    window: Square<K>,
    weights: &[[f32; K]; K],
    ends: Ends,
    to: *mut f32,
    to_row: usize,
) {
    let mut lifted = [[simd.splat_f32s(0.0); K]; K];
    for ky in 0..K {
        for kx in 0..K {
            lifted[ky][kx] = simd.splat_f32s(weights[ky][kx]);
        }
    }
    blocks!(run.rows, |y, ROWS| {
        for x in (0..run.len).step_by(S::F32_LANES) {
            let mut sums = [simd.splat_f32s(ends.bias); ROWS];
            // SAFETY: the taps' runs of rows `y` to `y + ROWS` are there.
            unsafe {
                let from = run.from.add(y * run.from_row + x);
                for down in 0..(ROWS - 1) * STEP + K {
                    for kx in 0..K {
                        let values = lanes::load(simd, from.add(down * window.down + window.columns[kx]));
                        for r in 0..ROWS {
                            if down >= r * STEP && down < r * STEP + K {
                                sums[r] = simd.mul_add_f32s(values, lifted[down - r * STEP][kx], sums[r]);
                            }
                        }
                    }
                }
                for r in 0..ROWS {
                    ends.write(simd, sums[r], to, (y + r) * to_row + x, run.len - x);
                }
            }
        }
    });
}

/// Adds to each of `totals` the sum of products of the gradients of all outputs, which lie row after row, with a tap's
/// values.
///
/// # Safety
/// Each tap's runs of values and all gradients can be read.
#[inline(always)]
pub(super) unsafe fn products<S: Simd>(simd: S, run: Rows, grads: *const f32, taps: &[usize], totals: &mut [f32]) {
    for (taps, totals) in taps.chunks(8).zip(totals.chunks_mut(8)) {
        // SAFETY: the caller's promise.
        unsafe {
            match <&[usize; 8]>::try_from(taps) {
                Ok(taps) => products_of(simd, run, grads, taps, totals),
                Err(_) => {
                    for (tap, total) in taps.iter().zip(totals) {
                        products_of(simd, run, grads, &[*tap], std::slice::from_mut(total));
                    }
                }
            }
        }
    }
}

/// As `products`, with the sums of `T` taps kept in registers.
///
/// # Safety
/// As of `products`.
#[inline(always)]
unsafe fn products_of<S: Simd, const T: usize>(
    simd: S,
    run: Rows,
    grads: *const f32,
    taps: &[usize; T],
    totals: &mut [f32],
) {
    let mut sums = [simd.splat_f32s(0.0); T];
    let whole = run.len - run.len % S::F32_LANES;
    let mask = lanes::first(simd, run.len - whole);
    for y in 0..run.rows {
        // SAFETY: row `y` of both is there; the mask has just the lanes after the whole vectors.
        unsafe {
            let (values, grads) = (run.from.add(y * run.from_row), grads.add(y * run.len));
            for x in (0..whole).step_by(S::F32_LANES) {
                let grad = lanes::load(simd, grads.add(x));
                for t in 0..T {
                    sums[t] = simd.mul_add_f32s(lanes::load(simd, values.add(taps[t] + x)), grad, sums[t]);
                }
            }
            if whole < run.len {
                // Values beside the mask are read as 0 as well: a NaN there is no product of this tap.
                let grad = simd.mask_load_ptr_f32s(mask, grads.add(whole));
                for t in 0..T {
                    let value = simd.mask_load_ptr_f32s(mask, values.add(taps[t] + whole));
                    sums[t] = simd.mul_add_f32s(value, grad, sums[t]);
                }
            }
        }
    }
    for t in 0..T {
        totals[t] += simd.reduce_sum_f32s(sums[t]);
    }
}

/// As `products`, for a small square window that moves down by `STEP` of its rows at a time.
///
/// # Safety
/// As of `products`.
#[inline(always)]
pub(super) unsafe fn square_products<S: Simd, const K: usize, const STEP: usize>(
    simd: S,
    run: Rows,
    grads: *const f32,
    window: Square<K>,
    totals: &mut [f32],
) {
    let mut sums = [[simd.splat_f32s(0.0); K]; K];
    let whole = run.len - run.len % S::F32_LANES;
    let mask = lanes::first(simd, run.len - whole);
    blocks!(run.rows, |y, ROWS| {
        // SAFETY: rows `y` to `y + ROWS` of both are there; the mask has just the lanes after the whole vectors.
        unsafe {
            let (values, grads) = (run.from.add(y * run.from_row), grads.add(y * run.len));
            for x in (0..whole).step_by(S::F32_LANES) {
                let mut rows = [simd.splat_f32s(0.0); ROWS];
                for r in 0..ROWS {
                    rows[r] = lanes::load(simd, grads.add(r * run.len + x));
                }
                let value = |place| lanes::load(simd, values.add(x + place));
                square_block::<S, K, STEP, ROWS>(simd, &rows, window, value, &mut sums);
            }
            if whole < run.len {
                let mut rows = [simd.splat_f32s(0.0); ROWS];
                for r in 0..ROWS {
                    rows[r] = simd.mask_load_ptr_f32s(mask, grads.add(r * run.len + whole));
                }
                let value = |place| simd.mask_load_ptr_f32s(mask, values.add(whole + place));
                square_block::<S, K, STEP, ROWS>(simd, &rows, window, value, &mut sums);
            }
        }
    });
    // Reached by constants alone: with an address of their own the sums would be stored after each product.
    for ky in 0..K {
        for kx in 0..K {
            totals[ky * K + kx] += simd.reduce_sum_f32s(sums[ky][kx]);
        }
    }
}

/// Adds the products of `ROWS` vectors of gradients, one below the other.
#[inline(always)]
fn square_block<S: Simd, const K: usize, const STEP: usize, const ROWS: usize>(
    simd: S,
    grads: &[S::f32s; ROWS],
    window: Square<K>,
    value: impl Fn(usize) -> S::f32s,
    sums: &mut [[S::f32s; K]; K],
) {
    for down in 0..(ROWS - 1) * STEP + K {
        for kx in 0..K {
            let value = value(down * window.down + window.columns[kx]);
            for r in 0..ROWS {
                if down >= r * STEP && down < r * STEP + K {
                    let sum = &mut sums[down - r * STEP][kx];
                    *sum = simd.mul_add_f32s(value, grads[r], *sum);
                }
            }
        }
    }
}

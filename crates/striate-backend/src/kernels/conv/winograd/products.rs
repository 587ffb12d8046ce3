//! The matrix products at the points.

use pulp::{Simd, WithSimd};

use crate::kernels::lanes;

/// `c[row, column] = sum over k of a[row, k] * b[k, column]`, or added to what `c` holds.
///
/// `columns` is a multiple of 16; values of a row of `b` and `c` lie side by side.
#[derive(Clone, Copy)]
pub(super) struct Product {
    pub(super) a: *const f32,
    /// Distances of rows and of `k` in `a`.
    pub(super) a_step: [usize; 2],
    pub(super) b: *const f32,
    /// Distance of `k` in `b`.
    pub(super) b_step: usize,
    pub(super) c: *mut f32,
    /// Distance of rows in `c`.
    pub(super) c_step: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) depth: usize,
    pub(super) add: bool,
}

/// The same product at each of `points` points, whose matrices are `steps` apart in `a`, `b` and `c`.
///
/// # Safety
/// Whoever dispatches it vouches for the matrices: `a` and `b` readable, `c` writable by this thread alone, and
/// holding values where it is added to.
pub(super) struct Products {
    pub(super) product: Product,
    pub(super) points: usize,
    pub(super) steps: [usize; 3],
}

impl WithSimd for Products {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        for point in 0..self.points {
            let [a, b, c] = self.steps.map(|step| step * point);
            // SAFETY: the matrices of each point lie within what the maker vouches for.
            unsafe {
                let p = self.product;
                columns(s, Product { a: p.a.add(a), b: p.b.add(b), c: p.c.add(c), ..p });
            }
        }
    }
}

/// Cuts the columns into the widest tiles that the registers hold.
#[inline(always)]
unsafe fn columns<S: Simd>(s: S, mut p: Product) {
    // SAFETY: each part of the columns is a product for which the caller vouches.
    unsafe {
        match S::F32_LANES {
            16 => {
                while p.columns >= 64 {
                    rows::<S, 6, 4>(s, p);
                    p = advance(p, 64);
                }
                match p.columns {
                    48 => rows::<S, 8, 3>(s, p),
                    32 => rows::<S, 12, 2>(s, p),
                    16 => rows::<S, 12, 1>(s, p),
                    _ => (),
                }
            }
            4 => {
                while p.columns > 0 {
                    rows::<S, 6, 4>(s, p);
                    p = advance(p, 16);
                }
            }
            // 8 lanes and 16 registers; one lane.
            lanes => {
                while p.columns > 0 {
                    rows::<S, 6, 2>(s, p);
                    p = advance(p, 2 * lanes);
                }
            }
        }
    }
}

#[inline(always)]
unsafe fn advance(p: Product, by: usize) -> Product {
    // SAFETY: the product has `by` columns.
    unsafe { Product { b: p.b.add(by), c: p.c.add(by), columns: p.columns - by, ..p } }
}

/// Bytes of the part of `b` that stays in the first cache while all rows pass.
const NEAR: usize = 32 << 10;

/// `R` rows at a time, the rest by fewer, of `N` vectors of columns.
#[inline(always)]
unsafe fn rows<S: Simd, const R: usize, const N: usize>(s: S, p: Product) {
    let most = NEAR / (N * S::F32_LANES * 4);
    // Equal parts, as each costs a pass over the sums.
    let part = p.depth.div_ceil(p.depth.div_ceil(most).max(1)).max(1);
    let mut k = 0;
    loop {
        let depth = part.min(p.depth - k);
        // SAFETY: every part lies in the product's matrices.
        unsafe {
            let p = Product { a: p.a.add(k * p.a_step[1]), b: p.b.add(k * p.b_step), depth, add: p.add || k > 0, ..p };
            let mut row = 0;
            while row + R <= p.rows {
                tile::<S, R, N>(s, p, row);
                row += R;
            }
            if R > 8 && row + 8 <= p.rows {
                tile::<S, 8, N>(s, p, row);
                row += 8;
            }
            if row + 4 <= p.rows {
                tile::<S, 4, N>(s, p, row);
                row += 4;
            }
            if row + 2 <= p.rows {
                tile::<S, 2, N>(s, p, row);
                row += 2;
            }
            if row < p.rows {
                tile::<S, 1, N>(s, p, row);
            }
        }
        k += depth;
        if k >= p.depth {
            break;
        }
    }
}

#[inline(always)]
unsafe fn tile<S: Simd, const R: usize, const N: usize>(s: S, p: Product, row: usize) {
    let mut sums = [[s.splat_f32s(0.0); N]; R];
    // SAFETY: the loops visit the places of `R` rows and `N` vectors of columns of the product's matrices.
    unsafe {
        let (mut a, mut b) = (p.a.add(row * p.a_step[0]), p.b);
        for _ in 0..p.depth {
            let columns: [S::f32s; N] = lanes::vectors(s, b);
            for (r, sums) in sums.iter_mut().enumerate() {
                let value = s.splat_f32s(*a.add(r * p.a_step[0]));
                for (sum, column) in sums.iter_mut().zip(columns) {
                    *sum = s.mul_add_e_f32s(value, column, *sum);
                }
            }
            a = a.add(p.a_step[1]);
            b = b.add(p.b_step);
        }
        for (r, sums) in sums.into_iter().enumerate() {
            let c = p.c.add((row + r) * p.c_step);
            for (n, sum) in sums.into_iter().enumerate() {
                let c = c.add(n * S::F32_LANES).cast::<S::f32s>();
                c.write_unaligned(if p.add { s.add_f32s(c.read_unaligned(), sum) } else { sum });
            }
        }
    }
}

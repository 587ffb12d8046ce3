//! The product of two packed panels in registers: the inner loop of matrix products.
//!
//! A tile of the product has [`rows`] rows and up to [`VECTORS`] vectors of columns. Its sums stay in registers while the
//! loop runs over the depth; each step loads a vector of columns each and spreads one value of each row.

use pulp::Simd;

use super::lanes;

/// Vectors of columns that a full tile has.
pub(crate) const VECTORS: usize = 3;

/// Rows of a tile: so many that the sums leave registers for a row's value and the columns.
pub(crate) const fn rows<S: Simd>() -> usize {
    if S::REGISTER_COUNT >= 32 { 8 } else { 4 }
}

/// Columns of a full tile.
pub(crate) const fn columns<S: Simd>() -> usize {
    VECTORS * S::F32_LANES
}

/// The sums of a tile: `M` rows of `V` vectors.
pub(crate) type Sums<S, const M: usize, const V: usize> = [[<S as Simd>::f32s; V]; M];

/// Sums that start at zero.
#[inline(always)]
pub(crate) fn zeros<S: Simd, const M: usize, const V: usize>(simd: S) -> Sums<S, M, V> {
    [[simd.splat_f32s(0.0); V]; M]
}

/// Adds the product of panel `a` `[depth, M]` and panel `b` `[depth, V * lanes]` to the sums.
///
/// # Safety
/// Both panels are readable at their whole length.
#[inline(always)]
pub(crate) unsafe fn packed<S: Simd, const M: usize, const V: usize>(
    simd: S,
    depth: usize,
    mut a: *const f32,
    mut b: *const f32,
    mut sums: Sums<S, M, V>,
) -> Sums<S, M, V> {
    for _ in 0..depth {
        // SAFETY: the loop visits `depth` rows of both panels, which the caller vouches for.
        unsafe {
            let columns: [S::f32s; V] = lanes::vectors(simd, b);
            for (m, row) in sums.iter_mut().enumerate() {
                let value = simd.splat_f32s(*a.add(m));
                for (sum, column) in row.iter_mut().zip(columns) {
                    *sum = simd.mul_add_e_f32s(value, column, *sum);
                }
            }
            a = a.add(M);
            b = b.add(V * S::F32_LANES);
        }
    }
    sums
}

/// As [`packed`], but each row of `a` lies by itself: `M` pointers to `depth` values.
///
/// # Safety
/// The rows and the panel are readable at their whole length.
#[inline(always)]
pub(crate) unsafe fn by_rows<S: Simd, const M: usize, const V: usize>(
    simd: S,
    depth: usize,
    a: [*const f32; M],
    mut b: *const f32,
    mut sums: Sums<S, M, V>,
) -> Sums<S, M, V> {
    for k in 0..depth {
        // SAFETY: the loop visits `depth` values of each row and as many rows of the panel, which the caller vouches for.
        unsafe {
            let columns: [S::f32s; V] = lanes::vectors(simd, b);
            for (row, a) in sums.iter_mut().zip(a) {
                let value = simd.splat_f32s(*a.add(k));
                for (sum, column) in row.iter_mut().zip(columns) {
                    *sum = simd.mul_add_e_f32s(value, column, *sum);
                }
            }
            b = b.add(V * S::F32_LANES);
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use std::mem::MaybeUninit;

    use proptest::prelude::*;
    use pulp::WithSimd;

    use super::*;
    use crate::kernels::simd;

    /// The product of panel `a` `[depth, rows()]` and panel `b` `[depth, vectors * lanes]`, written to `c`, or added to it.
    ///
    /// `c` has `size[0]` rows of `size[1]` values, which start `stride` values apart; both may be less than the tile's.
    /// Panels are filled up to whole tiles; what stands there doesn't matter. With `add`, `c` holds values.
    #[inline(always)]
    fn product<S: Simd>(
        simd: S,
        depth: usize,
        [a, b]: [&[f32]; 2],
        c: &mut [MaybeUninit<f32>],
        stride: usize,
        size: [usize; 2],
        add: bool,
    ) {
        match (rows::<S>(), size[1].div_ceil(S::F32_LANES)) {
            (8, 1) => sized::<S, 8, 1>(simd, depth, [a, b], c, stride, size, add),
            (8, 2) => sized::<S, 8, 2>(simd, depth, [a, b], c, stride, size, add),
            (8, 3) => sized::<S, 8, 3>(simd, depth, [a, b], c, stride, size, add),
            (_, 1) => sized::<S, 4, 1>(simd, depth, [a, b], c, stride, size, add),
            (_, 2) => sized::<S, 4, 2>(simd, depth, [a, b], c, stride, size, add),
            (_, 3) => sized::<S, 4, 3>(simd, depth, [a, b], c, stride, size, add),
            _ => panic!("a tile has 1 to 3 vectors of columns"),
        }
    }

    /// [`product`] of `M` rows and `V` vectors.
    #[inline(always)]
    fn sized<S: Simd, const M: usize, const V: usize>(
        simd: S,
        depth: usize,
        [a, b]: [&[f32]; 2],
        c: &mut [MaybeUninit<f32>],
        stride: usize,
        [rows, columns]: [usize; 2],
        add: bool,
    ) {
        let lanes = S::F32_LANES;
        assert!(a.len() >= depth * M && b.len() >= depth * V * lanes, "the panels are as deep as said");
        assert!((1..=M).contains(&rows) && columns > (V - 1) * lanes && columns <= V * lanes);
        assert!(c.len() >= (rows - 1) * stride + columns, "the tile lies in its matrix");
        // SAFETY: the panels are as long as asserted.
        let sums = unsafe { packed::<S, M, V>(simd, depth, a.as_ptr(), b.as_ptr(), zeros::<S, M, V>(simd)) };
        let mask = lanes::first(simd, columns - (V - 1) * lanes);
        for (m, row) in sums.into_iter().enumerate().take(rows) {
            for (v, sum) in row.into_iter().enumerate() {
                // SAFETY: row `m` has `columns` values at `m * stride`, within `c` as asserted; the mask covers those of the
                // last vector. Where they are read, they are values.
                unsafe {
                    let place = c.as_mut_ptr().add(m * stride + v * lanes).cast::<f32>();
                    if v + 1 < V {
                        let place = place.cast::<S::f32s>();
                        place.write_unaligned(if add { simd.add_f32s(place.read_unaligned(), sum) } else { sum });
                    } else {
                        let sum = if add { simd.add_f32s(simd.mask_load_ptr_f32s(mask, place), sum) } else { sum };
                        simd.mask_store_ptr_f32s(mask, place, sum);
                    }
                }
            }
        }
    }

    /// Multiplies panels of every size of tile and compares with the plain sums.
    struct Check<'a> {
        depth: usize,
        /// Parts of the tile's rows and columns, in thousandths.
        size: [usize; 2],
        values: &'a [f32],
        add: bool,
    }

    impl WithSimd for Check<'_> {
        type Output = ();

        fn with_simd<S: Simd>(self, simd: S) {
            let size = [self.size[0] * rows::<S>() / 1000 + 1, self.size[1] * columns::<S>() / 1000 + 1];
            let width = size[1].next_multiple_of(S::F32_LANES);
            let value = |i: usize| self.values[i % self.values.len()];
            let a: Vec<f32> = (0..self.depth * rows::<S>()).map(value).collect();
            let b: Vec<f32> = (0..self.depth * width).map(|i| value(i * 7 + 3)).collect();
            let stride = size[1] + 2;
            let mut c = vec![MaybeUninit::new(0.5); stride * rows::<S>()];
            product(simd, self.depth, [&a, &b], &mut c, stride, size, self.add);
            for (m, row) in c.chunks(stride).enumerate() {
                for (n, value) in row.iter().enumerate() {
                    let sum: f32 =
                        (0..self.depth).map(|k| a[k * rows::<S>() + m] * b[k * width + n.min(width - 1)]).sum();
                    let written = m < size[0] && n < size[1];
                    let want = if written { sum + if self.add { 0.5 } else { 0.0 } } else { 0.5 };
                    // SAFETY: all of `c` was filled above.
                    let got = unsafe { value.assume_init() };
                    assert!((got - want).abs() < 1e-4, "{got} is not {want} at {m} {n}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn product_is_the_plain_sum(
            depth in 0usize..20, size in [0usize..1000, 0usize..1000], add: bool,
            values in proptest::collection::vec(-1f32..1.0, 1..200),
        ) {
            for arch in simd::all() {
                arch.dispatch(Check { depth, size, values: &values, add });
            }
        }
    }
}

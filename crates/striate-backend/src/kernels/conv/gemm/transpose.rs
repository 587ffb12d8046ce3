//! Transposition of small matrices.

use pulp::Simd;

/// Rows and columns of the blocks that are transposed.
pub(super) const SIDE: usize = 16;

/// Writes `from` `[rows, columns]`, whose rows start `from_stride` apart, to `to` `[columns, rows]`, whose rows start
/// `to_stride` apart. Rows and columns count up to a multiple of [`SIDE`] or, for rows, up to `to_stride`.
#[inline(always)]
pub(super) fn transpose<S: Simd>(
    simd: S,
    [rows, columns]: [usize; 2],
    (from, from_stride): (&[f32], usize),
    (to, to_stride): (&mut [f32], usize),
) {
    let _ = simd;
    let columns = columns.next_multiple_of(SIDE);
    let rows = rows.next_multiple_of(SIDE).min(to_stride);
    assert!(from.len() >= (rows - 1) * from_stride + columns && to.len() >= columns * to_stride);
    #[cfg(target_arch = "x86_64")]
    if std::any::TypeId::of::<S>() == std::any::TypeId::of::<pulp::x86::V4>() && rows % SIDE == 0 {
        for row in (0..rows).step_by(SIDE) {
            for column in (0..columns).step_by(SIDE) {
                // SAFETY: the block lies in both matrices, as asserted, and the machine has AVX-512 where `V4` exists.
                unsafe {
                    let from = from.as_ptr().add(row * from_stride + column);
                    avx512(from, from_stride, to.as_mut_ptr().add(column * to_stride + row), to_stride);
                }
            }
        }
        return;
    }
    for column in (0..columns).step_by(8) {
        for row in 0..rows {
            let values = &from[row * from_stride + column..][..8];
            for (i, value) in values.iter().enumerate() {
                to[(column + i) * to_stride + row] = *value;
            }
        }
    }
}

/// Transposes a block of 16 rows and columns.
///
/// # Safety
/// The machine has AVX-512, and the block lies in both matrices.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn avx512(from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize) {
    use std::arch::x86_64::*;
    // SAFETY: the caller vouches for the instructions and for the memory.
    unsafe {
        // Row `i` holds four values of each of the rows `i % 4 + 4 * quarter`.
        let quarter = |i: usize, column: usize| _mm_loadu_ps(from.add(i * from_stride + column));
        for column in 0..4 {
            let r: [__m512; 4] = std::array::from_fn(|i| {
                let low =
                    _mm512_insertf32x4::<1>(_mm512_castps128_ps512(quarter(i, 4 * column)), quarter(i + 4, 4 * column));
                let low = _mm512_insertf32x4::<2>(low, quarter(i + 8, 4 * column));
                _mm512_insertf32x4::<3>(low, quarter(i + 12, 4 * column))
            });
            let t0 = _mm512_castps_pd(_mm512_unpacklo_ps(r[0], r[1]));
            let t1 = _mm512_castps_pd(_mm512_unpackhi_ps(r[0], r[1]));
            let t2 = _mm512_castps_pd(_mm512_unpacklo_ps(r[2], r[3]));
            let t3 = _mm512_castps_pd(_mm512_unpackhi_ps(r[2], r[3]));
            let out = [
                _mm512_unpacklo_pd(t0, t2),
                _mm512_unpackhi_pd(t0, t2),
                _mm512_unpacklo_pd(t1, t3),
                _mm512_unpackhi_pd(t1, t3),
            ];
            for (i, out) in out.into_iter().enumerate() {
                _mm512_storeu_ps(to.add((4 * column + i) * to_stride), _mm512_castpd_ps(out));
            }
        }
    }
}

/// Writes 8 rows of `columns` values, which start `from_stride` apart, to `to` `[columns, 8]`.
#[inline(always)]
pub(super) fn eight<S: Simd>(_: S, columns: usize, from: &[f32], from_stride: usize, to: &mut [f32]) {
    assert!(from.len() >= 7 * from_stride + columns && to.len() >= 8 * columns);
    let mut done = 0;
    #[cfg(target_arch = "x86_64")]
    if std::any::TypeId::of::<S>() == std::any::TypeId::of::<pulp::x86::V4>() {
        while done + 4 <= columns {
            // SAFETY: the machine has AVX-512, and so AVX, where `V4` exists; four columns are left in both slices.
            unsafe {
                use std::arch::x86_64::*;
                let row = |i: usize| _mm_loadu_ps(from.as_ptr().add(i * from_stride + done));
                let r: [__m256; 4] = std::array::from_fn(|i| _mm256_set_m128(row(i + 4), row(i)));
                let (t0, t1) = (_mm256_unpacklo_ps(r[0], r[1]), _mm256_unpackhi_ps(r[0], r[1]));
                let (t2, t3) = (_mm256_unpacklo_ps(r[2], r[3]), _mm256_unpackhi_ps(r[2], r[3]));
                let out = [
                    _mm256_shuffle_ps::<0x44>(t0, t2),
                    _mm256_shuffle_ps::<0xee>(t0, t2),
                    _mm256_shuffle_ps::<0x44>(t1, t3),
                    _mm256_shuffle_ps::<0xee>(t1, t3),
                ];
                for (i, out) in out.into_iter().enumerate() {
                    _mm256_storeu_ps(to.as_mut_ptr().add((done + i) * 8), out);
                }
            }
            done += 4;
        }
    }
    for column in done..columns {
        for (row, to) in to[column * 8..][..8].iter_mut().enumerate() {
            *to = from[row * from_stride + column];
        }
    }
}

#[cfg(test)]
mod tests {
    use pulp::WithSimd;

    use super::*;
    use crate::kernels::simd;

    struct Check([usize; 2]);

    impl WithSimd for Check {
        type Output = ();

        fn with_simd<S: Simd>(self, simd: S) {
            let [rows, columns] = self.0;
            let (wide, high) = (columns.next_multiple_of(SIDE), rows.next_multiple_of(SIDE));
            let from: Vec<f32> = (0..high * wide).map(|i| i as f32).collect();
            let mut to = vec![0.0; wide * (high + 3)];
            transpose(simd, self.0, (&from, wide), (&mut to, high + 3));
            if rows >= 8 {
                let mut to = vec![0.0; 8 * columns];
                eight(simd, columns, &from, wide, &mut to);
                assert!((0..8 * columns).all(|i| to[i] == from[i % 8 * wide + i / 8]));
            }
            for (row, column) in (0..rows).flat_map(|r| (0..columns).map(move |c| (r, c))) {
                assert_eq!(to[column * (high + 3) + row], from[row * wide + column]);
            }
        }
    }

    #[test]
    fn rows_become_columns() {
        for arch in simd::all() {
            for size in [[1, 1], [16, 16], [20, 33], [48, 5]] {
                arch.dispatch(Check(size));
            }
        }
    }
}

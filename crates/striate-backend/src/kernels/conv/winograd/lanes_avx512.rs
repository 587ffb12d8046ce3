//! Transpositions of 16 x 16 values in the registers of AVX-512.

use std::arch::x86_64::*;

use super::lanes::Last;

#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl")]
fn transposed(r: [__m512; 16]) -> [__m512; 16] {
    let zero = _mm512_setzero_ps();
    let (mut pairs, mut quads, mut halves, mut all) = ([zero; 16], [zero; 16], [zero; 16], [zero; 16]);
    for i in 0..8 {
        pairs[2 * i] = _mm512_unpacklo_ps(r[2 * i], r[2 * i + 1]);
        pairs[2 * i + 1] = _mm512_unpackhi_ps(r[2 * i], r[2 * i + 1]);
    }
    // `quads[4 * i + j]`: of each group of 4 columns, column `j` of rows `4 * i..4 * i + 4`.
    for i in 0..4 {
        for j in 0..2 {
            let (low, high) = (_mm512_castps_pd(pairs[4 * i + j]), _mm512_castps_pd(pairs[4 * i + j + 2]));
            quads[4 * i + 2 * j] = _mm512_castpd_ps(_mm512_unpacklo_pd(low, high));
            quads[4 * i + 2 * j + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(low, high));
        }
    }
    // Groups 0 and 2, then 1 and 3 of rows 0..8 and of rows 8..16.
    for i in 0..2 {
        for j in 0..4 {
            let (low, high) = (quads[8 * i + j], quads[8 * i + 4 + j]);
            halves[8 * i + j] = _mm512_shuffle_f32x4::<0b10_00_10_00>(low, high);
            halves[8 * i + 4 + j] = _mm512_shuffle_f32x4::<0b11_01_11_01>(low, high);
        }
    }
    for j in 0..4 {
        all[j] = _mm512_shuffle_f32x4::<0b10_00_10_00>(halves[j], halves[8 + j]);
        all[8 + j] = _mm512_shuffle_f32x4::<0b11_01_11_01>(halves[j], halves[8 + j]);
        all[4 + j] = _mm512_shuffle_f32x4::<0b10_00_10_00>(halves[4 + j], halves[12 + j]);
        all[12 + j] = _mm512_shuffle_f32x4::<0b11_01_11_01>(halves[4 + j], halves[12 + j]);
    }
    all
}

fn mask(count: usize) -> __mmask16 {
    if count >= 16 { u16::MAX } else { (1 << count) - 1 }
}

/// As `lanes::from_planes`.
///
/// # Safety
/// As there.
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl")]
pub(super) unsafe fn from_planes(from: *const f32, plane: usize, channels: usize, px: usize, to: *mut f32) {
    for first in (0..px).step_by(16) {
        let count = 16.min(px - first);
        let columns = mask(count);
        let mut rows = [_mm512_setzero_ps(); 16];
        // SAFETY: the mask leaves only the px that the caller promises.
        unsafe {
            if channels >= 16 {
                for (i, row) in rows.iter_mut().enumerate() {
                    *row = _mm512_maskz_loadu_ps(columns, from.add(i * plane + first));
                }
            } else {
                for (i, row) in rows.iter_mut().enumerate().take(channels) {
                    *row = _mm512_maskz_loadu_ps(columns, from.add(i * plane + first));
                }
            }
            let columns = transposed(rows);
            if count == 16 {
                for (i, column) in columns.into_iter().enumerate() {
                    _mm512_storeu_ps(to.add((first + i) * 16), column);
                }
            } else {
                for (i, column) in columns.into_iter().enumerate().take(count) {
                    _mm512_storeu_ps(to.add((first + i) * 16), column);
                }
            }
        }
    }
}

/// As `lanes::to_planes`.
///
/// # Safety
/// As there.
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl")]
pub(super) unsafe fn to_planes(from: *const f32, px: usize, to: *mut f32, plane: usize, channels: usize, last: Last) {
    for first in (0..px).step_by(16) {
        let count = 16.min(px - first);
        let mut rows = [_mm512_setzero_ps(); 16];
        // SAFETY: `from` has `count` more rows; the mask leaves only the px that the caller promises.
        unsafe {
            if count == 16 {
                for (i, row) in rows.iter_mut().enumerate() {
                    *row = _mm512_loadu_ps(from.add((first + i) * 16));
                }
            } else {
                for (i, row) in rows.iter_mut().enumerate().take(count) {
                    *row = _mm512_loadu_ps(from.add((first + i) * 16));
                }
            }
            let mut planes = transposed(rows);
            let columns = mask(count);
            if !last.add.is_null() {
                for (i, values) in planes.iter_mut().enumerate().take(channels) {
                    let more = _mm512_maskz_loadu_ps(columns, last.add.add(i * plane + first));
                    *values = _mm512_add_ps(*values, more);
                }
            }
            if let Some((low, high)) = last.clamp {
                let (low, high) = (_mm512_set1_ps(low), _mm512_set1_ps(high));
                for values in &mut planes {
                    // Of two operands one of which is NaN, these instructions give the second.
                    *values = _mm512_min_ps(high, _mm512_max_ps(low, *values));
                }
            }
            if channels >= 16 {
                for (i, values) in planes.into_iter().enumerate() {
                    _mm512_mask_storeu_ps(to.add(i * plane + first), columns, values);
                }
            } else {
                for (i, values) in planes.into_iter().enumerate().take(channels) {
                    _mm512_mask_storeu_ps(to.add(i * plane + first), columns, values);
                }
            }
        }
    }
}

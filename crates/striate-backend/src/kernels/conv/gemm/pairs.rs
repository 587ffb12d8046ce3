//! Values at even and at odd places, apart and together.

use std::mem::MaybeUninit;

use pulp::Simd;

/// Copies the values at even places to `even` and the others to `odd`.
#[inline(always)]
pub(super) fn split<S: Simd>(_: S, from: &[f32], even: &mut [f32], odd: &mut [f32]) {
    let pairs = from.len() / 2;
    let (even_pairs, odd_pairs) = (&mut even[..pairs], &mut odd[..pairs]);
    let mut done = 0;
    #[cfg(target_arch = "x86_64")]
    if std::any::TypeId::of::<S>() == std::any::TypeId::of::<pulp::x86::V4>() {
        while done + 16 <= pairs {
            // SAFETY: the machine has AVX-512 where `V4` exists; 16 pairs are left in each slice.
            unsafe {
                use std::arch::x86_64::*;
                let evens = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
                let odds = _mm512_add_epi32(evens, _mm512_set1_epi32(1));
                let values = from.as_ptr().add(2 * done);
                let (low, high) = (_mm512_loadu_ps(values), _mm512_loadu_ps(values.add(16)));
                _mm512_storeu_ps(even_pairs.as_mut_ptr().add(done), _mm512_permutex2var_ps(low, evens, high));
                _mm512_storeu_ps(odd_pairs.as_mut_ptr().add(done), _mm512_permutex2var_ps(low, odds, high));
            }
            done += 16;
        }
    }
    for i in done..pairs {
        even_pairs[i] = from[2 * i];
        odd_pairs[i] = from[2 * i + 1];
    }
    if from.len() % 2 == 1 {
        even[pairs] = from[from.len() - 1];
    }
}

/// Writes the values of `even` to even places and those of `odd` to the others.
#[inline(always)]
pub(super) fn join<S: Simd>(_: S, even: &[f32], odd: &[f32], to: &mut [MaybeUninit<f32>]) {
    let pairs = to.len() / 2;
    let (even_pairs, odd_pairs) = (&even[..pairs], &odd[..pairs]);
    let mut done = 0;
    #[cfg(target_arch = "x86_64")]
    if std::any::TypeId::of::<S>() == std::any::TypeId::of::<pulp::x86::V4>() {
        while done + 16 <= pairs {
            // SAFETY: the machine has AVX-512 where `V4` exists; 16 pairs are left in each slice.
            unsafe {
                use std::arch::x86_64::*;
                let first = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
                let second = _mm512_add_epi32(first, _mm512_set1_epi32(8));
                let low = _mm512_loadu_ps(even_pairs.as_ptr().add(done));
                let high = _mm512_loadu_ps(odd_pairs.as_ptr().add(done));
                let values = to.as_mut_ptr().add(2 * done).cast::<f32>();
                _mm512_storeu_ps(values, _mm512_permutex2var_ps(low, first, high));
                _mm512_storeu_ps(values.add(16), _mm512_permutex2var_ps(low, second, high));
            }
            done += 16;
        }
    }
    for i in done..pairs {
        to[2 * i].write(even_pairs[i]);
        to[2 * i + 1].write(odd_pairs[i]);
    }
    if to.len() % 2 == 1 {
        to[2 * pairs].write(even[pairs]);
    }
}

#[cfg(test)]
mod tests {
    use pulp::WithSimd;

    use super::*;
    use crate::kernels::simd;

    struct Check(usize);

    impl WithSimd for Check {
        type Output = ();

        fn with_simd<S: Simd>(self, simd: S) {
            let values: Vec<f32> = (0..self.0).map(|i| i as f32).collect();
            let (mut even, mut odd) = (vec![0.0; self.0.div_ceil(2)], vec![0.0; self.0 / 2]);
            split(simd, &values, &mut even, &mut odd);
            assert!(even.iter().enumerate().all(|(i, value)| *value == (2 * i) as f32));
            assert!(odd.iter().enumerate().all(|(i, value)| *value == (2 * i + 1) as f32));
            let mut joined = vec![MaybeUninit::new(0.0); self.0];
            join(simd, &even, &odd, &mut joined);
            // SAFETY: all values were set when the vector was made.
            assert!(joined.iter().zip(&values).all(|(got, want)| unsafe { got.assume_init() } == *want));
        }
    }

    #[test]
    fn pairs_are_split_and_joined() {
        for arch in simd::all() {
            for len in [0, 1, 2, 15, 32, 33, 64, 71] {
                arch.dispatch(Check(len));
            }
        }
    }
}

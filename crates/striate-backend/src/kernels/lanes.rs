//! Vectors over runs of values, and the loop of everything that treats each value by itself.

use std::mem::MaybeUninit;

use pulp::{MemMask, Simd, WithSimd};

use super::parallel;
use super::simd::Arch;

/// Values that one task takes at a time: 64 KiB.
const CHUNK: usize = 1 << 14;

/// The start of values that several tasks write, each its own part.
#[derive(Clone, Copy)]
pub(crate) struct Place<T>(*mut T);

// SAFETY: whoever turns a place into a reference or writes through it promises that no other task touches that part.
unsafe impl<T: Send> Send for Place<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Place<T> {}

impl<T> Place<T> {
    /// The start of `values`, which stay borrowed by the caller.
    pub(crate) fn of(values: &mut [MaybeUninit<T>]) -> Self {
        Self(values.as_mut_ptr().cast())
    }

    /// The start of `values`, which stay borrowed by the caller.
    pub(crate) fn over(values: &mut [T]) -> Self {
        Self(values.as_mut_ptr())
    }

    /// The start of `values`, to be read only, which stay borrowed by the caller.
    pub(crate) fn reading(values: &[T]) -> Self {
        Self(values.as_ptr().cast_mut())
    }

    /// The first value, to be read.
    pub(crate) fn start(self) -> *const T {
        self.0
    }

    /// The place of value `offset`.
    ///
    /// # Safety
    /// It is within the values, or one past them.
    pub(crate) unsafe fn at(self, offset: usize) -> *mut T {
        // SAFETY: the caller's promise.
        unsafe { self.0.add(offset) }
    }
}

/// A mask of the first `count` lanes.
#[inline(always)]
pub(crate) fn first<S: Simd>(simd: S, count: usize) -> MemMask<S::m32s> {
    // Made anew from its bits: the mask that comes with routines to call for each load is slower than an inlined one.
    MemMask::new(simd.mask_between_m32s(0, count as u32).mask())
}

/// A whole vector from `from` on.
///
/// # Safety
/// That many values can be read there.
#[inline(always)]
pub(crate) unsafe fn load<S: Simd>(_: S, from: *const f32) -> S::f32s {
    // SAFETY: the caller's promise; a vector is plain values.
    unsafe { from.cast::<S::f32s>().read_unaligned() }
}

/// `N` whole vectors, one after the other, from `from` on.
///
/// By loops, as everything here that is made for each instruction set: `map` and `from_fn` of arrays are twenty times the
/// code before it is optimised away.
///
/// # Safety
/// That many values can be read there.
#[inline(always)]
pub(crate) unsafe fn vectors<S: Simd, const N: usize>(simd: S, from: *const f32) -> [S::f32s; N] {
    let mut vectors = [simd.splat_f32s(0.0); N];
    for n in 0..N {
        // SAFETY: the caller's promise.
        vectors[n] = unsafe { load(simd, from.add(n * S::F32_LANES)) };
    }
    vectors
}

/// Writes a whole vector from `to` on.
///
/// # Safety
/// That many values can be written there.
#[inline(always)]
pub(crate) unsafe fn store<S: Simd>(_: S, to: *mut f32, values: S::f32s) {
    // SAFETY: the caller's promise.
    unsafe { to.cast::<S::f32s>().write_unaligned(values) }
}

/// Copies values; for runs too short for a call.
#[inline(always)]
pub(crate) fn copy<S: Simd>(simd: S, from: &[f32], to: &mut [f32]) {
    let len = to.len().min(from.len());
    let whole = len - len % S::F32_LANES;
    let (from, to) = (from.as_ptr(), to.as_mut_ptr());
    // SAFETY: all vectors are within the values; the mask has just the lanes that are left.
    unsafe {
        for place in (0..whole).step_by(S::F32_LANES) {
            store(simd, to.add(place), load(simd, from.add(place)));
        }
        if whole < len {
            let mask = first(simd, len - whole);
            simd.mask_store_ptr_f32s(mask, to.add(whole), simd.mask_load_ptr_f32s(mask, from.add(whole)));
        }
    }
}

/// `value`, at least `low` and at most `high`; NaN stays NaN.
#[inline(always)]
pub(crate) fn clamp<S: Simd>(simd: S, value: S::f32s, low: f32, high: f32) -> S::f32s {
    let (low, high) = (simd.splat_f32s(low), simd.splat_f32s(high));
    let raised = simd.select_f32s(simd.less_than_f32s(value, low), low, value);
    simd.select_f32s(simd.greater_than_f32s(raised, high), high, raised)
}

/// The sum of all values: of chunks in `f32`, and of those in `f64`.
#[inline(always)]
pub(crate) fn sum<S: Simd>(simd: S, values: &[f32]) -> f64 {
    let mut total = 0.0;
    for chunk in values.chunks(1 << 12) {
        let (fours, rest) = S::as_simd_f32s(chunk).0.as_chunks::<4>();
        let mut sums = [simd.splat_f32s(0.0); 4];
        for four in fours {
            for (sum, values) in sums.iter_mut().zip(four) {
                *sum = simd.add_f32s(*sum, *values);
            }
        }
        for (sum, values) in sums.iter_mut().zip(rest) {
            *sum = simd.add_f32s(*sum, *values);
        }
        sums[3] = simd.add_f32s(sums[3], simd.partial_load_f32s(S::as_simd_f32s(chunk).1));
        let halves = [simd.add_f32s(sums[0], sums[1]), simd.add_f32s(sums[2], sums[3])];
        total += f64::from(simd.reduce_sum_f32s(simd.add_f32s(halves[0], halves[1])));
    }
    total
}

/// What becomes of the values at one place of `I` inputs: those of `O` outputs.
pub(crate) trait Lanes<const I: usize, const O: usize>: Copy + Sync {
    /// The outputs of a vector of places.
    fn of<S: Simd>(self, simd: S, values: [S::f32s; I]) -> [S::f32s; O];
}

/// Treats `len` places; an output may be the same memory as an input.
///
/// # Safety
/// All inputs can be read and all outputs written over `len` values. An output equals an input's place or is apart from all.
#[inline(always)]
pub(crate) unsafe fn each<S: Simd, const I: usize, const O: usize>(
    simd: S,
    of: impl Lanes<I, O>,
    from: [*const f32; I],
    to: [*mut f32; O],
    len: usize,
) {
    let mut values = [simd.splat_f32s(0.0); I];
    let mut place = 0;
    while place + S::F32_LANES <= len {
        for i in 0..I {
            // SAFETY: a whole vector is left from `place` on.
            values[i] = unsafe { load(simd, from[i].add(place)) };
        }
        let results = of.of(simd, values);
        for o in 0..O {
            // SAFETY: as above.
            unsafe { store(simd, to[o].add(place), results[o]) };
        }
        place += S::F32_LANES;
    }
    if place < len {
        let mask = first(simd, len - place);
        for i in 0..I {
            // SAFETY: the mask has just the lanes that are left.
            values[i] = unsafe { simd.mask_load_ptr_f32s(mask, from[i].add(place)) };
        }
        let results = of.of(simd, values);
        for o in 0..O {
            // SAFETY: as above.
            unsafe { simd.mask_store_ptr_f32s(mask, to[o].add(place), results[o]) };
        }
    }
}

/// `each` for one instruction set, over the `len` places from `start` on.
struct Run<'a, F, const I: usize, const O: usize> {
    of: F,
    from: &'a [Place<f32>; I],
    to: &'a [Place<f32>; O],
    start: usize,
    len: usize,
}

impl<F: Lanes<I, O>, const I: usize, const O: usize> WithSimd for Run<'_, F, I, O> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // SAFETY: whoever made this promised what `each` asks for.
        unsafe { each(simd, self.of, starts(self.from, self.start), starts_mut(self.to, self.start), self.len) };
    }
}

/// Where value `at` of each is.
///
/// # Safety
/// As of [`Place::at`].
unsafe fn starts<const N: usize>(places: &[Place<f32>; N], at: usize) -> [*const f32; N] {
    // SAFETY: the caller's promise.
    places.map(|place| unsafe { place.at(at).cast_const() })
}

/// As [`starts`], to write there.
///
/// # Safety
/// As of [`Place::at`].
unsafe fn starts_mut<const N: usize>(places: &[Place<f32>; N], at: usize) -> [*mut f32; N] {
    // SAFETY: the caller's promise.
    places.map(|place| unsafe { place.at(at) })
}

/// The places of inputs.
fn readings<const N: usize>(values: [&[f32]; N]) -> [Place<f32>; N] {
    values.map(Place::reading)
}

/// The places of outputs.
fn places<const N: usize>(values: [&mut [MaybeUninit<f32>]; N]) -> [Place<f32>; N] {
    values.map(Place::of)
}

/// The places of values that are inputs and outputs.
fn places_over<const N: usize>(values: [&mut [f32]; N]) -> [Place<f32>; N] {
    values.map(Place::over)
}

/// Treats all places in parallel.
///
/// # Safety
/// As of [`each`].
unsafe fn all<const I: usize, const O: usize>(
    arch: Arch,
    of: impl Lanes<I, O>,
    from: [Place<f32>; I],
    to: [Place<f32>; O],
    len: usize,
) {
    parallel::each(len.div_ceil(CHUNK), &|chunk| {
        let start = chunk * CHUNK;
        // The start is within the values, and each task has a part of its own.
        arch.dispatch(Run { of, from: &from, to: &to, start, len: CHUNK.min(len - start) });
    });
}

/// Writes `to` from the values of `from` at the same places; all have one length.
pub(crate) fn map<const I: usize, const O: usize>(
    arch: Arch,
    of: impl Lanes<I, O>,
    from: [&[f32]; I],
    to: [&mut [MaybeUninit<f32>]; O],
) {
    let len = to[0].len();
    assert!(from.iter().all(|f| f.len() == len) && to.iter().all(|t| t.len() == len));
    // SAFETY: all are of length `len`, and the borrows keep the outputs apart from all else. Inputs are only read.
    unsafe { all(arch, of, readings(from), places(to), len) }
}

/// Replaces the values of `over` from themselves and those of `from`; all have one length. The inputs of `of` are those of
/// `over`, then those of `from`: `I` is `O + R`.
pub(crate) fn map_over<const I: usize, const O: usize, const R: usize>(
    arch: Arch,
    of: impl Lanes<I, O>,
    over: [&mut [f32]; O],
    from: [&[f32]; R],
) {
    const { assert!(I == O + R) };
    let len = over[0].len();
    assert!(from.iter().all(|f| f.len() == len) && over.iter().all(|t| t.len() == len));
    let (to, read) = (places_over(over), readings(from));
    let mut from = [to[0]; I];
    from[..O].copy_from_slice(&to);
    from[O..].copy_from_slice(&read);
    // SAFETY: all are of length `len`, and the borrows keep those of `over` apart from all else. `from` is only read.
    unsafe { all(arch, of, from, to, len) }
}

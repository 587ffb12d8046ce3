//! What the tests of the kernels share.

use std::mem::MaybeUninit;

/// Values in `[-1, 1)` that repeat with no period of these shapes.
pub(crate) fn values(len: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..len).map(|_| next()).collect()
}

/// What `write` leaves in `len` values; those it leaves out are NaN.
pub(crate) fn written(len: usize, write: impl FnOnce(&mut [MaybeUninit<f32>])) -> Vec<f32> {
    let mut output = Vec::with_capacity(len);
    output.resize_with(len, || MaybeUninit::new(f32::from_bits(0x7fc1_2345)));
    write(&mut output);
    // SAFETY: every value was initialized above.
    output.into_iter().map(|v| unsafe { v.assume_init() }).collect()
}

/// Asserts that each value is as wanted, within `tolerance` of it (of 1, if it is smaller).
#[track_caller]
pub(crate) fn near(got: &[f32], want: &[f32], tolerance: f32) {
    assert_eq!(got.len(), want.len());
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        let same = got == want || got.is_nan() && want.is_nan();
        assert!(same || (got - want).abs() <= tolerance * want.abs().max(1.0), "value {i} is {got}, not {want}");
    }
}

/// Runs with 1, 2 and 7 threads; the bits must be the same.
pub(crate) fn on_threads(work: impl Fn() -> Vec<f32> + Sync) -> Vec<f32> {
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| work().iter().map(|v| v.to_bits()).collect::<Vec<_>>())
    };
    let one = run(1);
    assert!(one == run(2) && one == run(7), "bits depend on the number of threads");
    one.into_iter().map(f32::from_bits).collect()
}

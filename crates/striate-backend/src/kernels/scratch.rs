//! Working memory of the kernels, kept by each thread for its next use.

use std::cell::RefCell;

/// What a thread keeps at most, in values: 16 MiB.
const KEPT: usize = 4 << 20;

/// As a cache line, so that no vector straddles two.
#[repr(align(64))]
#[derive(Clone, Copy)]
struct Line(#[expect(dead_code, reason = "its values are read as a slice")] [f32; 16]);

thread_local! {
    static FREE: RefCell<Vec<Vec<Line>>> = const { RefCell::new(Vec::new()) };
}

/// Calls `work` with `len` values of scratch memory that starts at a cache line. What they hold is left from earlier uses.
pub(crate) fn with<R>(len: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    let mut buffer = take(len.div_ceil(16));
    // SAFETY: a `Line` is 16 `f32` without padding, and the buffer holds at least `len` of them.
    let values = unsafe { std::slice::from_raw_parts_mut(buffer.as_mut_ptr().cast::<f32>(), len) };
    let result = work(values);
    keep(buffer);
    result
}

/// A buffer of at least so many lines: the smallest of the thread's own, or a new one.
fn take(lines: usize) -> Vec<Line> {
    let kept = FREE.with_borrow_mut(|free| {
        let fitting = free.iter().enumerate().filter(|(_, b)| b.len() >= lines).min_by_key(|(_, b)| b.len());
        fitting.map(|(i, _)| i).map(|i| free.swap_remove(i))
    });
    kept.unwrap_or_else(|| vec![Line([0.0; 16]); lines])
}

/// Keeps the buffer for the thread's next use.
fn keep(buffer: Vec<Line>) {
    FREE.with_borrow_mut(|free| {
        free.push(buffer);
        // The largest serve most uses.
        free.sort_by_key(|b| std::cmp::Reverse(b.len()));
        let mut kept = 0;
        free.retain(|b| {
            kept += b.len() * 16;
            kept <= KEPT
        });
    });
}

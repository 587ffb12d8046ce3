//! Tasks on rayon's threads.
//!
//! A task is behind a reference: what shares tasks out is compiled once, and not again for each kernel, whose tasks are long
//! enough for a call.

use rayon::prelude::*;

/// Calls `task` with each number below `count`.
pub(crate) fn each(count: usize, task: &(dyn Fn(usize) + Sync)) {
    (0..count).into_par_iter().for_each(task);
}

/// What `task` makes of each number below `count`, in their order.
pub(crate) fn map<T: Send>(count: usize, task: &(dyn Fn(usize) -> T + Sync)) -> Vec<T> {
    (0..count).into_par_iter().map(task).collect()
}

/// Calls `task` with each chunk of `len` values and its number; the last one may be shorter.
pub(crate) fn each_chunk<T: Send>(values: &mut [T], len: usize, task: &(dyn Fn(usize, &mut [T]) + Sync)) {
    values.par_chunks_mut(len).enumerate().for_each(|(i, chunk)| task(i, chunk));
}

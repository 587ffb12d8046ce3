//! Going through a data set once, on all threads.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;

use crate::panic::message;
use crate::{DataError, Dataset, Sample};

/// Samples whose results wait for their turn at a time.
const AT_ONCE: usize = 1 << 12;

/// Reads each sample once and gives what `look` makes of it, in the samples' order.
pub(super) fn scan<T: Send>(
    dataset: &dyn Dataset,
    look: impl Fn(usize, Result<Sample, DataError>) -> T + Sync,
    mut take: impl FnMut(T),
) {
    for start in (0..dataset.len()).step_by(AT_ONCE) {
        let part = start..dataset.len().min(start + AT_ONCE);
        let seen: Vec<T> = part.into_par_iter().map(|index| look(index, read(dataset, index))).collect();
        seen.into_iter().for_each(&mut take);
    }
}

/// Reads a sample; a panic of a data set's own is an error as in the loader.
fn read(dataset: &dyn Dataset, index: usize) -> Result<Sample, DataError> {
    catch_unwind(AssertUnwindSafe(|| dataset.get(index)))
        .unwrap_or_else(|panic| Err(DataError::Panicked { index, message: message(&*panic) }))
}

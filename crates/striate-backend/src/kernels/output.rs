//! Memory that a kernel fills.

use std::mem::MaybeUninit;

/// Values that `fill` writes, all of them.
///
/// # Safety
/// `fill` initialises every value.
pub(crate) unsafe fn filled<T: Copy>(len: usize, fill: impl FnOnce(&mut [MaybeUninit<T>])) -> Vec<T> {
    let mut values = Vec::with_capacity(len);
    fill(&mut values.spare_capacity_mut()[..len]);
    // SAFETY: they are initialised, as the caller says, and there is room for them.
    unsafe { values.set_len(len) };
    values
}

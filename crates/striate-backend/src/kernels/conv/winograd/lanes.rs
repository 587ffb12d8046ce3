//! Between planes of px, `[channels, px]`, and px of 16 channels side by side, `[px, 16]`: transpositions.

use pulp::Simd;

/// Channels that lie side by side, whatever the instruction set.
pub(super) const LANES: usize = 16;

/// What [`to_planes`] does to a value before it writes it.
#[derive(Clone, Copy)]
pub(super) struct Last {
    /// Values to add, placed as those that are written; may be null.
    pub(super) add: *const f32,
    pub(super) clamp: Option<(f32, f32)>,
}

impl Last {
    #[inline(always)]
    fn one(self, at: usize, mut value: f32) -> f32 {
        if !self.add.is_null() {
            // SAFETY: the caller of `to_planes` vouches for as many values as are written.
            value += unsafe { *self.add.add(at) };
        }
        match self.clamp {
            // Unlike `max` and `min`, these comparisons keep NaN.
            Some((low, _)) if value < low => low,
            Some((_, high)) if value > high => high,
            _ => value,
        }
    }
}

/// Copies `px` px of up to 16 planes, whose starts are `plane` apart, to `[px, 16]`; the rest of the 16 lanes is zero.
///
/// # Safety
/// `from` is readable at `channel * plane + px` of every channel and px, `to` writable for `px * 16` values.
#[inline(always)]
pub(super) unsafe fn from_planes<S: Simd>(
    _: S,
    from: *const f32,
    plane: usize,
    channels: usize,
    px: usize,
    to: *mut f32,
) {
    #[cfg(target_arch = "x86_64")]
    if std::any::TypeId::of::<S>() == std::any::TypeId::of::<pulp::x86::V4>() {
        // SAFETY: a value of type `V4` is the proof of its instructions; the rest is the caller's promise.
        return unsafe { super::lanes_avx512::from_planes(from, plane, channels, px, to) };
    }
    for first in (0..px).step_by(LANES) {
        for lane in 0..LANES {
            for at in first..px.min(first + LANES) {
                // SAFETY: within what the caller promises.
                unsafe {
                    *to.add(at * LANES + lane) = if lane < channels { *from.add(lane * plane + at) } else { 0.0 }
                };
            }
        }
    }
}

/// Copies `[px, 16]` to `px` px of up to 16 planes whose starts are `plane` apart.
///
/// # Safety
/// `from` is readable for `px * 16` values, `to` writable (and what is added readable) at `channel * plane + px`.
#[inline(always)]
pub(super) unsafe fn to_planes<S: Simd>(
    _: S,
    from: *const f32,
    px: usize,
    to: *mut f32,
    plane: usize,
    channels: usize,
    last: Last,
) {
    #[cfg(target_arch = "x86_64")]
    if std::any::TypeId::of::<S>() == std::any::TypeId::of::<pulp::x86::V4>() {
        // SAFETY: a value of type `V4` is the proof of its instructions; the rest is the caller's promise.
        return unsafe { super::lanes_avx512::to_planes(from, px, to, plane, channels, last) };
    }
    for first in (0..px).step_by(LANES) {
        for lane in 0..channels {
            for at in first..px.min(first + LANES) {
                let place = lane * plane + at;
                // SAFETY: within what the caller promises.
                unsafe { *to.add(place) = last.one(place, *from.add(at * LANES + lane)) };
            }
        }
    }
}

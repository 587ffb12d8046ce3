//! What a picture's values may be.

use std::fmt;

use crate::Picture;
use crate::ops::{Filter, Region};

/// A picture's value: `u8` in `[0, 255]`, or `f32`, usually in `[0, 1]`. No other types can have it.
pub trait Value: Kind {
    /// White: 255 or 1.
    const MAX: f32;
}

/// How operations see values; in a module of its own so that nobody else can have it.
pub trait Kind: Copy + Default + PartialEq + fmt::Debug + Send + Sync + 'static {
    /// Sums of weighted values: whole numbers stay such.
    type Sum: Copy + Send + Sync + std::ops::Mul<Output = Self::Sum> + std::ops::AddAssign + 'static;

    /// What torchvision's `to_dtype(…, scale=True)` multiplies numbers in `[0, 1]` by: just below 256, or 1.
    const SPREAD: f32;

    /// The value as a number.
    fn number(self) -> f32;
    /// A number as a value: cut off at the range's ends, without its fraction.
    fn cut(number: f32) -> Self;
    /// A number as a value: the nearest whole one in range, or just as it is.
    fn round(number: f32) -> Self;
    /// The value as a number in `[0, 1]`.
    fn unit(self) -> f32;
    /// A number in `[0, 1]` as a value.
    fn from_unit(number: f32) -> Self;
    /// The value as a whole number in `[0, 255]`.
    fn level(self) -> u8;
    /// A whole number in `[0, 255]` as a value.
    fn from_level(level: u8) -> Self;
    /// White without this value.
    fn invert(self) -> Self;
    /// The value with its `bits` highest bits, of 8.
    fn posterize(self, bits: u32) -> Self;
    /// Changes all values by a function of numbers, and [cuts](Self::cut) the results.
    fn map(values: &mut [Self], change: impl Fn(f32) -> f32);

    /// ITU-R BT.601 luma; of whole numbers in 16-bit fixed point, as Pillow rounds it.
    fn luma(rgb: [Self; 3]) -> Self;
    /// Part of a picture in another size. A method of the value's type, so that its loops are compiled in this crate.
    fn resize(region: &Region<'_, Self>, size: [usize; 2], filter: Filter) -> Picture<Self>;
    /// A function of values in `[0, 255]`, as quick as it goes.
    fn prepared(prepare: impl Fn(f32) -> f32) -> impl Fn(Self) -> f32;

    /// A weight of a resize, whose weights add up to 1.
    fn weight(weight: f64) -> Self::Sum;
    /// Where sums of weighted values begin.
    const SUM: Self::Sum;
    /// The value as a part of a sum.
    fn widen(self) -> Self::Sum;
    /// The value that a sum stands for.
    fn narrow(sum: Self::Sum) -> Self;
}

/// What `change` makes of each of a few values, as `[T; N]::map`; within the loop that calls it, in its vector instructions.
#[inline(always)]
pub(crate) fn each<A, B: Copy + Default, const N: usize>(values: [A; N], change: impl Fn(A) -> B) -> [B; N] {
    let mut changed = [B::default(); N];
    for (changed, value) in changed.iter_mut().zip(values) {
        *changed = change(value);
    }
    changed
}

/// Binary places of the weights, as Pillow has them: 8 bits of a value and 2 for what goes beyond remain of 32.
const PLACES: u32 = 32 - 8 - 2;

impl Value for u8 {
    const MAX: f32 = 255.0;
}

impl Kind for u8 {
    type Sum = i32;

    const SPREAD: f32 = 255.0 + 1.0 - 1e-3;

    #[inline(always)]
    fn number(self) -> f32 {
        f32::from(self)
    }

    #[inline(always)]
    fn cut(number: f32) -> Self {
        // Saturates.
        number as u8
    }

    #[inline(always)]
    fn round(number: f32) -> Self {
        number.round_ties_even() as u8
    }

    #[inline(always)]
    fn unit(self) -> f32 {
        f32::from(self) / 255.0
    }

    #[inline(always)]
    fn from_unit(number: f32) -> Self {
        (number * Self::SPREAD) as u8
    }

    #[inline(always)]
    fn level(self) -> u8 {
        self
    }

    #[inline(always)]
    fn from_level(level: u8) -> Self {
        level
    }

    #[inline(always)]
    fn invert(self) -> Self {
        !self
    }

    #[inline(always)]
    fn posterize(self, bits: u32) -> Self {
        self & !(0xff_u16 >> bits) as u8
    }

    fn map(values: &mut [Self], change: impl Fn(f32) -> f32) {
        let table: [u8; 256] = std::array::from_fn(|value| Self::cut(change(value as f32)));
        values.iter_mut().for_each(|value| *value = table[usize::from(*value)]);
    }

    #[inline(always)]
    fn luma([red, green, blue]: [u8; 3]) -> u8 {
        ((19595 * u32::from(red) + 38470 * u32::from(green) + 7471 * u32::from(blue) + 32768) >> 16) as u8
    }

    fn resize(region: &Region<'_, u8>, size: [usize; 2], filter: Filter) -> Picture<u8> {
        region.resized(size, filter)
    }

    fn prepared(prepare: impl Fn(f32) -> f32) -> impl Fn(u8) -> f32 {
        // A pixel has 256 values, a picture thousands of pixels.
        let table: [f32; 256] = std::array::from_fn(|value| prepare(value as f32));
        move |value| table[usize::from(value)]
    }

    fn weight(weight: f64) -> i32 {
        (weight * f64::from(1 << PLACES)).round() as i32
    }

    // A half, so that the shift rounds.
    const SUM: i32 = 1 << (PLACES - 1);

    #[inline(always)]
    fn widen(self) -> i32 {
        i32::from(self)
    }

    #[inline(always)]
    fn narrow(sum: i32) -> Self {
        (sum >> PLACES).clamp(0, 255) as u8
    }
}

impl Value for f32 {
    const MAX: f32 = 1.0;
}

impl Kind for f32 {
    type Sum = f32;

    const SPREAD: f32 = 1.0;

    #[inline(always)]
    fn number(self) -> f32 {
        self
    }

    #[inline(always)]
    fn cut(number: f32) -> Self {
        number.clamp(0.0, 1.0)
    }

    #[inline(always)]
    fn round(number: f32) -> Self {
        number
    }

    #[inline(always)]
    fn unit(self) -> f32 {
        self
    }

    #[inline(always)]
    fn from_unit(number: f32) -> Self {
        number
    }

    #[inline(always)]
    fn level(self) -> u8 {
        u8::from_unit(self)
    }

    #[inline(always)]
    fn from_level(level: u8) -> Self {
        level.unit()
    }

    #[inline(always)]
    fn invert(self) -> Self {
        1.0 - self
    }

    #[inline(always)]
    fn posterize(self, bits: u32) -> Self {
        let levels = (1u32 << bits) as f32;
        (self * levels).floor().clamp(0.0, levels - 1.0) * (1.0 / levels)
    }

    fn map(values: &mut [Self], change: impl Fn(f32) -> f32) {
        values.iter_mut().for_each(|value| *value = Self::cut(change(*value)));
    }

    #[inline(always)]
    fn luma([red, green, blue]: [f32; 3]) -> f32 {
        0.299 * red + 0.587 * green + 0.114 * blue
    }

    fn resize(region: &Region<'_, f32>, size: [usize; 2], filter: Filter) -> Picture<f32> {
        region.resized(size, filter)
    }

    fn prepared(prepare: impl Fn(f32) -> f32) -> impl Fn(f32) -> f32 {
        move |value| prepare(value * 255.0)
    }

    fn weight(weight: f64) -> f32 {
        weight as f32
    }

    const SUM: f32 = 0.0;

    #[inline(always)]
    fn widen(self) -> f32 {
        self
    }

    #[inline(always)]
    fn narrow(sum: f32) -> Self {
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luma_rounds_as_pillow_does() {
        // PIL.Image.new("RGB", (1, 1), color).convert("L")
        for (color, expected) in
            [([255, 0, 0], 76), ([0, 255, 0], 150), ([0, 0, 255], 29), ([255; 3], 255), ([1; 3], 1)]
        {
            assert_eq!(u8::luma(color), expected, "{color:?}");
        }
    }
}

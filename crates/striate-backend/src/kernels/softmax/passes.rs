//! The loops over a row, and over columns of planes.

use pulp::{Simd, WithSimd};

use super::{COLUMNS, Shape, Target};
use crate::kernels::lanes::{self, Lanes, Place, each};
use crate::kernels::pointwise::exp::exp;

/// One row of logits, `[classes]`.
pub(super) struct Row<'a> {
    pub(super) logits: &'a [f32],
    pub(super) target: Target<'a>,
    pub(super) row: usize,
    pub(super) scale: f32,
    pub(super) losses: Place<f32>,
    pub(super) grad: Option<Place<f32>>,
    /// `[classes]`.
    pub(super) exps: &'a mut [f32],
}

/// `e^(x - largest)`.
#[derive(Clone, Copy)]
struct Exp(f32);

impl Lanes<1, 1> for Exp {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [x]: [S::f32s; 1]) -> [S::f32s; 1] {
        [exp(simd, simd.sub_f32s(x, simd.splat_f32s(self.0)))]
    }
}

/// `a x`, less `b t` of a target if there is one.
#[derive(Clone, Copy)]
struct Less(f32, f32);

impl<const I: usize> Lanes<I, 1> for Less {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, values: [S::f32s; I]) -> [S::f32s; 1] {
        let product = simd.mul_f32s(values[0], simd.splat_f32s(self.0));
        [if I > 1 { simd.negate_mul_add_f32s(values[1], simd.splat_f32s(self.1), product) } else { product }]
    }
}

/// The largest of both; NaN if either is.
#[inline(always)]
fn larger<S: Simd>(simd: S, a: S::f32s, b: S::f32s) -> S::f32s {
    // A comparison with NaN is false: NaN in `b` is taken, and NaN in `a` makes the sum NaN.
    simd.select_f32s(simd.greater_than_f32s(a, b), a, simd.select_f32s(simd.equal_f32s(a, a), b, a))
}

impl WithSimd for Row<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { logits, target, row, scale, losses, grad, exps } = self;
        let (vectors, rest) = S::as_simd_f32s(logits);
        let largest = vectors.iter().fold(simd.splat_f32s(f32::NEG_INFINITY), |a, b| larger(simd, a, *b));
        let mut lanes_of = [f32::NEG_INFINITY; 16];
        simd.partial_store_f32s(&mut lanes_of[..S::F32_LANES], largest);
        let widest = |a: f32, b: &f32| if a > *b || a.is_nan() { a } else { *b };
        let largest = lanes_of[..S::F32_LANES].iter().chain(rest).fold(f32::NEG_INFINITY, widest);
        let len = logits.len();
        // SAFETY: both are of `len` values, and the scratch memory is apart.
        unsafe { each(simd, Exp(largest), [logits.as_ptr()], [exps.as_mut_ptr()], len) };
        let sum = lanes::sum(simd, exps);
        let log_sum = sum.ln() + f64::from(largest);
        let place = grad.map(|grad| unsafe {
            // SAFETY: the row is within the gradient, and no other task has it.
            grad.at(row * len)
        });
        let normal = (f64::from(scale) / sum) as f32;
        let loss = match target {
            Target::Classes(numbers) => {
                let number = numbers[row];
                let known = number < len;
                if let Some(place) = place {
                    let normal = if known { normal } else { 0.0 };
                    // SAFETY: the row has `len` values, and `number` is one of them where it counts.
                    unsafe {
                        if known {
                            each(simd, Less(normal, 0.0), [exps.as_ptr()], [place], len);
                            *place.add(number) -= scale;
                        } else {
                            std::slice::from_raw_parts_mut(place, len).fill(0.0);
                        }
                    }
                }
                if known { log_sum - f64::from(logits[number]) } else { 0.0 }
            }
            Target::Probabilities(values) => {
                let values = &values[row * len..][..len];
                let mut total = 0.0;
                let mut loss = 0.0;
                for (logit, probability) in logits.iter().zip(values) {
                    total += f64::from(*probability);
                    // A probability of 0 takes nothing, even of a logit of negative infinity.
                    if *probability != 0.0 {
                        loss += f64::from(*probability) * (log_sum - f64::from(*logit));
                    }
                }
                if let Some(place) = place {
                    let of = Less((f64::from(scale) * total / sum) as f32, scale);
                    // SAFETY: the row has `len` values, and is apart from all else.
                    unsafe { each(simd, of, [exps.as_ptr(), values.as_ptr()], [place], len) };
                }
                loss
            }
        };
        // SAFETY: the row is within the losses, and no other task has it.
        unsafe { losses.at(row).write(loss as f32) };
    }
}

/// `count` places of one row's planes, from `first` on.
pub(super) struct Columns<'a> {
    pub(super) shape: Shape,
    pub(super) logits: &'a [f32],
    pub(super) target: Target<'a>,
    pub(super) row: usize,
    pub(super) first: usize,
    pub(super) count: usize,
    pub(super) scale: f32,
    pub(super) losses: Place<f32>,
    pub(super) grad: Option<Place<f32>>,
    /// `[classes + 4, COLUMNS]`.
    pub(super) memory: &'a mut [f32],
}

/// The largest of both values; NaN if either is.
#[derive(Clone, Copy)]
struct Larger;

impl Lanes<2, 1> for Larger {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [a, b]: [S::f32s; 2]) -> [S::f32s; 1] {
        [larger(simd, a, b)]
    }
}

/// `e^(x - largest)`, and the sum with it.
#[derive(Clone, Copy)]
struct ExpSum;

impl Lanes<3, 2> for ExpSum {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [x, largest, sum]: [S::f32s; 3]) -> [S::f32s; 2] {
        let power = exp(simd, simd.sub_f32s(x, largest));
        [power, simd.add_f32s(sum, power)]
    }
}

/// The product of both values.
#[derive(Clone, Copy)]
struct Product;

impl Lanes<2, 1> for Product {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [a, b]: [S::f32s; 2]) -> [S::f32s; 1] {
        [simd.mul_f32s(a, b)]
    }
}

impl WithSimd for Columns<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { shape: Shape { classes, inner, .. }, logits, target, row, first, count, scale, .. } = self;
        let (exps, rest) = self.memory.split_at_mut(classes * COLUMNS);
        let (largest, rest) = rest.split_at_mut(COLUMNS);
        let (sums, rest) = rest.split_at_mut(COLUMNS);
        let (losses, factors) = rest.split_at_mut(COLUMNS);
        largest.fill(f32::NEG_INFINITY);
        sums.fill(0.0);
        let of_class = |class: usize| (row * classes + class) * inner + first;
        for class in 0..classes {
            let (from, over) = (logits[of_class(class)..][..count].as_ptr(), largest.as_mut_ptr());
            // SAFETY: both have `count` values, and are apart.
            unsafe { each(simd, Larger, [from, over], [over], count) };
        }
        for (class, exps) in exps.chunks_exact_mut(COLUMNS).enumerate() {
            let (from, sums) = (logits[of_class(class)..][..count].as_ptr(), sums.as_mut_ptr());
            // SAFETY: all have `count` values; the sums alone are both read and written.
            unsafe { each(simd, ExpSum, [from, largest.as_ptr(), sums], [exps.as_mut_ptr(), sums], count) };
        }
        // How much each place's probabilities are in all: 1, or 0 for a place that doesn't count.
        match target {
            Target::Classes(numbers) => {
                let numbers = &numbers[row * inner + first..][..count];
                for (x, number) in numbers.iter().enumerate() {
                    let known = *number < classes;
                    factors[x] = if known { 1.0 } else { 0.0 };
                    let log_sum = f64::from(sums[x]).ln() + f64::from(largest[x]);
                    let loss = if known { log_sum - f64::from(logits[of_class(*number) + x]) } else { 0.0 };
                    losses[x] = loss as f32;
                }
            }
            Target::Probabilities(values) => {
                for x in 0..count {
                    let log_sum = f64::from(sums[x]).ln() + f64::from(largest[x]);
                    let (mut total, mut loss) = (0.0, 0.0);
                    for class in 0..classes {
                        let probability = f64::from(values[of_class(class) + x]);
                        total += probability;
                        if probability != 0.0 {
                            loss += probability * (log_sum - f64::from(logits[of_class(class) + x]));
                        }
                    }
                    factors[x] = total as f32;
                    losses[x] = loss as f32;
                }
            }
        }
        for (x, loss) in losses[..count].iter().enumerate() {
            // SAFETY: the places are within the losses, and no other task has them.
            unsafe { self.losses.at(row * inner + first + x).write(*loss) };
        }
        let Some(grad) = self.grad else { return };
        for (factor, sum) in factors[..count].iter_mut().zip(&*sums) {
            *factor =
                if *factor == 0.0 { 0.0 } else { (f64::from(scale) * f64::from(*factor) / f64::from(*sum)) as f32 };
        }
        for (class, exps) in exps.chunks_exact(COLUMNS).enumerate() {
            // SAFETY: the places are within the gradient, and no other task has them.
            unsafe {
                let to = grad.at(of_class(class));
                each(simd, Product, [exps.as_ptr(), factors.as_ptr()], [to], count);
                if let Target::Probabilities(values) = target {
                    let values = values[of_class(class)..][..count].as_ptr();
                    each(simd, Less(1.0, scale), [to.cast_const(), values], [to], count);
                }
            }
        }
        if let Target::Classes(numbers) = target {
            let numbers = &numbers[row * inner + first..][..count];
            for (x, number) in numbers.iter().enumerate().filter(|(_, number)| **number < classes) {
                // SAFETY: as above.
                unsafe { *grad.at(of_class(*number) + x) -= scale };
            }
        }
    }
}

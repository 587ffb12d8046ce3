//! The softmax cross-entropy of logits `[rows, classes, inner]`: `inner` is 1 for a class per row, or the px of a plane.
//!
//! The loss of a place is `ln sum(e^(z - max)) - (z_target - max)`, and with probabilities the mean of that by them; its
//! gradient is `softmax - target`. The largest logit is taken off first, so that nothing overflows.

mod passes;
#[cfg(test)]
mod tests;

use std::mem::MaybeUninit;

use rayon::prelude::*;

use self::passes::{Columns, Row};
use super::lanes::Place;
use super::scratch;
use super::simd::Arch;

/// Values of a task at least.
const TASK: usize = 1 << 14;

/// Places of a plane that are treated together, where `inner` is more than 1.
const COLUMNS: usize = 256;

/// What the softmax is compared with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target<'a> {
    /// The number of a class for each place, `[rows, inner]`. A place whose number is none has loss and gradient 0.
    Classes(&'a [usize]),
    /// Probabilities, `[rows, classes, inner]`.
    Probabilities(&'a [f32]),
}

/// Sizes of the logits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) rows: usize,
    pub(crate) classes: usize,
    pub(crate) inner: usize,
}

/// Writes the loss of each place to `losses` `[rows, inner]`, and `scale` times its gradient for the logits to `grad`, of the
/// logits' shape, if that is wanted. The gradient needs no pass of its own.
pub(crate) fn cross_entropy(
    arch: Arch,
    shape: Shape,
    logits: &[f32],
    target: Target<'_>,
    scale: f32,
    losses: &mut [MaybeUninit<f32>],
    grad: Option<&mut [MaybeUninit<f32>]>,
) {
    let Shape { rows, classes, inner } = shape;
    assert!(logits.len() == rows * classes * inner && losses.len() == rows * inner);
    assert!(grad.as_ref().is_none_or(|grad| grad.len() == logits.len()));
    match target {
        Target::Classes(numbers) => assert!(numbers.len() == losses.len()),
        Target::Probabilities(values) => assert!(values.len() == logits.len()),
    }
    if losses.is_empty() {
        return;
    }
    let (losses, grad) = (Place::of(losses), grad.map(|grad| Place::of(grad)));
    if inner == 1 {
        let per_task = TASK.div_ceil(classes.max(1));
        (0..rows.div_ceil(per_task)).into_par_iter().for_each(|task| {
            scratch::with(classes, |exps| {
                for row in task * per_task..rows.min((task + 1) * per_task) {
                    let logits = &logits[row * classes..][..classes];
                    arch.dispatch(Row { logits, target, row, scale, losses, grad, exps });
                }
            });
        });
    } else {
        let blocks = inner.div_ceil(COLUMNS);
        (0..rows * blocks).into_par_iter().for_each(|i| {
            let (row, first) = (i / blocks, i % blocks * COLUMNS);
            let count = COLUMNS.min(inner - first);
            scratch::with((classes + 4) * COLUMNS, |memory| {
                arch.dispatch(Columns { shape, logits, target, row, first, count, scale, losses, grad, memory });
            });
        });
    }
}

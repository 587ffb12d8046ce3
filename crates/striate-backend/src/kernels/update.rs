//! Update rules over the values of a parameter: one pass that reads and writes each buffer once.
//!
//! Each value goes through the same operations, in `f32` and in the same order, as written in the formula; products are not
//! fused with sums, so that the bits are those of the operations one by one.

mod scaled;
#[cfg(test)]
mod scaled_tests;
#[cfg(test)]
mod tests;

pub(crate) use scaled::{adagrad, lerp, rmsprop};

use pulp::Simd;

use super::lanes::{Lanes, map_over};
use super::simd::Arch;
use crate::backend::{AdamStep, Formulas, SgdStep};

/// Takes a step: `parameter` and `velocity`, which begins as 0, change. All are of one length.
pub(crate) fn sgd(arch: Arch, rule: SgdStep, parameter: &mut [f32], velocity: &mut [f32], gradient: &[f32]) {
    let of = SgdLanes { rule, undamped: rule.undamped() as f32 };
    map_over(arch, of, [parameter, velocity], [gradient]);
}

/// Parameter and gradient after weight decay.
#[inline(always)]
fn decayed<S: Simd>(
    simd: S,
    parameter: S::f32s,
    gradient: S::f32s,
    decoupled: bool,
    rate: f64,
    decay: f64,
) -> (S::f32s, S::f32s) {
    match (decay != 0.0, decoupled) {
        (false, _) => (parameter, gradient),
        (true, true) => (simd.mul_f32s(parameter, simd.splat_f32s((1.0 - rate * decay) as f32)), gradient),
        (true, false) => {
            let pull = simd.mul_f32s(parameter, simd.splat_f32s(decay as f32));
            (parameter, simd.add_f32s(gradient, pull))
        }
    }
}

#[derive(Clone, Copy)]
struct SgdLanes {
    rule: SgdStep,
    undamped: f32,
}

impl Lanes<3, 2> for SgdLanes {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [parameter, velocity, gradient]: [S::f32s; 3]) -> [S::f32s; 2] {
        let SgdStep { formulas, rate, momentum, nesterov, weight_decay, .. } = self.rule;
        let (parameter, gradient) = decayed(simd, parameter, gradient, formulas == Formulas::Keras, rate, weight_decay);
        let times = |values, factor: f64| simd.mul_f32s(values, simd.splat_f32s(factor as f32));
        let kept = times(velocity, momentum);
        match formulas {
            Formulas::Keras => {
                let step = times(gradient, rate);
                let velocity = simd.sub_f32s(kept, step);
                let gain = if nesterov { simd.sub_f32s(times(velocity, momentum), step) } else { velocity };
                [simd.add_f32s(parameter, gain), velocity]
            }
            Formulas::Torch => {
                let velocity = simd.add_f32s(kept, simd.mul_f32s(gradient, simd.splat_f32s(self.undamped)));
                let ahead = if nesterov { simd.add_f32s(gradient, times(velocity, momentum)) } else { velocity };
                [simd.sub_f32s(parameter, times(ahead, rate)), velocity]
            }
        }
    }
}

/// Takes a step: `parameter` and the means of the gradient and of its square, which begin as 0, change. All are of one
/// length.
pub(crate) fn adam(
    arch: Arch,
    rule: AdamStep,
    parameter: &mut [f32],
    [mean, mean_square]: [&mut [f32]; 2],
    gradient: &[f32],
) {
    map_over(arch, AdamLanes::of_step(rule), [parameter, mean, mean_square], [gradient]);
}

/// As [`adam`], with the largest mean square so far, which begins as 0, in the place of the mean square (AMSGrad).
pub(crate) fn amsgrad(
    arch: Arch,
    rule: AdamStep,
    parameter: &mut [f32],
    [mean, mean_square, largest]: [&mut [f32]; 3],
    gradient: &[f32],
) {
    map_over(arch, AdamLanes::of_step(rule), [parameter, mean, mean_square, largest], [gradient]);
}

#[derive(Clone, Copy)]
struct AdamLanes {
    rule: AdamStep,
    correction_2: f32,
    factor: f32,
}

impl AdamLanes {
    fn of_step(rule: AdamStep) -> Self {
        let (divisor, factor) = rule.corrections();
        Self { rule, correction_2: divisor as f32, factor: factor as f32 }
    }

    /// The parameter, both means and the largest mean square so far (the mean square itself if there is none).
    #[inline(always)]
    fn step<S: Simd>(
        self,
        simd: S,
        [parameter, mean, mean_square]: [S::f32s; 3],
        largest: Option<S::f32s>,
        gradient: S::f32s,
    ) -> [S::f32s; 4] {
        let AdamStep { formulas, rate, beta_1, beta_2, epsilon, weight_decay, decoupled, .. } = self.rule;
        let decoupled = decoupled || formulas == Formulas::Keras;
        let (parameter, gradient) = decayed(simd, parameter, gradient, decoupled, rate, weight_decay);
        let times = |values, factor: f64| simd.mul_f32s(values, simd.splat_f32s(factor as f32));
        let mean = simd.add_f32s(times(mean, beta_1), times(gradient, 1.0 - beta_1));
        let square = simd.mul_f32s(gradient, gradient);
        let mean_square = simd.add_f32s(times(mean_square, beta_2), times(square, 1.0 - beta_2));
        let counted = match largest {
            Some(largest) => simd.select_f32s(simd.greater_than_f32s(largest, mean_square), largest, mean_square),
            None => mean_square,
        };
        let root = simd.sqrt_f32s(counted);
        let root = match formulas {
            Formulas::Keras => root,
            Formulas::Torch => simd.div_f32s(root, simd.splat_f32s(self.correction_2)),
        };
        let ratio = simd.div_f32s(mean, simd.add_f32s(root, simd.splat_f32s(epsilon as f32)));
        let parameter = simd.sub_f32s(parameter, simd.mul_f32s(ratio, simd.splat_f32s(self.factor)));
        [parameter, mean, mean_square, counted]
    }
}

impl Lanes<4, 3> for AdamLanes {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [parameter, mean, square, gradient]: [S::f32s; 4]) -> [S::f32s; 3] {
        let [parameter, mean, square, _] = self.step(simd, [parameter, mean, square], None, gradient);
        [parameter, mean, square]
    }
}

impl Lanes<5, 4> for AdamLanes {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [parameter, mean, square, largest, gradient]: [S::f32s; 5]) -> [S::f32s; 4] {
        self.step(simd, [parameter, mean, square], Some(largest), gradient)
    }
}

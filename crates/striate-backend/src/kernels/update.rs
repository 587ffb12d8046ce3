//! Update rules over the values of a parameter: one pass that reads and writes each buffer once.
//!
//! Each value goes through the same operations, in `f32` and in the same order, as written in the formula; products are not
//! fused with sums, so that the bits are those of the operations one by one.

#[cfg(test)]
mod tests;

use pulp::Simd;

use super::lanes::{Lanes, map_over};
use super::simd::Arch;

/// Whose formulas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Keras,
    Torch,
}

/// Gradient descent with momentum.
///
/// - Keras: `v = momentum v - rate g`; the parameter gains `v`, or with Nesterov's form `momentum v - rate g`.
/// - PyTorch: `v = momentum v + (1 - dampening) g` (at the first step `v = g`); the parameter loses `rate` times `v`, or with
///   Nesterov's form `g + momentum v`.
///
/// Weight decay shrinks the parameter by `rate decay` first (Keras), or adds `decay` times it to the gradient (PyTorch).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sgd {
    pub(crate) form: Form,
    pub(crate) rate: f64,
    pub(crate) momentum: f64,
    pub(crate) dampening: f64,
    pub(crate) nesterov: bool,
    pub(crate) weight_decay: f64,
    /// The number of the step, from 1.
    pub(crate) step: u64,
}

/// Takes a step: `parameter` and `velocity`, which begins as 0, change. All are of one length.
pub(crate) fn sgd(arch: Arch, rule: Sgd, parameter: &mut [f32], velocity: &mut [f32], gradient: &[f32]) {
    let undamped = if rule.step == 1 { 1.0 } else { (1.0 - rule.dampening) as f32 };
    let of = SgdLanes { rule, undamped };
    map_over(arch, of, [parameter, velocity], [gradient]);
}

/// Takes a step without momentum: `parameter` changes.
pub(crate) fn plain_sgd(arch: Arch, rule: Sgd, parameter: &mut [f32], gradient: &[f32]) {
    map_over(arch, PlainSgd(rule), [parameter], [gradient]);
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
    rule: Sgd,
    undamped: f32,
}

impl Lanes<3, 2> for SgdLanes {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [parameter, velocity, gradient]: [S::f32s; 3]) -> [S::f32s; 2] {
        let Sgd { form, rate, momentum, nesterov, weight_decay, .. } = self.rule;
        let (parameter, gradient) = decayed(simd, parameter, gradient, form == Form::Keras, rate, weight_decay);
        let times = |values, factor: f64| simd.mul_f32s(values, simd.splat_f32s(factor as f32));
        let kept = times(velocity, momentum);
        match form {
            Form::Keras => {
                let step = times(gradient, rate);
                let velocity = simd.sub_f32s(kept, step);
                let gain = if nesterov { simd.sub_f32s(times(velocity, momentum), step) } else { velocity };
                [simd.add_f32s(parameter, gain), velocity]
            }
            Form::Torch => {
                let velocity = simd.add_f32s(kept, simd.mul_f32s(gradient, simd.splat_f32s(self.undamped)));
                let ahead = if nesterov { simd.add_f32s(gradient, times(velocity, momentum)) } else { velocity };
                [simd.sub_f32s(parameter, times(ahead, rate)), velocity]
            }
        }
    }
}

#[derive(Clone, Copy)]
struct PlainSgd(Sgd);

impl Lanes<2, 1> for PlainSgd {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [parameter, gradient]: [S::f32s; 2]) -> [S::f32s; 1] {
        let Sgd { form, rate, weight_decay, .. } = self.0;
        let (parameter, gradient) = decayed(simd, parameter, gradient, form == Form::Keras, rate, weight_decay);
        [simd.sub_f32s(parameter, simd.mul_f32s(gradient, simd.splat_f32s(rate as f32)))]
    }
}

/// Adam and AdamW. With `m = beta_1 m + (1 - beta_1) g` and `s = beta_2 s + (1 - beta_2) g^2`, and the corrections
/// `c_1 = 1 - beta_1^t` and `c_2 = sqrt(1 - beta_2^t)`, the parameter loses
///
/// - Keras: `m / (sqrt(s) + epsilon) * (rate c_2 / c_1)`;
/// - PyTorch: `m / (sqrt(s) / c_2 + epsilon) * (rate / c_1)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Adam {
    pub(crate) form: Form,
    pub(crate) rate: f64,
    pub(crate) beta_1: f64,
    pub(crate) beta_2: f64,
    pub(crate) epsilon: f64,
    pub(crate) weight_decay: f64,
    /// Whether weight decay shrinks the parameter rather than adding to the gradient.
    pub(crate) decoupled: bool,
    /// The number of the step, from 1.
    pub(crate) step: u64,
}

impl Adam {
    fn lanes(self) -> AdamLanes {
        // In f64, since 1 - beta_2^t is small at first.
        let correction_1 = 1.0 - self.beta_1.powf(self.step as f64);
        let correction_2 = (1.0 - self.beta_2.powf(self.step as f64)).sqrt();
        let factor = match self.form {
            Form::Keras => self.rate * correction_2 / correction_1,
            Form::Torch => self.rate / correction_1,
        };
        AdamLanes { rule: self, correction_2: correction_2 as f32, factor: factor as f32 }
    }
}

/// Takes a step: `parameter` and the means of the gradient and of its square, which begin as 0, change. All are of one
/// length.
pub(crate) fn adam(
    arch: Arch,
    rule: Adam,
    parameter: &mut [f32],
    [mean, mean_square]: [&mut [f32]; 2],
    gradient: &[f32],
) {
    map_over(arch, rule.lanes(), [parameter, mean, mean_square], [gradient]);
}

/// As [`adam`], with the largest mean square so far, which begins as 0, in the place of the mean square (AMSGrad).
pub(crate) fn amsgrad(
    arch: Arch,
    rule: Adam,
    parameter: &mut [f32],
    [mean, mean_square, largest]: [&mut [f32]; 3],
    gradient: &[f32],
) {
    map_over(arch, rule.lanes(), [parameter, mean, mean_square, largest], [gradient]);
}

#[derive(Clone, Copy)]
struct AdamLanes {
    rule: Adam,
    correction_2: f32,
    factor: f32,
}

impl AdamLanes {
    /// The parameter, both means and the largest mean square so far (the mean square itself if there is none).
    #[inline(always)]
    fn step<S: Simd>(
        self,
        simd: S,
        [parameter, mean, mean_square]: [S::f32s; 3],
        largest: Option<S::f32s>,
        gradient: S::f32s,
    ) -> [S::f32s; 4] {
        let Adam { form, rate, beta_1, beta_2, epsilon, weight_decay, decoupled, .. } = self.rule;
        let decoupled = decoupled || form == Form::Keras;
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
        let root = match form {
            Form::Keras => root,
            Form::Torch => simd.div_f32s(root, simd.splat_f32s(self.correction_2)),
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

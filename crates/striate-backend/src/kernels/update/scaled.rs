//! RMSprop and Adagrad: gradients divided by the root of a square.

use pulp::Simd;

use super::decayed;
use crate::backend::{AdagradStep, Formulas, RmsPropStep};
use crate::kernels::lanes::{Lanes, map_over};
use crate::kernels::simd::Arch;

/// Takes a step: the parameter, the mean of the gradient's square, its mean if centered, and the velocity if there is
/// momentum change; all of these begin as 0. Those that are used are of one length.
pub(crate) fn rmsprop(
    arch: Arch,
    rule: RmsPropStep,
    parameter: &mut [f32],
    [square, mean, velocity]: [&mut [f32]; 3],
    gradient: &[f32],
) {
    let of = RmsPropLanes(rule);
    match (rule.centered, rule.momentum != 0.0) {
        (false, false) => map_over(arch, of, [parameter, square], [gradient]),
        (true, false) => map_over(arch, of, [parameter, square, mean], [gradient]),
        (false, true) => map_over(arch, of, [parameter, square, velocity], [gradient]),
        (true, true) => map_over(arch, of, [parameter, square, mean, velocity], [gradient]),
    }
}

#[derive(Clone, Copy)]
struct RmsPropLanes(RmsPropStep);

/// What RMSprop remembers of a vector of places.
struct Slots<V> {
    square: V,
    mean: Option<V>,
    velocity: Option<V>,
}

impl RmsPropLanes {
    #[inline(always)]
    fn step<S: Simd>(
        self,
        simd: S,
        parameter: S::f32s,
        slots: Slots<S::f32s>,
        gradient: S::f32s,
    ) -> (S::f32s, Slots<S::f32s>) {
        let RmsPropStep { formulas, rate, rho, epsilon, momentum, weight_decay, .. } = self.0;
        let (parameter, gradient) = decayed(simd, parameter, gradient, formulas == Formulas::Keras, rate, weight_decay);
        let times = |values, factor: f64| simd.mul_f32s(values, simd.splat_f32s(factor as f32));
        let squared = simd.mul_f32s(gradient, gradient);
        let square = simd.add_f32s(times(slots.square, rho), times(squared, 1.0 - rho));
        let mean = slots.mean.map(|mean| simd.add_f32s(times(mean, rho), times(gradient, 1.0 - rho)));
        let spread = match mean {
            Some(mean) => {
                let spread = simd.sub_f32s(square, simd.mul_f32s(mean, mean));
                let zero = simd.splat_f32s(0.0);
                simd.select_f32s(simd.less_than_f32s(spread, zero), zero, spread)
            }
            None => square,
        };
        let quotient = divided(simd, gradient, spread, formulas, epsilon);
        let gain = match formulas {
            Formulas::Keras => times(quotient, rate),
            Formulas::Torch => quotient,
        };
        let velocity = slots.velocity.map(|velocity| simd.add_f32s(times(velocity, momentum), gain));
        let gain = velocity.unwrap_or(gain);
        let loss = match formulas {
            Formulas::Keras => gain,
            Formulas::Torch => times(gain, rate),
        };
        (simd.sub_f32s(parameter, loss), Slots { square, mean, velocity })
    }
}

impl Lanes<3, 2> for RmsPropLanes {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [parameter, square, gradient]: [S::f32s; 3]) -> [S::f32s; 2] {
        let (parameter, after) = self.step(simd, parameter, Slots { square, mean: None, velocity: None }, gradient);
        [parameter, after.square]
    }
}

impl Lanes<4, 3> for RmsPropLanes {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [parameter, square, third, gradient]: [S::f32s; 4]) -> [S::f32s; 3] {
        let slots = match self.0.centered {
            true => Slots { square, mean: Some(third), velocity: None },
            false => Slots { square, mean: None, velocity: Some(third) },
        };
        let (parameter, after) = self.step(simd, parameter, slots, gradient);
        [parameter, after.square, after.mean.or(after.velocity).unwrap_or(third)]
    }
}

impl Lanes<5, 4> for RmsPropLanes {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [parameter, square, mean, velocity, gradient]: [S::f32s; 5]) -> [S::f32s; 4] {
        let slots = Slots { square, mean: Some(mean), velocity: Some(velocity) };
        let (parameter, after) = self.step(simd, parameter, slots, gradient);
        [parameter, after.square, after.mean.unwrap_or(mean), after.velocity.unwrap_or(velocity)]
    }
}

/// Takes a step: the parameter and the sum of the gradient's squares change. All are of one length.
pub(crate) fn adagrad(arch: Arch, rule: AdagradStep, parameter: &mut [f32], square_sum: &mut [f32], gradient: &[f32]) {
    map_over(arch, AdagradLanes(rule), [parameter, square_sum], [gradient]);
}

#[derive(Clone, Copy)]
struct AdagradLanes(AdagradStep);

impl Lanes<3, 2> for AdagradLanes {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [parameter, square_sum, gradient]: [S::f32s; 3]) -> [S::f32s; 2] {
        let AdagradStep { formulas, rate, epsilon, weight_decay } = self.0;
        let (parameter, gradient) = decayed(simd, parameter, gradient, formulas == Formulas::Keras, rate, weight_decay);
        let square_sum = simd.add_f32s(square_sum, simd.mul_f32s(gradient, gradient));
        let quotient = divided(simd, gradient, square_sum, formulas, epsilon);
        [simd.sub_f32s(parameter, simd.mul_f32s(quotient, simd.splat_f32s(rate as f32))), square_sum]
    }
}

/// The gradient by the root of a square; epsilon is added within the root (Keras) or to it (PyTorch).
#[inline(always)]
fn divided<S: Simd>(simd: S, gradient: S::f32s, square: S::f32s, formulas: Formulas, epsilon: f64) -> S::f32s {
    let epsilon = simd.splat_f32s(epsilon as f32);
    let root = match formulas {
        Formulas::Keras => simd.sqrt_f32s(simd.add_f32s(square, epsilon)),
        Formulas::Torch => simd.add_f32s(simd.sqrt_f32s(square), epsilon),
    };
    simd.div_f32s(gradient, root)
}

/// Moves each value of `from` towards that of `to` by a fraction of what lies between. Both are of one length.
pub(crate) fn lerp(arch: Arch, from: &mut [f32], to: &[f32], fraction: f64) {
    map_over(arch, LerpLanes { fraction: fraction as f32 }, [from], [to]);
}

#[derive(Clone, Copy)]
struct LerpLanes {
    fraction: f32,
}

impl Lanes<2, 1> for LerpLanes {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [from, to]: [S::f32s; 2]) -> [S::f32s; 1] {
        let way = simd.sub_f32s(to, from);
        [simd.add_f32s(from, simd.mul_f32s(way, simd.splat_f32s(self.fraction)))]
    }
}

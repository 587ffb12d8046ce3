//! Update rules, in the tensors' own memory if nobody else reads it.

use burn::backend::Flex;

use super::{Tensor, contiguous, kernels_for, own, values};
use crate::backend::{AdagradStep, AdamStep, RmsPropStep, SgdStep, UpdateRules, plain};
use crate::kernels::simd::Arch;
use crate::kernels::update;

impl UpdateRules for Flex {
    fn vision_sgd(parameter: Tensor, velocity: Tensor, gradient: Tensor, step: SgdStep) -> (Tensor, Tensor) {
        match kernels_for(&[&parameter, &velocity, &gradient]) {
            Some(arch) => sgd(arch, parameter, velocity, gradient, step),
            None => plain::sgd::<Self>(parameter, velocity, gradient, step),
        }
    }

    fn vision_adam(
        parameter: Tensor,
        mean: Tensor,
        mean_square: Tensor,
        gradient: Tensor,
        step: AdamStep,
    ) -> (Tensor, Tensor, Tensor) {
        match kernels_for(&[&parameter, &mean, &mean_square, &gradient]) {
            Some(arch) => adam(arch, parameter, [mean, mean_square], gradient, step),
            None => plain::adam::<Self>(parameter, mean, mean_square, gradient, step),
        }
    }

    fn vision_amsgrad(
        parameter: Tensor,
        mean: Tensor,
        mean_square: Tensor,
        largest: Tensor,
        gradient: Tensor,
        step: AdamStep,
    ) -> (Tensor, Tensor, Tensor, Tensor) {
        match kernels_for(&[&parameter, &mean, &mean_square, &largest, &gradient]) {
            Some(arch) => amsgrad(arch, parameter, [mean, mean_square, largest], gradient, step),
            None => plain::amsgrad::<Self>(parameter, mean, mean_square, largest, gradient, step),
        }
    }

    fn vision_rmsprop(
        parameter: Tensor,
        mean_square: Tensor,
        mean: Tensor,
        velocity: Tensor,
        gradient: Tensor,
        step: RmsPropStep,
    ) -> (Tensor, Tensor, Tensor, Tensor) {
        match kernels_for(&[&parameter, &mean_square, &mean, &velocity, &gradient]) {
            Some(arch) => rmsprop(arch, parameter, [mean_square, mean, velocity], gradient, step),
            None => plain::rmsprop::<Self>(parameter, [mean_square, mean, velocity], gradient, step),
        }
    }

    fn vision_adagrad(parameter: Tensor, square_sum: Tensor, gradient: Tensor, step: AdagradStep) -> (Tensor, Tensor) {
        match kernels_for(&[&parameter, &square_sum, &gradient]) {
            Some(arch) => adagrad(arch, parameter, square_sum, gradient, step),
            None => plain::adagrad::<Self>(parameter, square_sum, gradient, step),
        }
    }

    fn vision_lerp(from: Tensor, to: Tensor, fraction: f64) -> Tensor {
        match kernels_for(&[&from, &to]) {
            Some(arch) => lerp(arch, from, to, fraction),
            None => plain::lerp::<Self>(from, to, fraction),
        }
    }
}

fn sgd(arch: Arch, parameter: Tensor, velocity: Tensor, gradient: Tensor, step: SgdStep) -> (Tensor, Tensor) {
    let ([mut parameter, mut velocity], gradient) = ([parameter, velocity].map(own), contiguous(gradient));
    update::sgd(arch, step, parameter.storage_mut(), velocity.storage_mut(), values(&gradient));
    (parameter, velocity)
}

fn adam(
    arch: Arch,
    parameter: Tensor,
    slots: [Tensor; 2],
    gradient: Tensor,
    step: AdamStep,
) -> (Tensor, Tensor, Tensor) {
    let (mut parameter, [mut mean, mut square]) = (own(parameter), slots.map(own));
    let gradient = contiguous(gradient);
    let slots = [mean.storage_mut(), square.storage_mut()];
    update::adam(arch, step, parameter.storage_mut(), slots, values(&gradient));
    (parameter, mean, square)
}

fn amsgrad(
    arch: Arch,
    parameter: Tensor,
    slots: [Tensor; 3],
    gradient: Tensor,
    step: AdamStep,
) -> (Tensor, Tensor, Tensor, Tensor) {
    let (mut parameter, [mut mean, mut square, mut largest]) = (own(parameter), slots.map(own));
    let gradient = contiguous(gradient);
    let slots = [mean.storage_mut(), square.storage_mut(), largest.storage_mut()];
    update::amsgrad(arch, step, parameter.storage_mut(), slots, values(&gradient));
    (parameter, mean, square, largest)
}

fn rmsprop(
    arch: Arch,
    parameter: Tensor,
    slots: [Tensor; 3],
    gradient: Tensor,
    step: RmsPropStep,
) -> (Tensor, Tensor, Tensor, Tensor) {
    let (mut parameter, [mut square, mut mean, mut velocity]) = (own(parameter), slots.map(own));
    let gradient = contiguous(gradient);
    let slots = [square.storage_mut(), mean.storage_mut(), velocity.storage_mut()];
    update::rmsprop(arch, step, parameter.storage_mut(), slots, values(&gradient));
    (parameter, square, mean, velocity)
}

fn adagrad(arch: Arch, parameter: Tensor, square_sum: Tensor, gradient: Tensor, step: AdagradStep) -> (Tensor, Tensor) {
    let ([mut parameter, mut square_sum], gradient) = ([parameter, square_sum].map(own), contiguous(gradient));
    update::adagrad(arch, step, parameter.storage_mut(), square_sum.storage_mut(), values(&gradient));
    (parameter, square_sum)
}

fn lerp(arch: Arch, from: Tensor, to: Tensor, fraction: f64) -> Tensor {
    let (mut from, to) = (own(from), contiguous(to));
    update::lerp(arch, from.storage_mut(), values(&to), fraction);
    from
}

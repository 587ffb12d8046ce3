//! Update rules, in the tensors' own memory if nobody else reads it.

use super::{Tensor, contiguous, own, values};
use crate::backend::{AdagradStep, AdamStep, RmsPropStep, SgdStep};
use crate::kernels::simd::Arch;
use crate::kernels::update;

pub(super) fn sgd(
    arch: Arch,
    parameter: Tensor,
    velocity: Tensor,
    gradient: Tensor,
    step: SgdStep,
) -> (Tensor, Tensor) {
    let ([mut parameter, mut velocity], gradient) = ([parameter, velocity].map(own), contiguous(gradient));
    update::sgd(arch, step, parameter.storage_mut(), velocity.storage_mut(), values(&gradient));
    (parameter, velocity)
}

pub(super) fn adam(
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

pub(super) fn amsgrad(
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

pub(super) fn rmsprop(
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

pub(super) fn adagrad(
    arch: Arch,
    parameter: Tensor,
    square_sum: Tensor,
    gradient: Tensor,
    step: AdagradStep,
) -> (Tensor, Tensor) {
    let ([mut parameter, mut square_sum], gradient) = ([parameter, square_sum].map(own), contiguous(gradient));
    update::adagrad(arch, step, parameter.storage_mut(), square_sum.storage_mut(), values(&gradient));
    (parameter, square_sum)
}

pub(super) fn lerp(arch: Arch, from: Tensor, to: Tensor, fraction: f64) -> Tensor {
    let (mut from, to) = (own(from), contiguous(to));
    update::lerp(arch, from.storage_mut(), values(&to), fraction);
    from
}

//! Update rules, in the tensors' own memory if nobody else reads it.

use burn::backend::Flex;

use super::{Tensor, contiguous, kernels_for, own, values};
use crate::backend::{AdagradStep, AdamStep, RmsPropStep, SgdStep, UpdateRules, plain};
use crate::kernels::update;

impl UpdateRules for Flex {
    fn vision_sgd(parameter: Tensor, velocity: Tensor, gradient: Tensor, step: SgdStep) -> (Tensor, Tensor) {
        let Some(arch) = kernels_for(&[&parameter, &velocity, &gradient]) else {
            return plain::sgd::<Self>(parameter, velocity, gradient, step);
        };
        let ([mut parameter, mut velocity], gradient) = ([parameter, velocity].map(own), contiguous(gradient));
        update::sgd(arch, step, parameter.storage_mut(), velocity.storage_mut(), values(&gradient));
        (parameter, velocity)
    }

    fn vision_adam(
        parameter: Tensor,
        mean: Tensor,
        mean_square: Tensor,
        gradient: Tensor,
        step: AdamStep,
    ) -> (Tensor, Tensor, Tensor) {
        let Some(arch) = kernels_for(&[&parameter, &mean, &mean_square, &gradient]) else {
            return plain::adam::<Self>(parameter, mean, mean_square, gradient, step);
        };
        let [mut parameter, mut mean, mut mean_square] = [parameter, mean, mean_square].map(own);
        let gradient = contiguous(gradient);
        let slots = [mean.storage_mut(), mean_square.storage_mut()];
        update::adam(arch, step, parameter.storage_mut(), slots, values(&gradient));
        (parameter, mean, mean_square)
    }

    fn vision_amsgrad(
        parameter: Tensor,
        mean: Tensor,
        mean_square: Tensor,
        largest: Tensor,
        gradient: Tensor,
        step: AdamStep,
    ) -> (Tensor, Tensor, Tensor, Tensor) {
        let Some(arch) = kernels_for(&[&parameter, &mean, &mean_square, &largest, &gradient]) else {
            return plain::amsgrad::<Self>(parameter, mean, mean_square, largest, gradient, step);
        };
        let (mut parameter, [mut mean, mut mean_square, mut largest]) =
            (own(parameter), [mean, mean_square, largest].map(own));
        let gradient = contiguous(gradient);
        let slots = [mean.storage_mut(), mean_square.storage_mut(), largest.storage_mut()];
        update::amsgrad(arch, step, parameter.storage_mut(), slots, values(&gradient));
        (parameter, mean, mean_square, largest)
    }

    fn vision_rmsprop(
        parameter: Tensor,
        mean_square: Tensor,
        mean: Tensor,
        velocity: Tensor,
        gradient: Tensor,
        step: RmsPropStep,
    ) -> (Tensor, Tensor, Tensor, Tensor) {
        let Some(arch) = kernels_for(&[&parameter, &mean_square, &mean, &velocity, &gradient]) else {
            return plain::rmsprop::<Self>(parameter, [mean_square, mean, velocity], gradient, step);
        };
        let (mut parameter, [mut mean_square, mut mean, mut velocity]) =
            (own(parameter), [mean_square, mean, velocity].map(own));
        let gradient = contiguous(gradient);
        let slots = [mean_square.storage_mut(), mean.storage_mut(), velocity.storage_mut()];
        update::rmsprop(arch, step, parameter.storage_mut(), slots, values(&gradient));
        (parameter, mean_square, mean, velocity)
    }

    fn vision_adagrad(parameter: Tensor, square_sum: Tensor, gradient: Tensor, step: AdagradStep) -> (Tensor, Tensor) {
        let Some(arch) = kernels_for(&[&parameter, &square_sum, &gradient]) else {
            return plain::adagrad::<Self>(parameter, square_sum, gradient, step);
        };
        let ([mut parameter, mut square_sum], gradient) = ([parameter, square_sum].map(own), contiguous(gradient));
        update::adagrad(arch, step, parameter.storage_mut(), square_sum.storage_mut(), values(&gradient));
        (parameter, square_sum)
    }

    fn vision_lerp(from: Tensor, to: Tensor, fraction: f64) -> Tensor {
        let Some(arch) = kernels_for(&[&from, &to]) else { return plain::lerp::<Self>(from, to, fraction) };
        let (mut from, to) = (own(from), contiguous(to));
        update::lerp(arch, from.storage_mut(), values(&to), fraction);
        from
    }
}

//! Steps of update rules. They change the tensors' own memory where nobody else reads it.

use burn::Tensor;
use burn::backend::Dispatch;

use crate::{AdagradStep, AdamStep, RmsPropStep, SgdStep, UpdateRules};

/// A step of gradient descent with momentum: parameter and velocity after it. All tensors are of one length, without
/// autodiff; the velocity begins as 0.
///
/// # Panics
/// If the lengths differ, or a tensor is one with autodiff.
pub fn sgd(parameter: Tensor<1>, velocity: Tensor<1>, gradient: Tensor<1>, step: SgdStep) -> (Tensor<1>, Tensor<1>) {
    check(&parameter, &[&velocity, &gradient]);
    let [parameter, velocity, gradient] = [parameter, velocity, gradient].map(Tensor::into_dispatch);
    let (parameter, velocity) = Dispatch::vision_sgd(parameter, velocity, gradient, step);
    (Tensor::from_dispatch(parameter), Tensor::from_dispatch(velocity))
}

/// A step of Adam: the parameter after it, and the means of its gradient and of that one's square. All tensors are of one
/// length, without autodiff; the means begin as 0.
///
/// # Panics
/// If the lengths differ, or a tensor is one with autodiff.
pub fn adam(
    parameter: Tensor<1>,
    [mean, mean_square]: [Tensor<1>; 2],
    gradient: Tensor<1>,
    step: AdamStep,
) -> (Tensor<1>, [Tensor<1>; 2]) {
    check(&parameter, &[&mean, &mean_square, &gradient]);
    let [parameter, mean, mean_square, gradient] = [parameter, mean, mean_square, gradient].map(Tensor::into_dispatch);
    let (parameter, mean, mean_square) = Dispatch::vision_adam(parameter, mean, mean_square, gradient, step);
    (Tensor::from_dispatch(parameter), [mean, mean_square].map(Tensor::from_dispatch))
}

/// As [`adam`], by the largest mean square so far instead (AMSGrad), which comes last and begins as 0.
///
/// # Panics
/// If the lengths differ, or a tensor is one with autodiff.
pub fn amsgrad(
    parameter: Tensor<1>,
    [mean, mean_square, largest]: [Tensor<1>; 3],
    gradient: Tensor<1>,
    step: AdamStep,
) -> (Tensor<1>, [Tensor<1>; 3]) {
    check(&parameter, &[&mean, &mean_square, &largest, &gradient]);
    let [parameter, mean, mean_square, largest, gradient] =
        [parameter, mean, mean_square, largest, gradient].map(Tensor::into_dispatch);
    let (parameter, mean, mean_square, largest) =
        Dispatch::vision_amsgrad(parameter, mean, mean_square, largest, gradient, step);
    (Tensor::from_dispatch(parameter), [mean, mean_square, largest].map(Tensor::from_dispatch))
}

/// A step of RMSprop: the parameter after it, and the mean of its gradient's square, the gradient's mean and the velocity. All
/// tensors are of one length, without autodiff; all three begin as 0. A mean is only kept if the step is centered, a velocity
/// only if there is momentum: one that isn't kept can be any tensor, best an empty one, and comes back as it is.
///
/// # Panics
/// If the lengths differ, or a tensor is one with autodiff.
pub fn rmsprop(
    parameter: Tensor<1>,
    [mean_square, mean, velocity]: [Tensor<1>; 3],
    gradient: Tensor<1>,
    step: RmsPropStep,
) -> (Tensor<1>, [Tensor<1>; 3]) {
    check(&parameter, &[&mean_square, &gradient]);
    let kept = [(step.centered, &mean), (step.momentum != 0.0, &velocity)];
    kept.into_iter().filter(|(is_kept, _)| *is_kept).for_each(|(_, slot)| check(&parameter, &[slot]));
    let [parameter, mean_square, mean, velocity, gradient] =
        [parameter, mean_square, mean, velocity, gradient].map(Tensor::into_dispatch);
    let (parameter, mean_square, mean, velocity) =
        Dispatch::vision_rmsprop(parameter, mean_square, mean, velocity, gradient, step);
    (Tensor::from_dispatch(parameter), [mean_square, mean, velocity].map(Tensor::from_dispatch))
}

/// A step of Adagrad: the parameter after it, and the sum of its gradient's squares. All tensors are of one length, without
/// autodiff.
///
/// # Panics
/// If the lengths differ, or a tensor is one with autodiff.
pub fn adagrad(
    parameter: Tensor<1>,
    square_sum: Tensor<1>,
    gradient: Tensor<1>,
    step: AdagradStep,
) -> (Tensor<1>, Tensor<1>) {
    check(&parameter, &[&square_sum, &gradient]);
    let [parameter, square_sum, gradient] = [parameter, square_sum, gradient].map(Tensor::into_dispatch);
    let (parameter, square_sum) = Dispatch::vision_adagrad(parameter, square_sum, gradient, step);
    (Tensor::from_dispatch(parameter), Tensor::from_dispatch(square_sum))
}

/// `from`, moved towards `to` by a fraction of what lies between: a running mean's step. Both are of one length, without
/// autodiff.
///
/// # Panics
/// If the lengths differ, or a tensor is one with autodiff.
pub fn lerp(from: Tensor<1>, to: Tensor<1>, fraction: f64) -> Tensor<1> {
    check(&from, &[&to]);
    Tensor::from_dispatch(Dispatch::vision_lerp(from.into_dispatch(), to.into_dispatch(), fraction))
}

fn check(parameter: &Tensor<1>, others: &[&Tensor<1>]) {
    assert!(others.iter().all(|other| other.dims() == parameter.dims()), "all tensors of a step have one length");
    let tracked = |tensor: &Tensor<1>| tensor.device().is_autodiff();
    assert!(!tracked(parameter) && !others.iter().any(|other| tracked(other)), "a step takes tensors without autodiff");
}

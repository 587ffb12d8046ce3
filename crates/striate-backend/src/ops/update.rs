//! Steps of update rules. They change the tensors' own memory where nobody else reads it.

use burn::Tensor;
use burn::backend::Dispatch;

use crate::{AdamStep, SgdStep, VisionBackend};

/// A step of gradient descent with momentum: parameter and velocity after it. All tensors are of one length, without
/// autodiff; the velocity begins as 0.
///
/// # Panics
/// If the lengths differ.
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
/// If the lengths differ.
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
/// If the lengths differ.
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

fn check(parameter: &Tensor<1>, others: &[&Tensor<1>]) {
    assert!(others.iter().all(|other| other.dims() == parameter.dims()), "all tensors of a step have one length");
}

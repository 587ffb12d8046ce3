//! Update rules in burn's operations.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata, get_or_init_device_settings};

use crate::backend::{AdagradStep, AdamStep, Formulas, RmsPropStep, SgdStep};

/// Parameter and gradient after weight decay.
fn decayed<B: Backend>(
    parameter: FloatTensor<B>,
    gradient: FloatTensor<B>,
    decoupled: bool,
    rate: f64,
    decay: f64,
) -> (FloatTensor<B>, FloatTensor<B>) {
    match (decay != 0.0, decoupled) {
        (false, _) => (parameter, gradient),
        (true, true) => (B::float_mul_scalar(parameter, (1.0 - rate * decay).into()), gradient),
        (true, false) => {
            let pull = B::float_mul_scalar(parameter.clone(), decay.into());
            (parameter, B::float_add(gradient, pull))
        }
    }
}

pub(crate) fn sgd<B: Backend>(
    parameter: FloatTensor<B>,
    velocity: FloatTensor<B>,
    gradient: FloatTensor<B>,
    step: SgdStep,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let SgdStep { formulas, rate, momentum, nesterov, weight_decay, .. } = step;
    let times = |x: FloatTensor<B>, factor: f64| B::float_mul_scalar(x, factor.into());
    let (parameter, gradient) = decayed::<B>(parameter, gradient, formulas == Formulas::Keras, rate, weight_decay);
    let kept = times(velocity, momentum);
    match formulas {
        Formulas::Keras => {
            let move_by = times(gradient, rate);
            let velocity = B::float_sub(kept, move_by.clone());
            let gain = match nesterov {
                true => B::float_sub(times(velocity.clone(), momentum), move_by),
                false => velocity.clone(),
            };
            (B::float_add(parameter, gain), velocity)
        }
        Formulas::Torch => {
            let velocity = B::float_add(kept, times(gradient.clone(), step.undamped()));
            let ahead = match nesterov {
                true => B::float_add(gradient, times(velocity.clone(), momentum)),
                false => velocity.clone(),
            };
            (B::float_sub(parameter, times(ahead, rate)), velocity)
        }
    }
}

pub(crate) fn adam<B: Backend>(
    parameter: FloatTensor<B>,
    mean: FloatTensor<B>,
    mean_square: FloatTensor<B>,
    gradient: FloatTensor<B>,
    step: AdamStep,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let (parameter, mean, mean_square) = means::<B>(parameter, mean, mean_square, gradient, step);
    let loss = adam_loss::<B>(mean.clone(), mean_square.clone(), step);
    (B::float_sub(parameter, loss), mean, mean_square)
}

/// As [`adam`], by the largest mean square so far, which comes last.
pub(crate) fn amsgrad<B: Backend>(
    parameter: FloatTensor<B>,
    mean: FloatTensor<B>,
    mean_square: FloatTensor<B>,
    largest: FloatTensor<B>,
    gradient: FloatTensor<B>,
    step: AdamStep,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let (parameter, mean, mean_square) = means::<B>(parameter, mean, mean_square, gradient, step);
    let kind = get_or_init_device_settings::<B>(&parameter.device()).bool_dtype;
    let grows = B::float_greater(mean_square.clone(), largest.clone(), kind);
    let largest = B::float_mask_where(largest, grows, mean_square.clone());
    let loss = adam_loss::<B>(mean.clone(), largest.clone(), step);
    (B::float_sub(parameter, loss), mean, mean_square, largest)
}

/// The parameter after weight decay, and both means.
fn means<B: Backend>(
    parameter: FloatTensor<B>,
    mean: FloatTensor<B>,
    mean_square: FloatTensor<B>,
    gradient: FloatTensor<B>,
    step: AdamStep,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let times = |x: FloatTensor<B>, factor: f64| B::float_mul_scalar(x, factor.into());
    let decoupled = step.decoupled || step.formulas == Formulas::Keras;
    let (parameter, gradient) = decayed::<B>(parameter, gradient, decoupled, step.rate, step.weight_decay);
    let square = B::float_mul(gradient.clone(), gradient.clone());
    let mean = B::float_add(times(mean, step.beta_1), times(gradient, 1.0 - step.beta_1));
    let mean_square = B::float_add(times(mean_square, step.beta_2), times(square, 1.0 - step.beta_2));
    (parameter, mean, mean_square)
}

/// What the parameter loses.
fn adam_loss<B: Backend>(mean: FloatTensor<B>, mean_square: FloatTensor<B>, step: AdamStep) -> FloatTensor<B> {
    let (divisor, factor) = step.corrections();
    let root = B::float_sqrt(mean_square);
    let root = if divisor == 1.0 { root } else { B::float_div_scalar(root, divisor.into()) };
    let quotient = B::float_div(mean, B::float_add_scalar(root, step.epsilon.into()));
    B::float_mul_scalar(quotient, factor.into())
}

/// A step of RMSprop: the parameter, and the means of the gradient's square and of it, and the velocity.
pub(crate) fn rmsprop<B: Backend>(
    parameter: FloatTensor<B>,
    [mean_square, mean, velocity]: [FloatTensor<B>; 3],
    gradient: FloatTensor<B>,
    step: RmsPropStep,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let RmsPropStep { formulas, rate, rho, momentum, centered, weight_decay, .. } = step;
    let times = |x: FloatTensor<B>, factor: f64| B::float_mul_scalar(x, factor.into());
    let (parameter, gradient) = decayed::<B>(parameter, gradient, formulas == Formulas::Keras, rate, weight_decay);
    let square = B::float_mul(gradient.clone(), gradient.clone());
    let mean_square = B::float_add(times(mean_square, rho), times(square, 1.0 - rho));
    let mean = match centered {
        true => B::float_add(times(mean, rho), times(gradient.clone(), 1.0 - rho)),
        false => mean,
    };
    let spread = match centered {
        true => {
            let spread = B::float_sub(mean_square.clone(), B::float_mul(mean.clone(), mean.clone()));
            B::float_clamp_min(spread, 0.0.into())
        }
        false => mean_square.clone(),
    };
    let quotient = divided::<B>(gradient, spread, formulas, step.epsilon);
    // Keras's velocity holds steps, with the rate in them, PyTorch's quotients.
    let (gain, rate_after) = match formulas {
        Formulas::Keras => (times(quotient, rate), 1.0),
        Formulas::Torch => (quotient, rate),
    };
    let (velocity, gain) = match momentum == 0.0 {
        true => (velocity, gain),
        false => {
            let velocity = B::float_add(times(velocity, momentum), gain);
            (velocity.clone(), velocity)
        }
    };
    (B::float_sub(parameter, times(gain, rate_after)), mean_square, mean, velocity)
}

/// A step of Adagrad: the parameter, and the sum of the gradient's squares.
pub(crate) fn adagrad<B: Backend>(
    parameter: FloatTensor<B>,
    square_sum: FloatTensor<B>,
    gradient: FloatTensor<B>,
    step: AdagradStep,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let AdagradStep { formulas, rate, epsilon, weight_decay } = step;
    let (parameter, gradient) = decayed::<B>(parameter, gradient, formulas == Formulas::Keras, rate, weight_decay);
    let square_sum = B::float_add(square_sum, B::float_mul(gradient.clone(), gradient.clone()));
    let quotient = divided::<B>(gradient, square_sum.clone(), formulas, epsilon);
    (B::float_sub(parameter, B::float_mul_scalar(quotient, rate.into())), square_sum)
}

/// The gradient by the root of a square; epsilon is added within the root (Keras) or to it (PyTorch).
fn divided<B: Backend>(
    gradient: FloatTensor<B>,
    square: FloatTensor<B>,
    formulas: Formulas,
    epsilon: f64,
) -> FloatTensor<B> {
    let root = match formulas {
        Formulas::Keras => B::float_sqrt(B::float_add_scalar(square, epsilon.into())),
        Formulas::Torch => B::float_add_scalar(B::float_sqrt(square), epsilon.into()),
    };
    B::float_div(gradient, root)
}

/// `from`, moved towards `to` by a fraction of what lies between.
pub(crate) fn lerp<B: Backend>(from: FloatTensor<B>, to: FloatTensor<B>, fraction: f64) -> FloatTensor<B> {
    let way = B::float_sub(to, from.clone());
    B::float_add(from, B::float_mul_scalar(way, fraction.into()))
}

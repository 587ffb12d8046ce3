//! The functions on tensors.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, SQRT_2};

use burn::Tensor;
use burn::tensor::activation;
use striate_backend::ops::{self, Pointwise};

use super::Activation;

/// The limits of Klambauer et al. 2017, equation 14.
const SELU_ALPHA: f64 = 1.673_263_242_354_377_2;
const SELU_SCALE: f64 = 1.050_700_987_355_480_5;

impl Activation {
    /// The backend's function, if it has this one; what is left to apply after that.
    pub(crate) fn split(self) -> (Option<Pointwise>, Self) {
        let function = match self {
            Self::Relu => Pointwise::Relu,
            Self::Relu6 => Pointwise::Relu6,
            Self::Sigmoid => Pointwise::Sigmoid,
            Self::HardSigmoid => Pointwise::HardSigmoid,
            Self::Tanh => Pointwise::Tanh,
            Self::Swish => Pointwise::Swish,
            Self::HardSwish => Pointwise::HardSwish,
            rest => return (None, rest),
        };
        (Some(function), Self::Linear)
    }

    /// Applies the function, whatever the shape; the batch is axis 0.
    ///
    /// # Panics
    /// If the function goes along an axis that isn't there.
    pub fn forward<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        let (function, rest) = self.split();
        let x = match function {
            Some(function) => ops::pointwise(x, function),
            None => x,
        };
        match rest {
            Self::LeakyRelu { negative_slope } => {
                let scaled = x.clone() * negative_slope;
                scale_negatives(x, scaled)
            }
            Self::Elu { alpha } => elu(x, alpha),
            Self::Selu => elu(x, SELU_ALPHA) * SELU_SCALE,
            Self::ScaledTanh { amplitude, slope } => ops::pointwise(x * slope, Pointwise::Tanh) * amplitude,
            Self::Softplus => softplus(x),
            Self::Softsign => x.clone() * (x.abs() + 1.0).recip(),
            Self::Mish => x.clone() * ops::pointwise(softplus(x), Pointwise::Tanh),
            Self::Gelu { approximate: false } => gelu(x),
            Self::Gelu { approximate: true } => approximate_gelu(x),
            Self::Softmax { axis } => activation::softmax(x, axis),
            Self::LogSoftmax { axis } => activation::log_softmax(x, axis),
            Self::Heaviside { value_at_zero } => heaviside(x, value_at_zero),
            // The identity, and what the backend has done.
            Self::Linear
            | Self::Relu
            | Self::Relu6
            | Self::Sigmoid
            | Self::HardSigmoid
            | Self::Tanh
            | Self::Swish
            | Self::HardSwish => x,
        }
    }
}

/// x above 0, `scaled` else. At 0 the gradient is the scaled side's, as in Keras and PyTorch (burn's leaky ReLU and
/// PReLU take the other).
pub(crate) fn scale_negatives<const D: usize>(x: Tensor<D>, scaled: Tensor<D>) -> Tensor<D> {
    let negative = x.clone().lower_equal_elem(0.0);
    x.mask_where(negative, scaled)
}

fn elu<const D: usize>(x: Tensor<D>, alpha: f64) -> Tensor<D> {
    // What is above 0 isn't used; cut off it can't overflow and spoil the gradient.
    let negative = (x.clone().clamp_max(0.0).exp() - 1.0) * alpha;
    scale_negatives(x, negative)
}

/// By burn's logarithm of the sigmoid, which neither overflows nor has a threshold.
fn softplus<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    activation::log_sigmoid(x.neg()).neg()
}

/// Composed, since the gradient of burn's own is that of the approximation on some devices.
fn gelu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let cumulative = ((x.clone() / SQRT_2).erf() + 1.0) * 0.5;
    x * cumulative
}

fn approximate_gelu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    // From 10 on the tangent is 1 in f64 too; the cube of more may overflow.
    let near = x.clone().clamp(-10.0, 10.0);
    let cube = near.clone() * near.clone() * near.clone();
    let inner = (cube * 0.044715 + near) * (FRAC_2_SQRT_PI * FRAC_1_SQRT_2);
    x * ((ops::pointwise(inner, Pointwise::Tanh) + 1.0) * 0.5)
}

/// Filled, not made new, so that the gradient is 0 and not absent.
fn heaviside<const D: usize>(x: Tensor<D>, value_at_zero: f64) -> Tensor<D> {
    let [above, at, below] = [x.clone().greater_elem(0.0), x.clone().equal_elem(0.0), x.clone().lower_elem(0.0)];
    x.mask_fill(above, 1.0).mask_fill(at, value_at_zero).mask_fill(below, 0.0)
}

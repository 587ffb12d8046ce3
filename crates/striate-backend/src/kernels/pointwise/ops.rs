//! Functions of each value by itself, for [`map`](crate::kernels::lanes::map) and
//! [`map_over`](crate::kernels::lanes::map_over). A gradient's inputs are first the output's gradient, then what it names.

use pulp::Simd;

use super::exp;
use crate::kernels::lanes::{self, Lanes};

/// `x`, or 0 below 0; NaN stays NaN.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Relu;

impl Lanes<1, 1> for Relu {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [x]: [S::f32s; 1]) -> [S::f32s; 1] {
        let zero = simd.splat_f32s(0.0);
        [simd.select_f32s(simd.less_than_f32s(x, zero), zero, x)]
    }
}

/// The rectifier's gradient, from its output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReluGrad;

impl Lanes<2, 1> for ReluGrad {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [grad, output]: [S::f32s; 2]) -> [S::f32s; 1] {
        let zero = simd.splat_f32s(0.0);
        [simd.select_f32s(simd.less_than_or_equal_f32s(output, zero), zero, grad)]
    }
}

/// `x` within limits; NaN stays NaN.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clamp(pub(crate) f32, pub(crate) f32);

impl Lanes<1, 1> for Clamp {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [x]: [S::f32s; 1]) -> [S::f32s; 1] {
        [lanes::clamp(simd, x, self.0, self.1)]
    }
}

/// The gradient of [`Clamp`], from its input or its output: that between the limits, 0 at them and beyond, as PyTorch's of
/// `relu6` (`hardtanh`).
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClampGrad(pub(crate) f32, pub(crate) f32);

impl Lanes<2, 1> for ClampGrad {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [grad, x]: [S::f32s; 2]) -> [S::f32s; 1] {
        let (low, high) = (simd.splat_f32s(self.0), simd.splat_f32s(self.1));
        let beyond = simd.or_m32s(simd.less_than_or_equal_f32s(x, low), simd.greater_than_or_equal_f32s(x, high));
        [simd.select_f32s(beyond, simd.splat_f32s(0.0), grad)]
    }
}

/// `1 / (1 + e^-x)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sigmoid;

impl Lanes<1, 1> for Sigmoid {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [x]: [S::f32s; 1]) -> [S::f32s; 1] {
        [exp::sigmoid(simd, x)]
    }
}

/// The gradient of [`Sigmoid`], from its output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SigmoidGrad;

impl Lanes<2, 1> for SigmoidGrad {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [grad, y]: [S::f32s; 2]) -> [S::f32s; 1] {
        let rest = simd.sub_f32s(simd.splat_f32s(1.0), y);
        [simd.mul_f32s(grad, simd.mul_f32s(y, rest))]
    }
}

/// `min(max(x + 3, 0), 6) / 6`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HardSigmoid;

impl Lanes<1, 1> for HardSigmoid {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [x]: [S::f32s; 1]) -> [S::f32s; 1] {
        let moved = simd.add_f32s(x, simd.splat_f32s(3.0));
        [simd.div_f32s(lanes::clamp(simd, moved, 0.0, 6.0), simd.splat_f32s(6.0))]
    }
}

/// The gradient of [`HardSigmoid`], from its output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HardSigmoidGrad;

impl Lanes<2, 1> for HardSigmoidGrad {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [grad, y]: [S::f32s; 2]) -> [S::f32s; 1] {
        ClampGrad(0.0, 1.0).of(simd, [simd.div_f32s(grad, simd.splat_f32s(6.0)), y])
    }
}

/// `x hard_sigmoid(x)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HardSwish;

impl Lanes<1, 1> for HardSwish {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [x]: [S::f32s; 1]) -> [S::f32s; 1] {
        let [factor] = HardSigmoid.of(simd, [x]);
        [simd.mul_f32s(x, factor)]
    }
}

/// The gradient of [`HardSwish`], from its input.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HardSwishGrad;

impl Lanes<2, 1> for HardSwishGrad {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [grad, x]: [S::f32s; 2]) -> [S::f32s; 1] {
        let splat = |value| simd.splat_f32s(value);
        let slope = simd.mul_add_f32s(x, splat(1.0 / 3.0), splat(0.5));
        let slope = simd.select_f32s(simd.less_than_or_equal_f32s(x, splat(-3.0)), splat(0.0), slope);
        let slope = simd.select_f32s(simd.greater_than_or_equal_f32s(x, splat(3.0)), splat(1.0), slope);
        [simd.mul_f32s(grad, slope)]
    }
}

/// `x sigmoid(x)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Silu;

impl Lanes<1, 1> for Silu {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [x]: [S::f32s; 1]) -> [S::f32s; 1] {
        let one = simd.splat_f32s(1.0);
        [simd.div_f32s(x, simd.add_f32s(one, exp::exp(simd, simd.neg_f32s(x))))]
    }
}

/// The gradient of [`Silu`], from its input.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SiluGrad;

impl Lanes<2, 1> for SiluGrad {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [grad, x]: [S::f32s; 2]) -> [S::f32s; 1] {
        let (one, y) = (simd.splat_f32s(1.0), exp::sigmoid(simd, x));
        let slope = simd.mul_add_f32s(x, simd.sub_f32s(one, y), one);
        [simd.mul_f32s(grad, simd.mul_f32s(y, slope))]
    }
}

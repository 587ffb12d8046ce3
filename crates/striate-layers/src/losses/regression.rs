//! Losses of differences.

use burn::Tensor;

use super::check::at_least_0;
use super::pointwise::pointwise;

pointwise!(
    /// The square of the difference: Keras's `MeanSquaredError`, PyTorch's `MSELoss`.
    MeanSquaredError, "mse", elementwise: false, {}
);

pointwise!(
    /// The size of the difference: Keras's `MeanAbsoluteError`, PyTorch's `L1Loss`.
    MeanAbsoluteError, "mae", elementwise: false, {}
);

pointwise!(
    /// Half the square of a small difference, a line beyond: Keras's `Huber`, PyTorch's `HuberLoss`.
    Huber, "huber", elementwise: false, {
        /// The difference where the line begins, above 0; its slope. 1 by default.
        delta: 1.0, |delta: f64| delta > 0.0 && delta.is_finite(), "it must be above 0";
    }
);

pointwise!(
    /// Half the square of a small difference over `beta`, a line of slope 1 beyond: PyTorch's `SmoothL1Loss`.
    SmoothL1, "smooth_l1", elementwise: true, {
        /// The difference where the line begins, at least 0; at 0 there is but the line. 1 by default.
        beta: 1.0, at_least_0, "it must be at least 0";
    }
);

pointwise!(
    /// The logarithm of the hyperbolic cosine of the difference: Keras's `LogCosh`.
    LogCosh, "log_cosh", elementwise: false, {}
);

impl MeanSquaredError {
    fn values<const D: usize>(&self, input: Tensor<D>, target: Tensor<D>) -> Tensor<D> {
        (input - target).square()
    }
}

impl MeanAbsoluteError {
    fn values<const D: usize>(&self, input: Tensor<D>, target: Tensor<D>) -> Tensor<D> {
        (input - target).abs()
    }
}

impl Huber {
    fn values<const D: usize>(&self, input: Tensor<D>, target: Tensor<D>) -> Tensor<D> {
        square_then_line((input - target).abs(), self.delta)
    }
}

impl SmoothL1 {
    fn values<const D: usize>(&self, input: Tensor<D>, target: Tensor<D>) -> Tensor<D> {
        let size = (input - target).abs();
        if self.beta == 0.0 { size } else { square_then_line(size, self.beta) / self.beta }
    }
}

/// `size² / 2` up to `bend`, then a line of that slope. Nothing is squared that is larger.
fn square_then_line<const D: usize>(size: Tensor<D>, bend: f64) -> Tensor<D> {
    let small = size.clone().clamp_max(bend);
    small.clone() * (size - small * 0.5)
}

impl LogCosh {
    fn values<const D: usize>(&self, input: Tensor<D>, target: Tensor<D>) -> Tensor<D> {
        // cosh x = exp |x| * (1 + exp(-2 |x|)) / 2.
        let size = (input - target).abs();
        (size.clone() * -2.0).exp().log1p() + size - std::f64::consts::LN_2
    }
}

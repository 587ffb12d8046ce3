//! Functions of single values.

/// A function of single values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pointwise {
    /// `max(x, 0)`; NaN stays NaN. At 0 the gradient is 0.
    Relu,
    /// `min(max(x, 0), 6)`; NaN stays NaN. At 0 and 6 the gradient is 0.
    Relu6,
    /// `1 / (1 + e^-x)`.
    Sigmoid,
    /// `x / (1 + e^-x)`.
    Swish,
    /// The hyperbolic tangent.
    Tanh,
    /// `relu6(x + 3) / 6`. At -3 and 3 the gradient is 0.
    HardSigmoid,
    /// `x relu6(x + 3) / 6`. At -3 the gradient is 0, at 3 it is 1.
    HardSwish,
}

impl Pointwise {
    /// Whether the gradient comes from the output; from the input otherwise.
    pub fn keeps_output(self) -> bool {
        !matches!(self, Self::Swish | Self::HardSwish)
    }
}

//! Activations, as layers and within layers: Keras's `activations`, PyTorch's `nn.functional`.

mod forward;
mod layer;
mod prelu;

pub use self::layer::ActivationLayer;
pub use self::prelu::{Prelu, PreluLayer};

pub(crate) use self::forward::scale_negatives;

use serde::{Deserialize, Serialize};

use crate::axis::resolve_axis;
use crate::named::named;
use crate::{LayerError, Shape, Signature};

/// A function of each value, or of the values along one axis.
///
/// In JSON a name, or a name with its numbers: `"relu"`, `"softmax"`, `{"leaky_relu": {"negative_slope": 0.2}}`.
/// Numbers that aren't given are those of the constructor of that name.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Activation {
    /// x.
    #[default]
    Linear,
    /// max(x, 0). The gradient at 0 is 0.
    Relu,
    /// min(max(x, 0), 6) (Howard et al. 2017). The gradients at 0 and 6 are 0.
    Relu6,
    /// x above 0, `negative_slope * x` else (Maas et al. 2013).
    LeakyRelu {
        /// The slope below 0.
        #[serde(default = "default::negative_slope")]
        negative_slope: f64,
    },
    /// x above 0, `alpha * (exp(x) - 1)` else (Clevert et al. 2016).
    Elu {
        /// Minus the limit at -∞.
        #[serde(default = "default::one")]
        alpha: f64,
    },
    /// 1.0507 times the ELU with alpha 1.6733 (Klambauer et al. 2017).
    Selu,
    /// 1 / (1 + exp(-x)).
    Sigmoid,
    /// relu6(x + 3) / 6, as in Keras 3 and PyTorch.
    HardSigmoid,
    /// The hyperbolic tangent.
    Tanh,
    /// `amplitude * tanh(slope * x)`, LeNet-5's (LeCun et al. 1998, appendix A).
    ScaledTanh {
        /// The limit at ∞.
        #[serde(default = "default::amplitude")]
        amplitude: f64,
        /// The factor of x.
        #[serde(default = "default::slope")]
        slope: f64,
    },
    /// log(1 + exp(x)).
    Softplus,
    /// x / (1 + |x|).
    Softsign,
    /// x * sigmoid(x), also called SiLU (Ramachandran et al. 2017).
    #[serde(alias = "silu")]
    Swish,
    /// x * hard_sigmoid(x) (Howard et al. 2019).
    #[serde(alias = "hard_silu")]
    HardSwish,
    /// x * tanh(softplus(x)) (Misra 2019).
    Mish,
    /// x * Φ(x), with the distribution function Φ of the standard normal distribution (Hendrycks and Gimpel 2016).
    Gelu {
        /// Whether Φ is approximated by a hyperbolic tangent: `0.5 * (1 + tanh(sqrt(2 / π) * (x + 0.044715 * x³)))`.
        #[serde(default)]
        approximate: bool,
    },
    /// exp(x) divided by its sum along the axis.
    Softmax {
        /// The axis; the batch is 0, negative ones count from the end.
        #[serde(default = "default::last")]
        axis: isize,
    },
    /// The logarithm of the softmax.
    LogSoftmax {
        /// The axis; the batch is 0, negative ones count from the end.
        #[serde(default = "default::last")]
        axis: isize,
    },
    /// The step: 0 below 0, 1 above. Its gradient is 0 everywhere.
    #[serde(alias = "step")]
    Heaviside {
        /// The value at 0.
        #[serde(default)]
        value_at_zero: f64,
    },
}

mod default {
    pub(super) fn negative_slope() -> f64 {
        0.3
    }

    pub(super) fn one() -> f64 {
        1.0
    }

    pub(super) fn amplitude() -> f64 {
        1.7159
    }

    pub(super) fn slope() -> f64 {
        2.0 / 3.0
    }

    pub(super) fn last() -> isize {
        -1
    }
}

impl Activation {
    /// Leaky ReLU with slope 0.3, the default of Keras's layer `LeakyReLU`. (Keras's function `leaky_relu` takes 0.2,
    /// PyTorch 0.01.)
    pub fn leaky_relu() -> Self {
        Self::LeakyRelu { negative_slope: default::negative_slope() }
    }

    /// ELU with alpha 1.
    pub fn elu() -> Self {
        Self::Elu { alpha: default::one() }
    }

    /// LeNet-5's hyperbolic tangent: amplitude 1.7159, slope 2/3.
    pub fn scaled_tanh() -> Self {
        Self::ScaledTanh { amplitude: default::amplitude(), slope: default::slope() }
    }

    /// The exact GELU.
    pub fn gelu() -> Self {
        Self::Gelu { approximate: false }
    }

    /// Softmax along the last axis.
    pub fn softmax() -> Self {
        Self::Softmax { axis: default::last() }
    }

    /// Logarithm of the softmax along the last axis.
    pub fn log_softmax() -> Self {
        Self::LogSoftmax { axis: default::last() }
    }

    /// The step that is 0 at 0.
    pub fn heaviside() -> Self {
        Self::Heaviside { value_at_zero: 0.0 }
    }

    /// Checks the function's numbers, for a layer of this kind.
    pub(crate) fn check(self, kind: &'static str) -> Result<(), LayerError> {
        let numbers = match self {
            Self::LeakyRelu { negative_slope } => [negative_slope, 0.0],
            Self::Elu { alpha } => [alpha, 0.0],
            Self::ScaledTanh { amplitude, slope } => [amplitude, slope],
            Self::Heaviside { value_at_zero } => [value_at_zero, 0.0],
            _ => [0.0; 2],
        };
        match numbers.iter().all(|number| number.is_finite()) {
            true => Ok(()),
            false => Err(LayerError::value(kind, "activation", self, "its numbers must be finite")),
        }
    }

    /// Checks that a layer's output has the axis that the function goes along. `output` is a sample of the output,
    /// `inputs` what the layer got.
    pub(crate) fn fits(self, kind: &'static str, output: &Shape, inputs: &[Signature]) -> Result<(), LayerError> {
        match self {
            Self::Softmax { axis } | Self::LogSoftmax { axis } if resolve_axis(axis, output.rank() + 1).is_none() => {
                let expected = format!("an input whose output has the axis {axis} of its activation");
                Err(LayerError::input(kind, expected, inputs).with_fix("the batch is axis 0, the last axis is -1"))
            }
            _ => Ok(()),
        }
    }
}

named!(Activation, "an activation's name, or its name with its numbers");

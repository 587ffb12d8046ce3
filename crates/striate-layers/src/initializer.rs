//! Initial weights.

use burn::Tensor;
use burn::module::{Param, ParamId};
use burn::tensor::{Device, Shape, TensorData};
use serde::{Deserialize, Serialize};
use striate_core::{Scope, Stream};

/// The distribution of a parameter's first values. Formulas are Keras 3's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Initializer {
    /// All 0.
    Zeros,
    /// All 1.
    Ones,
    /// All the same.
    Constant {
        /// The value.
        value: f32,
    },
    /// Evenly from `[low, high)`.
    Uniform {
        /// Least value.
        low: f32,
        /// Upper bound.
        high: f32,
    },
    /// From a normal distribution.
    Normal {
        /// Mean.
        mean: f32,
        /// Standard deviation.
        std: f32,
    },
    /// Evenly from ±sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010).
    GlorotUniform,
    /// Evenly from ±sqrt(6 / fan_in) (He et al. 2015).
    HeUniform,
    /// Evenly from ±sqrt(3 / fan_in) (LeCun et al. 1998).
    LecunUniform,
    /// Evenly from ±1 / sqrt(fan_in): PyTorch's for the weights and biases of its layers (`kaiming_uniform_` with
    /// `a = sqrt(5)`).
    TorchDefault,
}

/// How many numbers go into an output and come out of an input; they set the spread of initial weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fans {
    /// Inputs of one output.
    pub fan_in: usize,
    /// Outputs of one input.
    pub fan_out: usize,
}

impl Initializer {
    /// Whether a layer counts its fans as PyTorch does, where Keras counts them otherwise.
    pub(crate) fn counts_as_torch(self) -> bool {
        matches!(self, Self::TorchDefault)
    }

    /// The rule that its numbers break, if they break one.
    pub(crate) fn check(self) -> Result<(), &'static str> {
        let finite = |values: &[f32]| values.iter().all(|value| value.is_finite());
        match self {
            Self::Constant { value } if !finite(&[value]) => Err("an initializer's value must be finite"),
            Self::Uniform { low, high } if !(finite(&[low, high]) && low <= high) => {
                Err("an initializer's bounds must be finite, `low` at most `high`")
            }
            Self::Normal { mean, std } if !(finite(&[mean, std]) && std >= 0.0) => {
                Err("an initializer's mean must be finite and its `std` at least 0")
            }
            _ => Ok(()),
        }
    }

    /// Draws `len` values.
    pub fn draw(self, len: usize, fans: Fans, stream: &mut Stream) -> Vec<f32> {
        let (fan_in, fan_out) = (fans.fan_in.max(1) as f64, fans.fan_out.max(1) as f64);
        let mut uniform = |limit: f64| {
            let limit = limit.sqrt() as f32;
            (0..len).map(|_| stream.uniform_in(-limit..limit)).collect()
        };
        match self {
            Self::Zeros => vec![0.0; len],
            Self::Ones => vec![1.0; len],
            Self::Constant { value } => vec![value; len],
            Self::Uniform { low, high } => (0..len).map(|_| stream.uniform_in(low..high)).collect(),
            Self::Normal { mean, std } => (0..len).map(|_| mean + std * stream.normal()).collect(),
            Self::GlorotUniform => uniform(6.0 / (fan_in + fan_out)),
            Self::HeUniform => uniform(6.0 / fan_in),
            Self::LecunUniform => uniform(3.0 / fan_in),
            Self::TorchDefault => uniform(1.0 / fan_in),
        }
    }

    /// A parameter of this shape that draws its values when they are first asked for, from the stream `name` of the
    /// scope.
    pub fn param<const D: usize>(
        self,
        shape: [usize; D],
        fans: Fans,
        name: &str,
        scope: &Scope,
        device: &Device,
    ) -> Param<Tensor<D>> {
        let mut stream = scope.open(name);
        let init = move |device: &Device, require_grad: bool| {
            let values = self.draw(shape.iter().product(), fans, &mut stream);
            Tensor::from_data(TensorData::new(values, shape), device).set_require_grad(require_grad)
        };
        Param::uninitialized(ParamId::new(), init, device.clone(), true, Shape::from(shape))
    }
}

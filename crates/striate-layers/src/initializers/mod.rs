//! Initial weights.

mod distribution;
mod fans;

use burn::Tensor;
use burn::module::{Param, ParamId};
use burn::tensor::{Device, Shape, TensorData};
use serde::{Deserialize, Serialize};
use striate_core::{Scope, Stream};

pub use self::distribution::Distribution;
pub use self::fans::{FanMode, Fans};

use crate::named::named;

/// The distribution of a parameter's first values. Formulas are Keras 3's; `kaiming_*` and `torch_default` are PyTorch's.
///
/// In JSON a name, or a name with its numbers: `"he_normal"`, `"orthogonal"`, `{"constant": {"value": 0.1}}`. Numbers that
/// aren't given are those of the library; those of `constant`, `uniform`, `normal` and `truncated_normal` must be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "snake_case", deny_unknown_fields)]
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
        /// Standard deviation, at least 0.
        std: f32,
    },
    /// From a normal distribution, where values beyond two standard deviations are drawn anew (Keras's
    /// `TruncatedNormal`). What comes out has a standard deviation of 0.88 times `std`.
    TruncatedNormal {
        /// Mean.
        mean: f32,
        /// Standard deviation before the cut, at least 0.
        std: f32,
    },
    /// Evenly from ±sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010,
    /// <https://proceedings.mlr.press/v9/glorot10a.html>).
    GlorotUniform,
    /// Truncated normal with a standard deviation of sqrt(2 / (fan_in + fan_out)) after the cut (Glorot and Bengio 2010).
    GlorotNormal,
    /// Evenly from ±sqrt(6 / fan_in) (He et al. 2015, <https://arxiv.org/abs/1502.01852>).
    HeUniform,
    /// Truncated normal with a standard deviation of sqrt(2 / fan_in) after the cut (He et al. 2015).
    HeNormal,
    /// Evenly from ±sqrt(3 / fan_in) (LeCun et al. 1998, "Efficient BackProp", section 4.6).
    LecunUniform,
    /// Truncated normal with a standard deviation of sqrt(1 / fan_in) after the cut (LeCun et al. 1998; Klambauer et
    /// al. 2017, <https://arxiv.org/abs/1706.02515>).
    LecunNormal,
    /// PyTorch's `kaiming_uniform_` for ReLU: evenly from ±sqrt(6 / fan) (He et al. 2015).
    KaimingUniform {
        /// Which fan; not the average.
        #[serde(default)]
        mode: FanMode,
    },
    /// PyTorch's `kaiming_normal_` for ReLU: normal with a standard deviation of sqrt(2 / fan), not truncated (He et al.
    /// 2015).
    KaimingNormal {
        /// Which fan; not the average.
        #[serde(default)]
        mode: FanMode,
    },
    /// Evenly from ±1 / sqrt(fan_in): PyTorch's for the weights and biases of its layers (`kaiming_uniform_` with
    /// `a = sqrt(5)`).
    TorchDefault,
    /// With a variance of `scale / fan`: Keras's `VarianceScaling`, of which Glorot's, He's and LeCun's are cases.
    VarianceScaling {
        /// Factor of the variance, above 0.
        #[serde(default = "unit")]
        scale: f64,
        /// Which fan.
        #[serde(default)]
        mode: FanMode,
        /// The shape of the distribution.
        #[serde(default)]
        distribution: ScaledDistribution,
    },
    /// A random orthogonal matrix times `gain`: the first axis is its rows, the others its columns; the shorter ones are
    /// orthonormal (Saxe et al. 2014, <https://arxiv.org/abs/1312.6120>; Keras's `Orthogonal`, PyTorch's
    /// `orthogonal_`).
    Orthogonal {
        /// Factor.
        #[serde(default = "unit")]
        gain: f64,
    },
    /// What keeps its input: the identity matrix (Keras's `Identity`); for a convolution 1 in the kernel's middle where
    /// output and input channel agree (PyTorch's `dirac_`).
    Identity,
    /// Bilinear interpolation by a transposed convolution `[in, out / groups, …kernel_size]`: each channel on its own (Long
    /// et al. 2015, <https://arxiv.org/abs/1411.4038>). A stride of `s` goes with a kernel of `2 s - s % 2`. Input and
    /// output channels are taken to be equal.
    Bilinear,
}

named!(Initializer, "an initializer's name, or its name with its numbers");

/// The shape of a distribution whose variance is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScaledDistribution {
    /// Normal, cut at two standard deviations, with the variance after the cut.
    #[default]
    TruncatedNormal,
    /// Normal.
    UntruncatedNormal,
    /// Even around 0.
    Uniform,
}

fn unit() -> f64 {
    1.0
}

impl Initializer {
    /// Whether a layer counts its fans as PyTorch does, where Keras counts them otherwise.
    pub(crate) fn counts_as_torch(self) -> bool {
        matches!(self, Self::TorchDefault | Self::KaimingUniform { .. } | Self::KaimingNormal { .. })
    }

    /// Whether all that it draws is 0.
    pub(crate) fn is_zero(self) -> bool {
        match self {
            Self::Zeros => true,
            Self::Constant { value } => value == 0.0,
            Self::Uniform { low, high } => low == 0.0 && high == 0.0,
            Self::Normal { mean, std } | Self::TruncatedNormal { mean, std } => mean == 0.0 && std == 0.0,
            Self::Orthogonal { gain } => gain == 0.0,
            _ => false,
        }
    }

    /// The rule that its numbers break, if they break one.
    pub(crate) fn check(self) -> Result<(), &'static str> {
        match self {
            Self::Constant { value } if !value.is_finite() => Err("an initializer's value must be finite"),
            Self::Uniform { low, high } if !((high - low).is_finite() && low <= high) => {
                Err("an initializer's bounds and their distance must be finite, `low` at most `high`")
            }
            Self::Normal { mean, std } | Self::TruncatedNormal { mean, std }
                if !(mean.is_finite() && std.is_finite() && std >= 0.0) =>
            {
                Err("an initializer's mean must be finite and its `std` at least 0")
            }
            Self::KaimingUniform { mode: FanMode::FanAvg } | Self::KaimingNormal { mode: FanMode::FanAvg } => {
                Err("a Kaiming initializer's mode must be `fan_in` or `fan_out`")
            }
            Self::VarianceScaling { scale, .. } if !(scale > 0.0 && scale.is_finite()) => {
                Err("an initializer's scale must be above 0")
            }
            Self::Orthogonal { gain } if !gain.is_finite() => Err("an initializer's gain must be finite"),
            _ => Ok(()),
        }
    }

    /// What it draws from, for a weight with these fans.
    pub fn distribution(self, fans: Fans) -> Distribution {
        let scaled = |scale: f64, mode: FanMode, shape: ScaledDistribution| shape.with_variance(scale / mode.of(fans));
        match self {
            Self::Zeros => Distribution::Constant { value: 0.0 },
            Self::Ones => Distribution::Constant { value: 1.0 },
            Self::Constant { value } => Distribution::Constant { value: value.into() },
            Self::Uniform { low, high } => Distribution::Uniform { low: low.into(), high: high.into() },
            Self::Normal { mean, std } => Distribution::Normal { mean: mean.into(), std: std.into() },
            Self::TruncatedNormal { mean, std } => {
                Distribution::TruncatedNormal { mean: mean.into(), base_std: std.into() }
            }
            Self::GlorotUniform => scaled(1.0, FanMode::FanAvg, ScaledDistribution::Uniform),
            Self::GlorotNormal => scaled(1.0, FanMode::FanAvg, ScaledDistribution::TruncatedNormal),
            Self::HeUniform => scaled(2.0, FanMode::FanIn, ScaledDistribution::Uniform),
            Self::HeNormal => scaled(2.0, FanMode::FanIn, ScaledDistribution::TruncatedNormal),
            Self::LecunUniform => scaled(1.0, FanMode::FanIn, ScaledDistribution::Uniform),
            Self::LecunNormal => scaled(1.0, FanMode::FanIn, ScaledDistribution::TruncatedNormal),
            Self::KaimingUniform { mode } => scaled(2.0, mode, ScaledDistribution::Uniform),
            Self::KaimingNormal { mode } => scaled(2.0, mode, ScaledDistribution::UntruncatedNormal),
            Self::TorchDefault => {
                let limit = (1.0 / FanMode::FanIn.of(fans)).sqrt();
                Distribution::Uniform { low: -limit, high: limit }
            }
            Self::VarianceScaling { scale, mode, distribution } => scaled(scale, mode, distribution),
            Self::Orthogonal { gain } => Distribution::Orthogonal { gain },
            Self::Identity => Distribution::Identity,
            Self::Bilinear => Distribution::Bilinear,
        }
    }

    /// Draws the values of a weight of this shape, in rows.
    pub fn draw(self, shape: &[usize], fans: Fans, stream: &mut Stream) -> Vec<f32> {
        self.distribution(fans).draw(shape, stream)
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
        self.param_then(shape, fans, name, scope, device, |_| ())
    }

    /// As [`param`](Self::param); `then` changes what was drawn.
    pub(crate) fn param_then<const D: usize>(
        self,
        shape: [usize; D],
        fans: Fans,
        name: &str,
        scope: &Scope,
        device: &Device,
        then: impl FnOnce(&mut [f32]) + Send + Sync + 'static,
    ) -> Param<Tensor<D>> {
        let mut stream = scope.open(name);
        let init = move |device: &Device, require_grad: bool| {
            let mut values = self.draw(&shape, fans, &mut stream);
            then(&mut values);
            Tensor::from_data(TensorData::new(values, shape), device).set_require_grad(require_grad)
        };
        Param::uninitialized(ParamId::new(), init, device.clone(), true, Shape::from(shape))
    }
}

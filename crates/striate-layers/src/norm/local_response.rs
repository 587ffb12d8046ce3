//! Local response normalization (Krizhevsky et al. 2012, section 3.3): PyTorch's `LocalResponseNorm`, TensorFlow's
//! `local_response_normalization`.

use burn::Tensor;
use burn::tensor::TensorData;
use serde::{Deserialize, Serialize};

use crate::builders::data_format_builder;
use crate::check::{check_count, check_finite};
use crate::layer::{LayerModule, LayerSpec, only_float_input, own_module, weightless};
use crate::value::with_rank;
use crate::window::MAX_SPAN;
use crate::{Context, DataFormat, LayerError, Signature, Value};

/// What the sum of squares is multiplied by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlphaMode {
    /// `alpha / size`, as PyTorch.
    #[default]
    Divided,
    /// `alpha`, as TensorFlow and the paper.
    Plain,
}

/// Config of a local response normalization, also called cross-channel normalization: each value divided by
/// `(k + a * s)^beta`, where `s` is the sum of squares at the same place over `size` neighbouring channels.
///
/// Of an even size the larger half comes before the channel, as in PyTorch; beyond the first and last channel there is
/// 0. The paper's AlexNet has size 5, k 2, alpha 1e-4, plain, and beta 0.75. TensorFlow's `depth_radius` of `r` is size
/// `2 r + 1`.
///
/// `[batch, channels, …]`, the same out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalResponseNorm {
    /// Channels of a window, at least 1.
    pub size: usize,
    /// The factor of the sum, at least 0.
    #[serde(default = "default_alpha")]
    pub alpha: f64,
    /// The exponent.
    #[serde(default = "default_beta")]
    pub beta: f64,
    /// The summand, more than 0.
    #[serde(default = "default_k")]
    pub k: f64,
    /// Whether alpha is divided by the size.
    #[serde(default)]
    pub alpha_mode: AlphaMode,
    /// Where the channels stand, in input and output.
    #[serde(default)]
    pub data_format: DataFormat,
}

fn default_alpha() -> f64 {
    1e-4
}

fn default_beta() -> f64 {
    0.75
}

fn default_k() -> f64 {
    1.0
}

impl LocalResponseNorm {
    /// Windows of this many channels; PyTorch's alpha 1e-4 (divided), beta 0.75, k 1.
    pub fn new(size: usize) -> Self {
        Self {
            size,
            alpha: default_alpha(),
            beta: default_beta(),
            k: default_k(),
            alpha_mode: AlphaMode::Divided,
            data_format: DataFormat::ChannelsFirst,
        }
    }

    /// Multiplies the sum by this.
    pub fn alpha(self, alpha: f64) -> Self {
        Self { alpha, ..self }
    }

    /// Takes this exponent.
    pub fn beta(self, beta: f64) -> Self {
        Self { beta, ..self }
    }

    /// Adds this.
    pub fn k(self, k: f64) -> Self {
        Self { k, ..self }
    }

    /// Divides alpha by the size, or doesn't.
    pub fn alpha_mode(self, alpha_mode: AlphaMode) -> Self {
        Self { alpha_mode, ..self }
    }

    data_format_builder!();

    /// `[batch, channels, …]`, the same out; with channels last, both have them last.
    ///
    /// # Panics
    /// If there is no axis beside the batch.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let sides = x.dims();
        let alpha = match self.alpha_mode {
            AlphaMode::Divided => self.alpha / self.size as f64,
            AlphaMode::Plain => self.alpha,
        };
        // Scaled before it is squared, since squares alone may overflow in f16.
        let squares = (x.clone() * alpha.sqrt()).square();
        let squares = squares.reshape(self.data_format.flat(&sides));
        let windows = self.windows(squares.dims()[self.data_format.channel_axis(3)], &squares);
        let sums = match self.data_format {
            DataFormat::ChannelsFirst => windows.matmul(squares),
            DataFormat::ChannelsLast => squares.matmul(windows.transpose()),
        };
        x * (sums.reshape(sides) + self.k).powf_scalar(-self.beta)
    }

    /// The matrix `[1, channels, channels]` that sums over windows, with the type of `like` and where it is: 1 where the
    /// row's window has the column's channel. A product with it is several times faster than pooling.
    fn windows(&self, channels: usize, like: &Tensor<3>) -> Tensor<3> {
        let has = |row: usize, column: usize| match column <= row {
            true => row - column <= self.size / 2,
            false => column - row <= (self.size - 1) / 2,
        };
        let ones = (0..channels * channels).map(|i| f32::from(has(i / channels, i % channels))).collect();
        Tensor::from_data(TensorData::new::<f32, _>(ones, [1, channels, channels]), (&like.device(), like.dtype()))
    }
}

impl LayerSpec for LocalResponseNorm {
    const KIND: &'static str = "local_response_norm";

    fn validate(&self) -> Result<(), LayerError> {
        check_count(Self::KIND, "size", self.size)?;
        for (field, value) in [("alpha", self.alpha), ("beta", self.beta), ("k", self.k)] {
            check_finite(Self::KIND, field, value)?;
        }
        if self.alpha < 0.0 {
            return Err(LayerError::value(Self::KIND, "alpha", self.alpha, "it must be at least 0"));
        }
        if self.k <= 0.0 {
            return Err(LayerError::value(Self::KIND, "k", self.k, "it must be more than 0"));
        }
        Ok(())
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let expected = format!("one input {} with at most 4 axes beside the channels", self.data_format.any_axes());
        let input = only_float_input(Self::KIND, &expected, inputs)?;
        match (self.data_format.channels(&input.shape), input.shape.rank()) {
            (Some(MAX_SPAN..), _) => {
                Err(LayerError::input(Self::KIND, format!("an input of less than {MAX_SPAN} channels"), inputs))
            }
            (_, 1..=5) => Ok(input.clone()),
            _ => Err(LayerError::input(Self::KIND, expected, inputs)),
        }
    }

    own_module!();
}

impl LayerModule for LocalResponseNorm {
    fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
        with_rank!(inputs.remove(0), x => self.forward(x))
    }
}

weightless!(LocalResponseNorm);

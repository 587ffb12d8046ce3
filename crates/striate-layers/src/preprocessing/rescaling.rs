//! `x * scale + offset`: Keras's `Rescaling`.

use burn::Tensor;
use serde::{Deserialize, Serialize};

use super::Numbers;
use crate::builders::data_format_builder;
use crate::layer::{LayerModule, LayerSpec, only_float_input, own_module, weightless};
use crate::value::with_rank;
use crate::{Context, DataFormat, LayerError, Signature, Value};

/// Multiplies every value by `scale` and adds `offset`.
///
/// `[batch, …]` to the same shape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rescaling {
    /// The factor: one, or one for each channel.
    pub scale: Numbers,
    /// What is added after it: one, or one for each channel.
    #[serde(default = "zero")]
    pub offset: Numbers,
    /// Where the channels stand, if there is a number for each.
    #[serde(default)]
    pub data_format: DataFormat,
}

fn zero() -> Numbers {
    0.0.into()
}

impl Rescaling {
    /// This factor, nothing added. `1.0 / 255.0` brings bytes to `[0, 1]`.
    pub fn new(scale: impl Into<Numbers>) -> Self {
        Self { scale: scale.into(), offset: zero(), data_format: DataFormat::ChannelsFirst }
    }

    /// Adds this.
    pub fn offset(self, offset: impl Into<Numbers>) -> Self {
        Self { offset: offset.into(), ..self }
    }

    data_format_builder!();

    /// `[batch, …]` to the same shape.
    ///
    /// # Panics
    /// If there are as many numbers as channels for another count of channels.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let beside = |numbers: &Numbers, x: &Tensor<D>| numbers.tensor(self.data_format.beside(numbers.0.len()), x);
        let x = match self.scale.0[..] {
            [scale] => x * scale,
            _ => {
                let scale = beside(&self.scale, &x);
                x * scale
            }
        };
        match self.offset.0[..] {
            [0.0] => x,
            [offset] => x + offset,
            _ => {
                let offset = beside(&self.offset, &x);
                x + offset
            }
        }
    }
}

impl LayerSpec for Rescaling {
    const KIND: &'static str = "rescaling";

    fn validate(&self) -> Result<(), LayerError> {
        self.scale.check(Self::KIND, "scale")?;
        self.offset.check(Self::KIND, "offset")
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let input = only_float_input(Self::KIND, "one input of real numbers", inputs)?;
        let channels = self.data_format.channels(&input.shape);
        for numbers in [&self.scale.0, &self.offset.0] {
            if numbers.len() > 1 && channels != Some(numbers.len()) {
                let expected = format!("one input with {} channels", numbers.len());
                return Err(LayerError::input(Self::KIND, expected, inputs)
                    .with_fix("give one number, or one for each channel, and look at `data_format`"));
            }
        }
        Ok(input.clone())
    }

    own_module!();
}

impl LayerModule for Rescaling {
    fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
        with_rank!(inputs.remove(0), x => self.forward(x))
    }
}

weightless!(Rescaling);

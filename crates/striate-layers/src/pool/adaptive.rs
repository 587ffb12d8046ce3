//! Means of as many windows as are wanted: PyTorch's `AdaptiveAvgPool2d`.

use burn::Tensor;
use burn::tensor::module::adaptive_avg_pool2d;
use serde::{Deserialize, Serialize};

use crate::builders::data_format_builder;
use crate::layer::{LayerModule, LayerSpec, only_float_input, own_module, weightless};
use crate::reshape::bounded;
use crate::window::MAX_SPAN;
use crate::{Context, DataFormat, LayerError, Shape, Signature, Size, Value};

/// The mean of each window, the windows being such that the output has this size: window `i` of `n` over a side goes
/// from `floor(i * side / n)` to `ceil((i + 1) * side / n)`.
///
/// `[batch, channels, height, width]` to `[batch, channels, …output_size]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdaptiveAvgPool2d {
    /// Height and width of the output in px, from 1 to 8,192.
    pub output_size: Size<2>,
    /// Where the channels stand, in input and output.
    #[serde(default)]
    pub data_format: DataFormat,
}

impl AdaptiveAvgPool2d {
    /// Pools to this size in px, one number or height and width.
    pub fn new(output_size: impl Into<Size<2>>) -> Self {
        Self { output_size: output_size.into(), data_format: DataFormat::ChannelsFirst }
    }

    data_format_builder!();

    /// `[batch, channels, height, width]` to `[batch, channels, …output_size]`; with channels last, both have them last.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<4> {
        let images = self.data_format.channels_first(images);
        self.data_format.restore(adaptive_avg_pool2d(images, self.output_size.0))
    }
}

impl LayerSpec for AdaptiveAvgPool2d {
    const KIND: &'static str = "adaptive_avg_pool2d";

    fn validate(&self) -> Result<(), LayerError> {
        match self.output_size.0.iter().all(|side| (1..=MAX_SPAN).contains(side)) {
            true => Ok(()),
            false => {
                let rule = "both sides must be from 1 to 8192";
                Err(LayerError::value(Self::KIND, "output_size", self.output_size.0, rule))
            }
        }
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let expected = format!("one picture {} with sides of at least 1 px", self.data_format.axes(2));
        let input = only_float_input(Self::KIND, &expected, inputs)?;
        match self.data_format.split::<2>(input.shape.sides()) {
            Some((channels, sides)) if !sides.contains(&Some(0)) => {
                let sides = self.data_format.join(channels, &self.output_size.0.map(Some));
                bounded(Self::KIND, Shape::new(sides), inputs)
            }
            _ => Err(LayerError::input(Self::KIND, expected, inputs)),
        }
    }

    own_module!();
}

impl LayerModule for AdaptiveAvgPool2d {
    fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
        self.forward(inputs.remove(0).float()).into()
    }
}

weightless!(AdaptiveAvgPool2d);

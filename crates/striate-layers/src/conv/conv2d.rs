//! Two-dimensional convolution: Keras's `Conv2D`, PyTorch's `Conv2d`.
//!
//! The weight has torch's layout `[out_channels, in_channels / groups, k_h, k_w]`. Initial values are Keras's: Glorot
//! uniform, bias 0.

use burn::Tensor;
use burn::module::{Module, Param};
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_backend::ops::{ConvOptions, conv2d};
use striate_core::Scope;

use super::padding::{Padding, output_sides, side_paddings, windows};
use crate::defaults::{glorot, one, one_group, yes, zeros};
use crate::layer::{LayerModule, LayerSpec, only_float_input};
use crate::{Activation, Context, Cost, Fans, Initializer, LayerError, Signature, Size2, Value};

/// Config of a two-dimensional convolution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conv2d {
    /// Output channels, at least 1.
    pub filters: usize,
    /// Height and width of the kernel in px, at least 1.
    pub kernel_size: Size2,
    /// Step between windows in px, at least 1.
    #[serde(default = "one")]
    pub stride: Size2,
    /// What is added around the picture.
    #[serde(default)]
    pub padding: Padding,
    /// Step between the kernel's px, at least 1.
    #[serde(default = "one")]
    pub dilation: Size2,
    /// Groups of channels that don't see each other; divides input and output channels.
    #[serde(default = "one_group")]
    pub groups: usize,
    /// Whether a bias is added.
    #[serde(default = "yes")]
    pub bias: bool,
    /// Applied to the result.
    #[serde(default)]
    pub activation: Activation,
    /// First values of the weight.
    #[serde(default = "glorot")]
    pub kernel_initializer: Initializer,
    /// First values of the bias.
    #[serde(default = "zeros")]
    pub bias_initializer: Initializer,
}

impl Conv2d {
    /// This many filters of this size in px, one number or `[height, width]`; stride 1, no padding, with bias.
    pub fn new(filters: usize, kernel_size: impl Into<Size2>) -> Self {
        Self {
            filters,
            kernel_size: kernel_size.into(),
            stride: one(),
            padding: Padding::Valid,
            dilation: one(),
            groups: 1,
            bias: true,
            activation: Activation::Linear,
            kernel_initializer: glorot(),
            bias_initializer: zeros(),
        }
    }

    /// Pads so that the output's sides are `ceil(side / stride)`, as TensorFlow.
    pub fn same(self) -> Self {
        self.padding(Padding::Same)
    }

    /// Pads so; a number or `[height, width]` is PyTorch's `padding=`.
    pub fn padding(self, padding: impl Into<Padding>) -> Self {
        Self { padding: padding.into(), ..self }
    }

    /// Steps by this many px.
    pub fn stride(self, stride: impl Into<Size2>) -> Self {
        Self { stride: stride.into(), ..self }
    }

    /// Spreads the kernel's px by this step.
    pub fn dilation(self, dilation: impl Into<Size2>) -> Self {
        Self { dilation: dilation.into(), ..self }
    }

    /// Divides the channels into groups.
    pub fn groups(self, groups: usize) -> Self {
        Self { groups, ..self }
    }

    /// Goes without a bias.
    pub fn no_bias(self) -> Self {
        Self { bias: false, ..self }
    }

    /// Applies an activation to the result.
    pub fn activation(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }

    /// Draws the weight's first values so.
    pub fn kernel_initializer(self, initializer: Initializer) -> Self {
        Self { kernel_initializer: initializer, ..self }
    }

    /// Draws the bias's first values so.
    pub fn bias_initializer(self, initializer: Initializer) -> Self {
        Self { bias_initializer: initializer, ..self }
    }

    /// Initialises the module for pictures with this many channels.
    pub fn init(&self, in_channels: usize, scope: &Scope, device: &Device) -> Conv2dLayer {
        let Size2([height, width]) = self.kernel_size;
        let shape = [self.filters, in_channels / self.groups, height, width];
        let taps = height.saturating_mul(width);
        let fans = Fans { fan_in: shape[1].saturating_mul(taps), fan_out: shape[0].saturating_mul(taps) };
        let bias = || self.bias_initializer.param([self.filters], fans, "bias", scope, device);
        Conv2dLayer {
            weight: self.kernel_initializer.param(shape, fans, "weight", scope, device),
            bias: self.bias.then(bias),
            config: self.clone(),
        }
    }

    fn windows(&self) -> [super::Window; 2] {
        windows(self.kernel_size.0, self.stride.0, self.dilation.0)
    }
}

impl LayerSpec for Conv2d {
    type Module = Conv2dLayer;
    const KIND: &'static str = "conv2d";

    fn validate(&self) -> Result<(), LayerError> {
        let bad = |field, value: &dyn std::fmt::Debug, rule| Err(LayerError::value(Self::KIND, field, value, rule));
        if self.filters == 0 {
            return bad("filters", &0, "it must be at least 1");
        }
        let sizes = [("kernel_size", self.kernel_size), ("stride", self.stride), ("dilation", self.dilation)];
        for (field, size) in sizes {
            if size.0.contains(&0) {
                return bad(field, &size.0, "both sides must be at least 1");
            }
        }
        if self.groups == 0 || !self.filters.is_multiple_of(self.groups) {
            return bad("groups", &self.groups, "it must be at least 1 and divide `filters`");
        }
        Ok(())
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let expected = "one picture [channels, height, width]";
        let input = only_float_input(Self::KIND, expected, inputs)?;
        let &[Some(channels), height, width] = input.shape.sides() else {
            let fix = match input.shape.rank() {
                1 => "put a reshape before it",
                2 => "add a channel axis of 1 before height and width",
                _ => "its channels must be known",
            };
            return Err(LayerError::input(Self::KIND, expected, inputs).with_fix(fix));
        };
        if !channels.is_multiple_of(self.groups) {
            let expected = format!("a picture whose channels {} groups divide", self.groups);
            return Err(LayerError::input(Self::KIND, expected, inputs));
        }
        let Some([out_height, out_width]) = output_sides(self.padding, [height, width], self.windows()) else {
            let Size2([k_h, k_w]) = self.kernel_size;
            let expected = format!("a picture that a {k_h}x{k_w} kernel fits in");
            return Err(LayerError::input(Self::KIND, expected, inputs)
                .with_fix("use padding `same`, a smaller kernel, or a larger picture"));
        };
        Ok(Signature::float([Some(self.filters), out_height, out_width]))
    }

    fn cost(&self, inputs: &[Signature]) -> Cost {
        let in_channels = inputs[0].shape.sides()[0].unwrap_or(0);
        let Size2([height, width]) = self.kernel_size;
        let taps = (in_channels / self.groups).saturating_mul(height).saturating_mul(width) as u64;
        let filters = self.filters as u64;
        let activations = self.output(inputs).ok().and_then(|output| output.shape.elements()).unwrap_or(0) as u64;
        Cost {
            parameters: filters.saturating_mul(taps.saturating_add(self.bias.into())),
            multiplications: activations.saturating_mul(taps),
            activations,
        }
    }

    fn build(&self, inputs: &[Signature], scope: &Scope, device: &Device) -> Conv2dLayer {
        self.init(inputs[0].shape.sides()[0].unwrap_or(0), scope, device)
    }
}

/// A two-dimensional convolution with its weights.
#[derive(Module, Debug)]
pub struct Conv2dLayer {
    /// `[out_channels, in_channels / groups, k_h, k_w]`.
    pub weight: Param<Tensor<4>>,
    /// `[out_channels]`.
    pub bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    config: Conv2d,
}

impl Conv2dLayer {
    /// `[batch, in_channels, height, width]` to `[batch, filters, out_height, out_width]`.
    ///
    /// # Panics
    /// If the channels are others than those it was initialised for, or the kernel doesn't fit.
    pub fn forward(&self, images: Tensor<4>, _context: &mut Context) -> Tensor<4> {
        let [_, _, height, width] = images.dims();
        let config = &self.config;
        let padding = side_paddings(config.padding, [height, width], config.windows());
        let options = ConvOptions::new_with_padding(config.stride.0, padding, config.dilation.0, config.groups);
        let bias = self.bias.as_ref().map(Param::val);
        config.activation.forward(conv2d(images, self.weight.val(), bias, options))
    }
}

impl LayerModule for Conv2dLayer {
    fn call(&self, mut inputs: Vec<Value>, context: &mut Context) -> Value {
        self.forward(inputs.remove(0).float(), context).into()
    }
}

//! Convolution over one, two or three directions: Keras's `Conv1D` to `Conv3D`, PyTorch's `Conv1d` to `Conv3d`.
//!
//! The weight has torch's layout `[out_channels, in_channels / groups, k_h, k_w]`. Initial values are Keras's: Glorot
//! uniform, bias 0.

use burn::Tensor;
use burn::module::{Module, Param};
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_core::Scope;

use super::run::{Convolution, convolve};
use super::{kernel_fits, taps};
use crate::defaults::{one, one_group};
use crate::layer::{LayerModule, LayerSpec, only_float_input};
use crate::weight::{NamedWeight, activation_builders, kernel_and_bias, kernel_and_bias_builders};
use crate::window::{Padding, Window, windows};
use crate::{
    Activation, Context, Cost, DataFormat, Fans, LayerError, Preset, Regularizer, Shape, Signature, Size, Value, Weight,
};

/// Config of a convolution over `D` directions; `R` is `D + 2`, the rank of a batch. Written [`Conv1d`], [`Conv2d`],
/// [`Conv3d`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conv<const D: usize, const R: usize> {
    /// Output channels, at least 1.
    pub filters: usize,
    /// The kernel's sides in px, at least 1.
    pub kernel_size: Size<D>,
    /// Step between windows in px, at least 1.
    #[serde(default = "one")]
    pub stride: Size<D>,
    /// What is added around the picture.
    #[serde(default)]
    pub padding: Padding<D>,
    /// Step between the kernel's px, at least 1.
    #[serde(default = "one")]
    pub dilation: Size<D>,
    /// Groups of channels that don't see each other; divides input and output channels.
    #[serde(default = "one_group")]
    pub groups: usize,
    /// Where the channels stand, in input and output.
    #[serde(default)]
    pub data_format: DataFormat,
    /// Applied to the result.
    #[serde(default)]
    pub activation: Activation,
    /// What is added to the loss for the output.
    #[serde(default)]
    pub activity_regularizer: Option<Regularizer>,
    /// The weight, `[filters, in_channels / groups, …kernel_size]`.
    #[serde(default = "Weight::glorot")]
    pub kernel: Weight,
    /// The bias, `[filters]`; none: nothing is added.
    #[serde(default = "Weight::with_bias")]
    pub bias: Option<Weight>,
}

/// Convolution over a sequence: `[batch, channels, length]`.
pub type Conv1d = Conv<1, 3>;
/// Convolution over pictures: `[batch, channels, height, width]`.
pub type Conv2d = Conv<2, 4>;
/// Convolution over volumes: `[batch, channels, depth, height, width]`.
pub type Conv3d = Conv<3, 5>;

impl<const D: usize, const R: usize> Conv<D, R> {
    /// This many filters of this size in px, one number or one a direction; stride 1, no padding, with bias.
    pub fn new(filters: usize, kernel_size: impl Into<Size<D>>) -> Self {
        const { assert!(R == D + 2, "batch and channels make the rank") };
        Self {
            filters,
            kernel_size: kernel_size.into(),
            stride: one(),
            padding: Padding::Valid,
            dilation: one(),
            groups: 1,
            data_format: DataFormat::ChannelsFirst,
            activation: Activation::Linear,
            activity_regularizer: None,
            kernel: Weight::glorot(),
            bias: Weight::with_bias(),
        }
    }

    /// Draws first values as this library does: Keras Glorot uniform and a bias of 0, PyTorch both uniformly from
    /// ±1 / sqrt(fan_in).
    pub fn preset(self, preset: Preset) -> Self {
        let (kernel, bias) = preset.kernel_and_bias();
        self.kernel_initializer(kernel).bias_initializer(bias)
    }

    /// Pads so that the output's sides are `ceil(side / stride)`, as TensorFlow.
    pub fn same(self) -> Self {
        self.padding(Padding::Same)
    }

    /// Pads so; a number or one a direction is PyTorch's `padding=`.
    pub fn padding(self, padding: impl Into<Padding<D>>) -> Self {
        Self { padding: padding.into(), ..self }
    }

    /// Steps by this many px.
    pub fn stride(self, stride: impl Into<Size<D>>) -> Self {
        Self { stride: stride.into(), ..self }
    }

    /// Spreads the kernel's px by this step.
    pub fn dilation(self, dilation: impl Into<Size<D>>) -> Self {
        Self { dilation: dilation.into(), ..self }
    }

    /// Divides the channels into groups.
    pub fn groups(self, groups: usize) -> Self {
        Self { groups, ..self }
    }

    /// Takes and gives pictures with their channels there.
    pub fn data_format(self, data_format: DataFormat) -> Self {
        Self { data_format, ..self }
    }

    activation_builders!();
    kernel_and_bias_builders!();

    /// Initialises the module for pictures with this many channels.
    pub fn init(&self, in_channels: usize, scope: &Scope, device: &Device) -> ConvLayer<D, R> {
        let mut shape = [self.filters; R];
        shape[1] = in_channels / self.groups;
        shape[2..].copy_from_slice(&self.kernel_size.0);
        let taps = taps(&self.kernel_size.0);
        let fans = Fans { fan_in: shape[1].saturating_mul(taps), fan_out: shape[0].saturating_mul(taps) };
        let bias = |bias: &Weight| bias.initializer.param([self.filters], fans, "bias", scope, device);
        ConvLayer {
            weight: self.kernel.initializer.param(shape, fans, "weight", scope, device),
            bias: self.bias.as_ref().map(bias),
            config: self.clone(),
        }
    }

    fn windows(&self) -> [Window; D] {
        windows(self.kernel_size, self.stride, self.dilation)
    }

    /// Input channels per group times the kernel's px; 0 if the channels aren't known.
    fn products(&self, inputs: &[Signature]) -> u64 {
        let channels = self.data_format.split::<D>(inputs[0].shape.sides()).and_then(|(channels, _)| channels);
        (channels.unwrap_or(0) / self.groups).saturating_mul(taps(&self.kernel_size.0)) as u64
    }
}

impl<const D: usize, const R: usize> LayerSpec for Conv<D, R> {
    type Module = ConvLayer<D, R>;
    const KIND: &'static str = ["conv1d", "conv2d", "conv3d"][D - 1];

    fn validate(&self) -> Result<(), LayerError> {
        let bad = |field, value: &dyn std::fmt::Debug, rule| Err(LayerError::value(Self::KIND, field, value, rule));
        if self.filters == 0 {
            return bad("filters", &0, "it must be at least 1");
        }
        let sizes = [("kernel_size", self.kernel_size), ("stride", self.stride), ("dilation", self.dilation)];
        for (field, size) in sizes {
            if size.0.contains(&0) {
                return bad(field, &size.0, "every side must be at least 1");
            }
        }
        if self.groups == 0 || !self.filters.is_multiple_of(self.groups) {
            return bad("groups", &self.groups, "it must be at least 1 and divide `filters`");
        }
        self.activation.check(Self::KIND)?;
        Regularizer::validate(self.activity_regularizer.as_ref(), Self::KIND, "activity_regularizer")?;
        self.weights().iter().try_for_each(|(name, weight)| weight.validate(Self::KIND, name))
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let expected = || format!("one picture {}", self.data_format.axes(D));
        let input = only_float_input(Self::KIND, &expected(), inputs)?;
        let Some((Some(channels), sides)) = self.data_format.split::<D>(input.shape.sides()) else {
            let fix = match input.shape.rank() {
                1 => "put a reshape before it",
                rank if rank == D => "add a channel axis of 1",
                rank if rank == D + 1 => "its channels must be known",
                _ => "use the convolution of as many directions as the picture has",
            };
            return Err(LayerError::input(Self::KIND, expected(), inputs).with_fix(fix));
        };
        if !channels.is_multiple_of(self.groups) {
            let expected = format!("a picture whose channels {} groups divide", self.groups);
            return Err(LayerError::input(Self::KIND, expected, inputs));
        }
        let sides = kernel_fits(Self::KIND, self.padding, sides, self.windows(), inputs)?;
        let output = Shape::new(self.data_format.join(Some(self.filters), &sides));
        self.activation.fits(Self::KIND, &output, inputs)?;
        Ok(Signature::float(output))
    }

    fn cost(&self, inputs: &[Signature]) -> Cost {
        let products = self.products(inputs);
        let activations = self.output(inputs).ok().and_then(|output| output.shape.elements()).unwrap_or(0) as u64;
        Cost {
            parameters: (self.filters as u64).saturating_mul(products.saturating_add(self.bias.is_some().into())),
            multiplications: activations.saturating_mul(products),
            activations,
            ..Cost::default()
        }
    }

    fn weights(&self) -> Vec<NamedWeight<'_>> {
        kernel_and_bias(&self.kernel, &self.bias)
    }

    fn build(&self, inputs: &[Signature], scope: &Scope, device: &Device) -> ConvLayer<D, R> {
        let channels = self.data_format.split::<D>(inputs[0].shape.sides()).and_then(|(channels, _)| channels);
        self.init(channels.unwrap_or(0), scope, device)
    }
}

/// A convolution with its weights.
#[derive(Module, Debug)]
pub struct ConvLayer<const D: usize, const R: usize> {
    /// `[out_channels, in_channels / groups, …kernel_size]`.
    pub weight: Param<Tensor<R>>,
    /// `[out_channels]`.
    pub bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    config: Conv<D, R>,
}

/// A convolution over sequences with its weights.
pub type Conv1dLayer = ConvLayer<1, 3>;
/// A convolution over pictures with its weights.
pub type Conv2dLayer = ConvLayer<2, 4>;
/// A convolution over volumes with its weights.
pub type Conv3dLayer = ConvLayer<3, 5>;

impl<const D: usize, const R: usize> ConvLayer<D, R> {
    /// `[batch, in_channels, …sides]` to `[batch, filters, …out_sides]`; with channels last, both have them last.
    ///
    /// # Panics
    /// If the channels are others than those it was initialised for, or the kernel doesn't fit.
    pub fn forward(&self, images: Tensor<R>, context: &mut Context) -> Tensor<R> {
        let config = &self.config;
        let images = config.data_format.to_first(images);
        let how = Convolution { padding: config.padding, windows: config.windows(), groups: config.groups };
        let x = convolve(images, self.weight.val(), self.bias.as_ref().map(Param::val), how);
        let x = config.activation.forward(config.data_format.from_first(x));
        context.regularize(config.activity_regularizer.as_ref(), &x);
        x
    }
}

impl<const D: usize, const R: usize> LayerModule for ConvLayer<D, R> {
    fn call(&self, mut inputs: Vec<Value>, context: &mut Context) -> Value {
        self.forward(inputs.remove(0).float(), context).into()
    }
}

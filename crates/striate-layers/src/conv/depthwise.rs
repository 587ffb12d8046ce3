//! Convolution of each channel by itself: Keras's `DepthwiseConv1D` and `DepthwiseConv2D`, PyTorch's convolutions with as
//! many groups as channels.
//!
//! The weight has torch's layout `[channels * multiplier, 1, k_h, k_w]`; output channel `c * multiplier + j` is filter `j`
//! of channel `c`. Initial values are Keras's: Glorot uniform, bias 0.

use burn::Tensor;
use burn::module::{Module, Param};
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_backend::ops::Pointwise;
use striate_core::Scope;

use super::run::{Convolution, Ends, convolve, takes_ending};
use super::{channels, kernel_fits, picture, preset_builder, product, taps, weight_fits, window_builders};
use crate::check::{check_count, check_rest, check_sizes};
use crate::defaults::one;
use crate::layer::{LayerModule, LayerSpec};
use crate::weight::{NamedWeight, activation_builders, kernel_and_bias, kernel_and_bias_builders};
use crate::window::{Padding, Window, windows};
use crate::{
    Activation, Context, Cost, DataFormat, Ending, Fans, Initializer, LayerError, Regularizer, Shape, Signature, Size,
    Value, Weight,
};

/// Config of a depthwise convolution over `D` directions; `R` is `D + 2`, the rank of a batch. Written
/// [`DepthwiseConv1d`], [`DepthwiseConv2d`], [`DepthwiseConv3d`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepthwiseConv<const D: usize, const R: usize> {
    /// The kernel's sides in px, at least 1.
    pub kernel_size: Size<D>,
    /// Filters for each input channel, at least 1.
    #[serde(default = "one")]
    pub depth_multiplier: usize,
    /// Step between windows in px, at least 1.
    #[serde(default = "one")]
    pub stride: Size<D>,
    /// What is added around the picture.
    #[serde(default)]
    pub padding: Padding<D>,
    /// Step between the kernel's px, at least 1.
    #[serde(default = "one")]
    pub dilation: Size<D>,
    /// Where the channels stand, in input and output.
    #[serde(default)]
    pub data_format: DataFormat,
    /// Applied to the result.
    #[serde(default)]
    pub activation: Activation,
    /// What is added to the loss for the output.
    #[serde(default)]
    pub activity_regularizer: Option<Regularizer>,
    /// The weight, `[in_channels * depth_multiplier, 1, …kernel_size]`. Keras counts the channels and the multiplier as
    /// further px of the kernel: fan_in is px * in_channels, fan_out px * depth_multiplier. For PyTorch's initializers
    /// fan_in is the kernel's px.
    #[serde(default = "Weight::glorot")]
    pub kernel: Weight,
    /// The bias, `[in_channels * depth_multiplier]`; none: nothing is added.
    #[serde(default = "Weight::with_bias")]
    pub bias: Option<Weight>,
}

/// Depthwise convolution over a sequence: `[batch, channels, length]`.
pub type DepthwiseConv1d = DepthwiseConv<1, 3>;
/// Depthwise convolution over pictures: `[batch, channels, height, width]`.
pub type DepthwiseConv2d = DepthwiseConv<2, 4>;
/// Depthwise convolution over volumes: `[batch, channels, depth, height, width]`.
pub type DepthwiseConv3d = DepthwiseConv<3, 5>;

impl<const D: usize, const R: usize> DepthwiseConv<D, R> {
    /// One filter of this size in px for each channel; stride 1, no padding, with bias.
    pub fn new(kernel_size: impl Into<Size<D>>) -> Self {
        const { assert!(R == D + 2, "batch and channels make the rank") };
        Self {
            kernel_size: kernel_size.into(),
            depth_multiplier: 1,
            stride: one(),
            padding: Padding::Valid,
            dilation: one(),
            data_format: DataFormat::ChannelsFirst,
            activation: Activation::Linear,
            activity_regularizer: None,
            kernel: Weight::glorot(),
            bias: Weight::with_bias(),
        }
    }

    /// This many filters for each channel.
    pub fn depth_multiplier(self, depth_multiplier: usize) -> Self {
        Self { depth_multiplier, ..self }
    }

    window_builders!(D, dilated);
    preset_builder!();
    activation_builders!();
    kernel_and_bias_builders!();

    /// Initialises the module for pictures with this many channels.
    pub fn init(&self, in_channels: usize, scope: &Scope, device: &Device) -> DepthwiseConvLayer<D, R> {
        let shape = depthwise_shape(in_channels, self.depth_multiplier, self.kernel_size);
        let fans = |initializer| depthwise_fans(initializer, &shape, self.depth_multiplier);
        let draw = |weight: &Weight| (weight.initializer, fans(weight.initializer));
        let (initializer, fans) = draw(&self.kernel);
        DepthwiseConvLayer {
            weight: initializer.param(shape, fans, "weight", scope, device),
            bias: self.bias.as_ref().map(|bias| {
                let (initializer, fans) = draw(bias);
                initializer.param([shape[0]], fans, "bias", scope, device)
            }),
            config: self.clone(),
        }
    }

    fn windows(&self) -> [Window; D] {
        windows(self.kernel_size, self.stride, self.dilation)
    }
}

/// The shape of a depthwise weight.
pub(super) fn depthwise_shape<const D: usize, const R: usize>(
    in_channels: usize,
    multiplier: usize,
    kernel_size: Size<D>,
) -> [usize; R] {
    let mut shape = [1; R];
    shape[0] = in_channels.saturating_mul(multiplier);
    shape[2..].copy_from_slice(&kernel_size.0);
    shape
}

/// The fans of a depthwise weight `[in_channels * multiplier, 1, …kernel_size]`: PyTorch's from this layout, Keras's from
/// its own `[…kernel_size, in_channels, multiplier]`.
pub(super) fn depthwise_fans(initializer: Initializer, shape: &[usize], multiplier: usize) -> Fans {
    match initializer.counts_as_torch() {
        true => Fans::of(shape),
        false => Fans::keras_depthwise(shape, multiplier),
    }
}

impl<const D: usize, const R: usize> LayerSpec for DepthwiseConv<D, R> {
    type Module = DepthwiseConvLayer<D, R>;
    const KIND: &'static str = ["depthwise_conv1d", "depthwise_conv2d", "depthwise_conv3d"][D - 1];

    fn validate(&self) -> Result<(), LayerError> {
        let sizes = [("kernel_size", self.kernel_size), ("stride", self.stride), ("dilation", self.dilation)];
        check_sizes(Self::KIND, &sizes)?;
        check_count(Self::KIND, "depth_multiplier", self.depth_multiplier)?;
        check_rest(Self::KIND, self.activation, self.activity_regularizer.as_ref(), &self.weights())
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let (channels, sides) = picture::<D>(Self::KIND, self.data_format, inputs)?;
        let shape: [usize; R] = depthwise_shape(channels, self.depth_multiplier, self.kernel_size);
        weight_fits(Self::KIND, &shape, inputs)?;
        let sides = kernel_fits(Self::KIND, self.padding, sides, self.windows(), inputs)?;
        let output = Shape::new(self.data_format.join(Some(shape[0]), &sides));
        self.activation.fits(Self::KIND, &output, inputs)?;
        Ok(Signature::float(output))
    }

    fn cost(&self, inputs: &[Signature]) -> Cost {
        let channels = channels::<D>(self.data_format, inputs).saturating_mul(self.depth_multiplier);
        let activations = self.output(inputs).ok().and_then(|output| output.shape.elements()).unwrap_or(0);
        let taps = taps(&self.kernel_size.0);
        Cost {
            parameters: product(&[channels, taps.saturating_add(self.bias.is_some().into())]),
            multiplications: product(&[activations, taps]),
            activations: activations as u64,
            ..Cost::default()
        }
    }

    fn weights(&self) -> Vec<NamedWeight<'_>> {
        kernel_and_bias(&self.kernel, &self.bias)
    }

    fn build(&self, inputs: &[Signature], scope: &Scope, device: &Device) -> DepthwiseConvLayer<D, R> {
        self.init(channels::<D>(self.data_format, inputs), scope, device)
    }
}

/// A depthwise convolution with its weights.
#[derive(Module, Debug)]
pub struct DepthwiseConvLayer<const D: usize, const R: usize> {
    /// `[in_channels * depth_multiplier, 1, …kernel_size]`.
    pub weight: Param<Tensor<R>>,
    /// `[in_channels * depth_multiplier]`.
    pub bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    config: DepthwiseConv<D, R>,
}

/// A depthwise convolution over sequences with its weights.
pub type DepthwiseConv1dLayer = DepthwiseConvLayer<1, 3>;
/// A depthwise convolution over pictures with its weights.
pub type DepthwiseConv2dLayer = DepthwiseConvLayer<2, 4>;
/// A depthwise convolution over volumes with its weights.
pub type DepthwiseConv3dLayer = DepthwiseConvLayer<3, 5>;

impl<const D: usize, const R: usize> DepthwiseConvLayer<D, R> {
    /// `[batch, in_channels, …sides]` to `[batch, in_channels * depth_multiplier, …out_sides]`; with channels last, both
    /// have them last.
    ///
    /// # Panics
    /// If the channels are others than those it was initialised for, or the kernel doesn't fit.
    pub fn forward(&self, images: Tensor<R>, context: &mut Context) -> Tensor<R> {
        let (function, rest) = self.config.activation.split();
        let x = self.convolve(images, None, function);
        context.finish(x, rest, self.config.activity_regularizer.as_ref())
    }

    fn convolve(&self, images: Tensor<R>, more: Option<Tensor<R>>, function: Option<Pointwise>) -> Tensor<R> {
        let config = &self.config;
        let images = config.data_format.channels_first(images);
        let how = Convolution { padding: config.padding, windows: config.windows(), groups: images.dims()[1] };
        let ends = Ends { bias: self.bias.as_ref().map(Param::val), more, function };
        config.data_format.restore(convolve(images, self.weight.val(), ends, how))
    }
}

impl<const D: usize, const R: usize> LayerModule for DepthwiseConvLayer<D, R> {
    fn call(&self, mut inputs: Vec<Value>, context: &mut Context) -> Value {
        self.forward(inputs.remove(0).float(), context).into()
    }

    fn call_ended(&self, mut inputs: Vec<Value>, ending: Ending, context: &mut Context) -> Value {
        let config = &self.config;
        if !takes_ending(config.data_format, config.activation, config.activity_regularizer.as_ref()) {
            return ending.after(self.call(inputs, context));
        }
        let (function, rest) = ending.activation.split();
        let x = self.convolve(inputs.remove(0).float(), ending.more.map(Value::float), function);
        rest.forward(x).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fans_are_those_of_each_library() {
        let fans = |initializer| depthwise_fans(initializer, &[32, 1, 3, 3], 2);
        assert_eq!(fans(Initializer::GlorotUniform), Fans { fan_in: 144, fan_out: 18 });
        assert_eq!(fans(Initializer::TorchDefault), Fans { fan_in: 9, fan_out: 288 });
    }
}

//! Depthwise convolution and then a mix of the channels at each px: Keras's `SeparableConv1D` and `SeparableConv2D`
//! (Chollet 2017, <https://arxiv.org/abs/1610.02357>).
//!
//! Weights have torch's layouts: `[in_channels * multiplier, 1, k_h, k_w]` and `[out_channels, in_channels * multiplier, 1,
//! 1]`. Nothing stands between the two; the bias comes at the end. Initial values are Keras's: Glorot uniform, bias 0.

use burn::Tensor;
use burn::module::{Module, Param};
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_core::Scope;

use super::depthwise::{depthwise_fans, depthwise_shape};
use super::run::{Convolution, Ends, convolve};
use super::{channels, kernel_fits, picture, product, px, weight_fits, window_builders};
use crate::check::{check_count, check_rest, check_sizes};
use crate::defaults::one;
use crate::layer::{LayerModule, LayerSpec};
use crate::weight::{NamedWeight, activation_builders, bias_builders, weight_builders};
use crate::window::{Padding, Window, windows};
use crate::{
    Activation, Context, Cost, DataFormat, Fans, LayerError, Preset, Regularizer, Shape, Signature, Size, Value, Weight,
};

/// Config of a separable convolution over `D` directions; `R` is `D + 2`, the rank of a batch. Written
/// [`SeparableConv1d`], [`SeparableConv2d`], [`SeparableConv3d`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeparableConv<const D: usize, const R: usize> {
    /// Output channels, at least 1.
    pub filters: usize,
    /// The depthwise kernel's sides in px, at least 1.
    pub kernel_size: Size<D>,
    /// Depthwise filters for each input channel, at least 1.
    #[serde(default = "one")]
    pub depth_multiplier: usize,
    /// Step between windows in px, at least 1.
    #[serde(default = "one")]
    pub stride: Size<D>,
    /// What is added around the picture.
    #[serde(default)]
    pub padding: Padding<D>,
    /// Step between the depthwise kernel's px, at least 1.
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
    /// The depthwise weight, `[in_channels * depth_multiplier, 1, …kernel_size]`. Its fans are those of
    /// [`DepthwiseConv`](crate::DepthwiseConv).
    #[serde(default = "Weight::glorot")]
    pub depthwise: Weight,
    /// The pointwise weight, `[filters, in_channels * depth_multiplier, 1…]`.
    #[serde(default = "Weight::glorot")]
    pub pointwise: Weight,
    /// The bias, `[filters]`; none: nothing is added.
    #[serde(default = "Weight::with_bias")]
    pub bias: Option<Weight>,
}

/// Separable convolution over a sequence: `[batch, channels, length]`.
pub type SeparableConv1d = SeparableConv<1, 3>;
/// Separable convolution over pictures: `[batch, channels, height, width]`.
pub type SeparableConv2d = SeparableConv<2, 4>;
/// Separable convolution over volumes: `[batch, channels, depth, height, width]`.
pub type SeparableConv3d = SeparableConv<3, 5>;

impl<const D: usize, const R: usize> SeparableConv<D, R> {
    /// This many output channels, one depthwise filter of this size in px for each channel; stride 1, no padding, with
    /// bias.
    pub fn new(filters: usize, kernel_size: impl Into<Size<D>>) -> Self {
        const { assert!(R == D + 2, "batch and channels make the rank") };
        Self {
            filters,
            kernel_size: kernel_size.into(),
            depth_multiplier: 1,
            stride: one(),
            padding: Padding::Valid,
            dilation: one(),
            data_format: DataFormat::ChannelsFirst,
            activation: Activation::Linear,
            activity_regularizer: None,
            depthwise: Weight::glorot(),
            pointwise: Weight::glorot(),
            bias: Weight::with_bias(),
        }
    }

    /// Draws first values as this library does: Keras Glorot uniform and a bias of 0, PyTorch all uniformly from
    /// ±1 / sqrt(fan_in).
    pub fn preset(self, preset: Preset) -> Self {
        let (kernel, bias) = preset.kernel_and_bias();
        self.depthwise_initializer(kernel).pointwise_initializer(kernel).bias_initializer(bias)
    }

    /// This many depthwise filters for each channel.
    pub fn depth_multiplier(self, depth_multiplier: usize) -> Self {
        Self { depth_multiplier, ..self }
    }

    window_builders!(D, dilated);
    activation_builders!();
    weight_builders!(depthwise, depthwise_initializer, depthwise_regularizer, depthwise_constraint, "depthwise weight");
    weight_builders!(pointwise, pointwise_initializer, pointwise_regularizer, pointwise_constraint, "pointwise weight");
    bias_builders!();

    /// Initialises the module for pictures with this many channels.
    pub fn init(&self, in_channels: usize, scope: &Scope, device: &Device) -> SeparableConvLayer<D, R> {
        let [depthwise, pointwise] = self.shapes(in_channels);
        let draw = self.depthwise.initializer;
        let depthwise_fans = depthwise_fans(draw, &depthwise, self.depth_multiplier);
        let fans = Fans { fan_in: pointwise[1], fan_out: self.filters };
        let bias = |bias: &Weight| bias.initializer.param([self.filters], fans, "bias", scope, device);
        SeparableConvLayer {
            depthwise_weight: draw.param(depthwise, depthwise_fans, "depthwise_weight", scope, device),
            pointwise_weight: self.pointwise.initializer.param(pointwise, fans, "pointwise_weight", scope, device),
            bias: self.bias.as_ref().map(bias),
            config: self.clone(),
        }
    }

    /// The shapes of the depthwise and the pointwise weight.
    fn shapes(&self, in_channels: usize) -> [[usize; R]; 2] {
        let depthwise: [usize; R] = depthwise_shape(in_channels, self.depth_multiplier, self.kernel_size);
        let mut pointwise = [1; R];
        pointwise[0] = self.filters;
        pointwise[1] = depthwise[0];
        [depthwise, pointwise]
    }

    fn windows(&self) -> [Window; D] {
        windows(self.kernel_size, self.stride, self.dilation)
    }
}

impl<const D: usize, const R: usize> LayerSpec for SeparableConv<D, R> {
    type Module = SeparableConvLayer<D, R>;
    const KIND: &'static str = ["separable_conv1d", "separable_conv2d", "separable_conv3d"][D - 1];

    fn validate(&self) -> Result<(), LayerError> {
        check_count(Self::KIND, "filters", self.filters)?;
        let sizes = [("kernel_size", self.kernel_size), ("stride", self.stride), ("dilation", self.dilation)];
        check_sizes(Self::KIND, &sizes)?;
        check_count(Self::KIND, "depth_multiplier", self.depth_multiplier)?;
        check_rest(Self::KIND, self.activation, self.activity_regularizer.as_ref(), &self.weights())
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let (channels, sides) = picture::<D>(Self::KIND, self.data_format, inputs)?;
        self.shapes(channels).iter().try_for_each(|shape| weight_fits(Self::KIND, shape, inputs))?;
        let sides = kernel_fits(Self::KIND, self.padding, sides, self.windows(), inputs)?;
        let output = Shape::new(self.data_format.join(Some(self.filters), &sides));
        self.activation.fits(Self::KIND, &output, inputs)?;
        Ok(Signature::float(output))
    }

    fn cost(&self, inputs: &[Signature]) -> Cost {
        let output = self.output(inputs).ok();
        let [depthwise, pointwise] = self.shapes(channels::<D>(self.data_format, inputs));
        let weights = product(&depthwise).saturating_add(product(&pointwise));
        let px = output.as_ref().map_or(0, |output| px::<D>(self.data_format, output));
        Cost {
            parameters: weights.saturating_add(if self.bias.is_some() { self.filters as u64 } else { 0 }),
            multiplications: weights.saturating_mul(px),
            activations: output.and_then(|output| output.shape.elements()).unwrap_or(0) as u64,
            ..Cost::default()
        }
    }

    fn weights(&self) -> Vec<NamedWeight<'_>> {
        let kernels = [("depthwise_weight", &self.depthwise), ("pointwise_weight", &self.pointwise)];
        let bias = self.bias.as_ref().map(|bias| ("bias", bias));
        kernels.into_iter().chain(bias).map(|(name, weight)| (name.to_string(), weight)).collect()
    }

    fn build(&self, inputs: &[Signature], scope: &Scope, device: &Device) -> SeparableConvLayer<D, R> {
        self.init(channels::<D>(self.data_format, inputs), scope, device)
    }
}

/// A separable convolution with its weights.
#[derive(Module, Debug)]
pub struct SeparableConvLayer<const D: usize, const R: usize> {
    /// `[in_channels * depth_multiplier, 1, …kernel_size]`.
    pub depthwise_weight: Param<Tensor<R>>,
    /// `[filters, in_channels * depth_multiplier, 1…]`.
    pub pointwise_weight: Param<Tensor<R>>,
    /// `[filters]`.
    pub bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    config: SeparableConv<D, R>,
}

/// A separable convolution over sequences with its weights.
pub type SeparableConv1dLayer = SeparableConvLayer<1, 3>;
/// A separable convolution over pictures with its weights.
pub type SeparableConv2dLayer = SeparableConvLayer<2, 4>;
/// A separable convolution over volumes with its weights.
pub type SeparableConv3dLayer = SeparableConvLayer<3, 5>;

impl<const D: usize, const R: usize> SeparableConvLayer<D, R> {
    /// `[batch, in_channels, …sides]` to `[batch, filters, …out_sides]`; with channels last, both have them last.
    ///
    /// # Panics
    /// If the channels are others than those it was initialised for, or the kernel doesn't fit.
    pub fn forward(&self, images: Tensor<R>, context: &mut Context) -> Tensor<R> {
        let config = &self.config;
        let images = config.data_format.channels_first(images);
        let each = Convolution { padding: config.padding, windows: config.windows(), groups: images.dims()[1] };
        let mix = Convolution::<D> { padding: Padding::Valid, windows: windows(one(), one(), one()), groups: 1 };
        let (function, rest) = config.activation.split();
        let ends = Ends { bias: self.bias.as_ref().map(Param::val), more: None, function };
        let x = convolve(images, self.depthwise_weight.val(), Ends::default(), each);
        let x = convolve(x, self.pointwise_weight.val(), ends, mix);
        context.finish(config.data_format.restore(x), rest, config.activity_regularizer.as_ref())
    }
}

impl<const D: usize, const R: usize> LayerModule for SeparableConvLayer<D, R> {
    fn call(&self, mut inputs: Vec<Value>, context: &mut Context) -> Value {
        self.forward(inputs.remove(0).float(), context).into()
    }
}

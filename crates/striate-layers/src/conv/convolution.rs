//! Convolution over one, two or three directions: Keras's `Conv1D` to `Conv3D`, PyTorch's `Conv1d` to `Conv3d`.
//!
//! The weight has torch's layout `[out_channels, in_channels / groups, k_h, k_w]`. Initial values are Keras's: Glorot
//! uniform, bias 0.

use burn::Tensor;
use burn::module::{Module, Param};
use burn::tensor::TensorData;
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_core::Scope;

use super::run::{Convolution, Ends, convolve, takes_ending};
use super::{
    channels, computed, kernel_fits, picture, preset_builder, product, px, taps, weight_fits, window_builders,
};
use crate::check::{check_count, check_rest, check_sizes};
use crate::defaults::one;
use crate::layer::{LayerModule, LayerSpec};
use crate::weight::{NamedWeight, activation_builders, kernel_and_bias, kernel_and_bias_builders};
use crate::window::{Padding, Window, windows};
use crate::{
    Activation, Context, Cost, DataFormat, Ending, Fans, LayerError, Regularizer, Shape, Signature, Size, Value, Weight,
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
    #[serde(default = "one")]
    pub groups: usize,
    /// For each filter the input channels that it sees, from 0, as in table I of LeNet-5 (LeCun et al. 1998); none: each
    /// sees all. Weights outside the table are 0 and learn nothing. They are stored all the same and count as
    /// parameters that aren't trained, but not as multiplications; first values are drawn as if there were no table. Needs `groups` of 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connections: Option<Vec<Vec<usize>>>,
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
            connections: None,
            data_format: DataFormat::ChannelsFirst,
            activation: Activation::Linear,
            activity_regularizer: None,
            kernel: Weight::glorot(),
            bias: Weight::with_bias(),
        }
    }

    /// Divides the channels into groups.
    pub fn groups(self, groups: usize) -> Self {
        Self { groups, ..self }
    }

    /// Lets each filter see these input channels only.
    pub fn connections(self, connections: impl Into<Vec<Vec<usize>>>) -> Self {
        Self { connections: Some(connections.into()), ..self }
    }

    window_builders!(D, dilated);
    preset_builder!();
    activation_builders!();
    kernel_and_bias_builders!();

    /// Initialises the module for pictures with this many channels.
    pub fn init(&self, in_channels: usize, scope: &Scope, device: &Device) -> ConvLayer<D, R> {
        let shape = self.weight_shape(in_channels);
        let fans = Fans::of(&shape);
        let bias = |bias: &Weight| bias.initializer.param([self.filters], fans, "bias", scope, device);
        let mut weight = self.kernel.initializer.param(shape, fans, "weight", scope, device);
        if self.connections.is_some() {
            let config = self.clone();
            weight = computed(shape, device, move |device| config.connected(weight.to_device(device).val()));
        }
        ConvLayer { weight, bias: self.bias.as_ref().map(bias), config: self.clone() }
    }

    /// `[filters, in_channels / groups, …kernel_size]`.
    pub(super) fn weight_shape(&self, in_channels: usize) -> [usize; R] {
        let mut shape = [self.filters; R];
        shape[1] = in_channels / self.groups;
        shape[2..].copy_from_slice(&self.kernel_size.0);
        shape
    }

    /// The channels of the input, 0 if they aren't known.
    pub(super) fn in_channels(&self, inputs: &[Signature]) -> usize {
        channels::<D>(self.data_format, inputs)
    }

    /// Convolves with this weight and bias.
    pub(super) fn run(
        &self,
        images: Tensor<R>,
        weight: Tensor<R>,
        bias: Option<Tensor<1>>,
        context: &mut Context,
    ) -> Tensor<R> {
        let (function, rest) = self.activation.split();
        let x = self.convolve(images, weight, Ends { bias, more: None, function });
        context.finish(x, rest, self.activity_regularizer.as_ref())
    }

    fn convolve(&self, images: Tensor<R>, weight: Tensor<R>, ends: Ends<R>) -> Tensor<R> {
        let images = self.data_format.channels_first(images);
        let how = Convolution { padding: self.padding, windows: self.windows(), groups: self.groups };
        self.data_format.restore(convolve(images, self.connected(weight), ends, how))
    }

    /// The weight with 0 where the table has no connection.
    fn connected(&self, weight: Tensor<R>) -> Tensor<R> {
        let Some(connections) = &self.connections else { return weight };
        let mut shape = [1; R];
        shape[..2].copy_from_slice(&weight.dims()[..2]);
        let mut mask = vec![0f32; shape[0] * shape[1]];
        for (row, seen) in mask.chunks_mut(shape[1]).zip(connections) {
            seen.iter().for_each(|channel| row[*channel] = 1.0);
        }
        let mask = Tensor::from_data(TensorData::new(mask, shape), (&weight.device(), weight.dtype()));
        weight * mask
    }

    fn windows(&self) -> [Window; D] {
        windows(self.kernel_size, self.stride, self.dilation)
    }

    fn check_connections(&self) -> Result<(), LayerError> {
        let Some(connections) = &self.connections else { return Ok(()) };
        let bad = |value: &dyn std::fmt::Debug, rule| Err(LayerError::value(Self::KIND, "connections", value, rule));
        if self.groups != 1 {
            return Err(LayerError::value(
                Self::KIND,
                "groups",
                self.groups,
                "it must be 1 if there are `connections`",
            ));
        }
        if connections.len() != self.filters {
            return bad(&connections.len(), "it must have a row for each filter");
        }
        for row in connections {
            let mut sorted = row.clone();
            sorted.sort_unstable();
            sorted.dedup();
            if row.is_empty() || sorted.len() != row.len() {
                return bad(row, "each row must name at least one channel, and none twice");
            }
        }
        Ok(())
    }
}

impl<const D: usize, const R: usize> LayerSpec for Conv<D, R> {
    type Module = ConvLayer<D, R>;
    const KIND: &'static str = ["conv1d", "conv2d", "conv3d"][D - 1];

    fn validate(&self) -> Result<(), LayerError> {
        check_count(Self::KIND, "filters", self.filters)?;
        let sizes = [("kernel_size", self.kernel_size), ("stride", self.stride), ("dilation", self.dilation)];
        check_sizes(Self::KIND, &sizes)?;
        if self.groups == 0 || !self.filters.is_multiple_of(self.groups) {
            let rule = "it must be at least 1 and divide `filters`";
            return Err(LayerError::value(Self::KIND, "groups", self.groups, rule));
        }
        self.check_connections()?;
        check_rest(Self::KIND, self.activation, self.activity_regularizer.as_ref(), &self.weights())
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let (channels, sides) = picture::<D>(Self::KIND, self.data_format, inputs)?;
        if !channels.is_multiple_of(self.groups) {
            let expected = format!("a picture whose channels {} groups divide", self.groups);
            return Err(LayerError::input(Self::KIND, expected, inputs));
        }
        let named = self.connections.iter().flatten().flatten().max();
        if let Some(named) = named.filter(|named| **named >= channels) {
            let expected = format!("a picture that has the channel {named} of `connections`");
            return Err(LayerError::input(Self::KIND, expected, inputs).with_fix("channels count from 0"));
        }
        weight_fits(Self::KIND, &self.weight_shape(channels), inputs)?;
        let sides = kernel_fits(Self::KIND, self.padding, sides, self.windows(), inputs)?;
        let output = Shape::new(self.data_format.join(Some(self.filters), &sides));
        self.activation.fits(Self::KIND, &output, inputs)?;
        Ok(Signature::float(output))
    }

    fn cost(&self, inputs: &[Signature]) -> Cost {
        let output = self.output(inputs).ok();
        let taps = taps(&self.kernel_size.0);
        let weight = product(&self.weight_shape(self.in_channels(inputs)));
        let connected = match &self.connections {
            Some(rows) => product(&[rows.iter().map(Vec::len).sum(), taps]),
            None => weight,
        };
        Cost {
            parameters: connected.saturating_add(if self.bias.is_some() { self.filters as u64 } else { 0 }),
            non_trainable: weight.saturating_sub(connected),
            multiplications: connected
                .saturating_mul(output.as_ref().map_or(0, |output| px::<D>(self.data_format, output))),
            activations: output.and_then(|output| output.shape.elements()).unwrap_or(0) as u64,
        }
    }

    fn weights(&self) -> Vec<NamedWeight<'_>> {
        kernel_and_bias(&self.kernel, &self.bias)
    }

    fn build(&self, inputs: &[Signature], scope: &Scope, device: &Device) -> ConvLayer<D, R> {
        self.init(self.in_channels(inputs), scope, device)
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
        self.config.run(images, self.weight.val(), self.bias.as_ref().map(Param::val), context)
    }
}

impl<const D: usize, const R: usize> LayerModule for ConvLayer<D, R> {
    fn call(&self, mut inputs: Vec<Value>, context: &mut Context) -> Value {
        self.forward(inputs.remove(0).float(), context).into()
    }

    fn call_ended(&self, mut inputs: Vec<Value>, ending: Ending, context: &mut Context) -> Value {
        let config = &self.config;
        if !takes_ending(config.data_format, config.activation, config.activity_regularizer.as_ref()) {
            return ending.after(self.call(inputs, context));
        }
        let (function, rest) = ending.activation.split();
        let ends = Ends { bias: self.bias.as_ref().map(Param::val), more: ending.more.map(Value::float), function };
        rest.forward(config.convolve(inputs.remove(0).float(), self.weight.val(), ends)).into()
    }
}

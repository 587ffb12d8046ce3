//! Transposed convolution: Keras's `Conv1DTranspose` to `Conv3DTranspose`, PyTorch's `ConvTranspose1d` to
//! `ConvTranspose3d`.
//!
//! Each input px adds the kernel, times its value, to the output; `stride` is the step in the output. The weight has
//! torch's layout `[in_channels, out_channels / groups, k_h, k_w]`. Initial values are Keras's: Glorot uniform, bias 0.

use burn::Tensor;
use burn::module::{Module, Param};
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_core::Scope;

use super::run::{Spread, convolve_transposed};
use super::{channels, picture, preset_builder, product, px, taps, weight_fits, window_builders};
use crate::check::{check_count, check_rest, check_sizes};
use crate::cost::elements;
use crate::defaults::one;
use crate::layer::{LayerModule, LayerSpec};
use crate::weight::{NamedWeight, activation_builders, kernel_and_bias, kernel_and_bias_builders};
use crate::window::{MAX_SPAN, Padding, Window, windows};
use crate::{
    Activation, Context, Cost, DataFormat, Fans, LayerError, Regularizer, Shape, Signature, Size, Value, Weight,
};

/// Config of a transposed convolution over `D` directions; `R` is `D + 2`, the rank of a batch. Written
/// [`ConvTranspose1d`], [`ConvTranspose2d`], [`ConvTranspose3d`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvTranspose<const D: usize, const R: usize> {
    /// Output channels, at least 1.
    pub filters: usize,
    /// The kernel's sides in px, at least 1.
    pub kernel_size: Size<D>,
    /// Step in the output between two px of the input, in px, at least 1.
    #[serde(default = "one")]
    pub stride: Size<D>,
    /// How much of the full result is the output. The full result's sides are `(side - 1) * stride + extent`, where
    /// `extent` is what the kernel spans: `(kernel_size - 1) * dilation + 1`.
    ///
    /// - `valid`: all of it; at least `side * stride`, zeros after (Keras).
    /// - `same`: `side * stride`, cut from the full result so that the odd px goes after (Keras on TensorFlow).
    /// - Amounts: what to cut before and after (PyTorch).
    #[serde(default)]
    pub padding: Padding<D>,
    /// What the output is larger after each direction, in px; it tells apart the sizes that one stride maps to the same
    /// input.
    ///
    /// With explicit padding the side grows by it, and it must be below the stride or the dilation (PyTorch). With
    /// `valid` the output's side is `(side - 1) * stride + extent + output_padding`, with `same` `(side - 1) * stride +
    /// extent % 2 + output_padding`, and it must be below the stride (Keras). None: 0, or what makes the side that
    /// `padding` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_padding: Option<Size<D>>,
    /// Step between the kernel's px, at least 1.
    #[serde(default = "one")]
    pub dilation: Size<D>,
    /// Groups of channels that don't see each other; divides input and output channels.
    #[serde(default = "one")]
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
    /// The weight, `[in_channels, filters / groups, …kernel_size]`. As in both libraries its fan_in is `filters / groups`
    /// times the kernel's px.
    #[serde(default = "Weight::glorot")]
    pub kernel: Weight,
    /// The bias, `[filters]`; none: nothing is added.
    #[serde(default = "Weight::with_bias")]
    pub bias: Option<Weight>,
}

/// Transposed convolution over a sequence: `[batch, channels, length]`.
pub type ConvTranspose1d = ConvTranspose<1, 3>;
/// Transposed convolution over pictures: `[batch, channels, height, width]`.
pub type ConvTranspose2d = ConvTranspose<2, 4>;
/// Transposed convolution over volumes: `[batch, channels, depth, height, width]`.
pub type ConvTranspose3d = ConvTranspose<3, 5>;

impl<const D: usize, const R: usize> ConvTranspose<D, R> {
    /// This many filters of this size in px, one number or one a direction; stride 1, nothing cut off, with bias.
    pub fn new(filters: usize, kernel_size: impl Into<Size<D>>) -> Self {
        const { assert!(R == D + 2, "batch and channels make the rank") };
        Self {
            filters,
            kernel_size: kernel_size.into(),
            stride: one(),
            padding: Padding::Valid,
            output_padding: None,
            dilation: one(),
            groups: 1,
            data_format: DataFormat::ChannelsFirst,
            activation: Activation::Linear,
            activity_regularizer: None,
            kernel: Weight::glorot(),
            bias: Weight::with_bias(),
        }
    }

    /// Makes the output larger by this after each direction.
    pub fn output_padding(self, output_padding: impl Into<Size<D>>) -> Self {
        Self { output_padding: Some(output_padding.into()), ..self }
    }

    /// Divides the channels into groups.
    pub fn groups(self, groups: usize) -> Self {
        Self { groups, ..self }
    }

    window_builders!(D, dilated);
    preset_builder!();
    activation_builders!();
    kernel_and_bias_builders!();

    /// Initialises the module for pictures with this many channels.
    pub fn init(&self, in_channels: usize, scope: &Scope, device: &Device) -> ConvTransposeLayer<D, R> {
        let shape = self.weight_shape(in_channels);
        let taps = taps(&self.kernel_size.0);
        let fans = Fans { fan_in: shape[1].saturating_mul(taps), fan_out: in_channels.saturating_mul(taps) };
        let bias = |bias: &Weight| bias.initializer.param([self.filters], fans, "bias", scope, device);
        ConvTransposeLayer {
            weight: self.kernel.initializer.param(shape, fans, "weight", scope, device),
            bias: self.bias.as_ref().map(bias),
            config: self.clone(),
        }
    }

    fn weight_shape(&self, in_channels: usize) -> [usize; R] {
        let mut shape = [in_channels; R];
        shape[1] = self.filters / self.groups;
        shape[2..].copy_from_slice(&self.kernel_size.0);
        shape
    }

    fn windows(&self) -> [Window; D] {
        windows(self.kernel_size, self.stride, self.dilation)
    }

    /// Where in the full result of a side the output begins, and how long it is; `None` if nothing is left, or if there
    /// is no such number.
    fn part(&self, direction: usize, side: usize) -> Option<(usize, usize)> {
        let window = self.windows()[direction];
        let extent = window.extent()?;
        let before_last = side.checked_sub(1)?.checked_mul(window.stride)?;
        let full = before_last.checked_add(extent)?;
        let more = self.output_padding.map(|more| more.0[direction]);
        let (start, length) = match self.padding {
            Padding::Valid => (0, full.checked_add(more.unwrap_or(window.stride.saturating_sub(extent)))?),
            Padding::Same => {
                let length = match more {
                    Some(more) => before_last.checked_add(extent % 2)?.checked_add(more)?,
                    None => before_last.checked_add(window.stride)?,
                };
                (full.saturating_sub(length) / 2, length)
            }
            Padding::Explicit(amounts) => {
                let [before, after] = amounts[direction];
                (before, full.checked_add(more.unwrap_or(0))?.checked_sub(before)?.checked_sub(after)?)
            }
        };
        (length > 0).then_some((start, length))
    }

    fn check_output_padding(&self) -> Result<(), LayerError> {
        let Some(more) = self.output_padding else { return Ok(()) };
        let bad = |rule| Err(LayerError::value(Self::KIND, "output_padding", more.0, rule));
        let explicit = matches!(self.padding, Padding::Explicit(_));
        for (more, window) in more.0.into_iter().zip(self.windows()) {
            if explicit && more >= window.stride.max(window.dilation) {
                return bad("it must be below the stride or the dilation");
            }
            if !explicit && more >= window.stride {
                return bad("it must be below the stride");
            }
        }
        Ok(())
    }
}

impl<const D: usize, const R: usize> LayerSpec for ConvTranspose<D, R> {
    type Module = ConvTransposeLayer<D, R>;
    const KIND: &'static str = ["conv_transpose1d", "conv_transpose2d", "conv_transpose3d"][D - 1];

    fn validate(&self) -> Result<(), LayerError> {
        check_count(Self::KIND, "filters", self.filters)?;
        let sizes = [("kernel_size", self.kernel_size), ("stride", self.stride), ("dilation", self.dilation)];
        check_sizes(Self::KIND, &sizes)?;
        // A stride puts px between those of the input, so all of these are allocated.
        let amounts = match self.padding {
            Padding::Explicit(amounts) => amounts.as_flattened().to_vec(),
            Padding::Valid | Padding::Same => Vec::new(),
        };
        for (field, values) in [("stride", &self.stride.0[..]), ("padding", &amounts)] {
            if values.iter().any(|value| *value > MAX_SPAN) {
                return Err(LayerError::value(Self::KIND, field, values, "more than 8,192 px are a mistake"));
            }
        }
        if self.windows().iter().any(|window| window.extent().is_none_or(|extent| extent > MAX_SPAN)) {
            let rule = "with its dilation it must span at most 8,192 px";
            return Err(LayerError::value(Self::KIND, "kernel_size", self.kernel_size.0, rule));
        }
        self.check_output_padding()?;
        if self.groups == 0 || !self.filters.is_multiple_of(self.groups) {
            let rule = "it must be at least 1 and divide `filters`";
            return Err(LayerError::value(Self::KIND, "groups", self.groups, rule));
        }
        check_rest(Self::KIND, self.activation, self.activity_regularizer.as_ref(), &self.weights())
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let (channels, sides) = picture::<D>(Self::KIND, self.data_format, inputs)?;
        if !channels.is_multiple_of(self.groups) {
            let expected = format!("a picture whose channels {} groups divide", self.groups);
            return Err(LayerError::input(Self::KIND, expected, inputs));
        }
        weight_fits(Self::KIND, &self.weight_shape(channels), inputs)?;
        let mut output = [None; D];
        for (direction, side) in sides.into_iter().enumerate() {
            let Some(side) = side else { continue };
            let Some((_, length)) = self.part(direction, side) else {
                let expected = "a picture of which the padding leaves something";
                let fix = "use less padding, a larger kernel, or a larger picture";
                return Err(LayerError::input(Self::KIND, expected, inputs).with_fix(fix));
            };
            output[direction] = Some(length);
        }
        let output = Shape::new(self.data_format.join(Some(self.filters), &output));
        self.activation.fits(Self::KIND, &output, inputs)?;
        Ok(Signature::float(output))
    }

    fn cost(&self, inputs: &[Signature]) -> Cost {
        let weight = product(&self.weight_shape(channels::<D>(self.data_format, inputs)));
        let activations = elements(self.output(inputs));
        Cost {
            parameters: weight.saturating_add(if self.bias.is_some() { self.filters as u64 } else { 0 }),
            multiplications: weight.saturating_mul(px::<D>(self.data_format, &inputs[0])),
            activations,
            ..Cost::default()
        }
    }

    fn weights(&self) -> Vec<NamedWeight<'_>> {
        kernel_and_bias(&self.kernel, &self.bias)
    }

    fn build(&self, inputs: &[Signature], scope: &Scope, device: &Device) -> ConvTransposeLayer<D, R> {
        self.init(channels::<D>(self.data_format, inputs), scope, device)
    }
}

/// A transposed convolution with its weights.
#[derive(Module, Debug)]
pub struct ConvTransposeLayer<const D: usize, const R: usize> {
    /// `[in_channels, filters / groups, …kernel_size]`.
    pub weight: Param<Tensor<R>>,
    /// `[filters]`.
    pub bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    config: ConvTranspose<D, R>,
}

/// A transposed convolution over sequences with its weights.
pub type ConvTranspose1dLayer = ConvTransposeLayer<1, 3>;
/// A transposed convolution over pictures with its weights.
pub type ConvTranspose2dLayer = ConvTransposeLayer<2, 4>;
/// A transposed convolution over volumes with its weights.
pub type ConvTranspose3dLayer = ConvTransposeLayer<3, 5>;

impl<const D: usize, const R: usize> ConvTransposeLayer<D, R> {
    /// `[batch, in_channels, …sides]` to `[batch, filters, …out_sides]`; with channels last, both have them last.
    ///
    /// # Panics
    /// If the channels are others than those it was initialised for, or the padding leaves nothing.
    pub fn forward(&self, images: Tensor<R>, context: &mut Context) -> Tensor<R> {
        let config = &self.config;
        let images = config.data_format.channels_first(images);
        let sides = images.dims();
        let parts = std::array::from_fn(|d| config.part(d, sides[d + 2]).expect("the padding leaves something"));
        let how = Spread { parts, windows: config.windows(), groups: config.groups };
        let x = convolve_transposed(images, self.weight.val(), self.bias.as_ref().map(Param::val), how);
        context.finish(config.data_format.restore(x), config.activation, config.activity_regularizer.as_ref())
    }
}

impl<const D: usize, const R: usize> LayerModule for ConvTransposeLayer<D, R> {
    fn call(&self, mut inputs: Vec<Value>, context: &mut Context) -> Value {
        self.forward(inputs.remove(0).float(), context).into()
    }
}

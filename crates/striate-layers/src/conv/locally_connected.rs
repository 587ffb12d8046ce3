//! Convolution whose weights are each place's own: Keras 2's `LocallyConnected2D`.

use burn::Tensor;
use burn::module::{Module, Param};
use burn::tensor::ops::PadMode;
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_core::Scope;

use super::{kernel_fits, picture, preset_builder, product, taps, weight_fits, window_builders};
use crate::check::{check_count, check_rest, check_sizes};
use crate::defaults::one;
use crate::layer::{LayerModule, LayerSpec};
use crate::weight::{NamedWeight, activation_builders, kernel_and_bias, kernel_and_bias_builders};
use crate::window::{Padding, Window, side_paddings, windows};
use crate::{Activation, Context, Cost, DataFormat, Fans, LayerError, Regularizer, Signature, Size, Value, Weight};

/// Config of a locally connected layer. Its pictures' sides must be known.
///
/// The weight's fans are those of a convolution with the same kernel; Keras 2 counted the places in, which makes first
/// values smaller the larger the picture is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocallyConnected2d {
    /// Output channels, at least 1.
    pub filters: usize,
    /// The kernel's height and width in px, at least 1.
    pub kernel_size: Size<2>,
    /// Step between windows in px, at least 1.
    #[serde(default = "one")]
    pub stride: Size<2>,
    /// What is added around the picture.
    #[serde(default)]
    pub padding: Padding<2>,
    /// Where the channels stand, in input and output.
    #[serde(default)]
    pub data_format: DataFormat,
    /// Applied to the result.
    #[serde(default)]
    pub activation: Activation,
    /// What is added to the loss for the output.
    #[serde(default)]
    pub activity_regularizer: Option<Regularizer>,
    /// The weight, `[out_height * out_width, filters, in_channels * k_h * k_w]`.
    #[serde(default = "Weight::glorot")]
    pub kernel: Weight,
    /// The bias, `[filters, out_height, out_width]`; none: nothing is added.
    #[serde(default = "Weight::with_bias")]
    pub bias: Option<Weight>,
}

/// What flows in and comes out.
struct Sides {
    in_channels: usize,
    output: [usize; 2],
}

impl LocallyConnected2d {
    /// This many filters of this size in px at each place; stride 1, no padding, with bias.
    pub fn new(filters: usize, kernel_size: impl Into<Size<2>>) -> Self {
        Self {
            filters,
            kernel_size: kernel_size.into(),
            stride: one(),
            padding: Padding::Valid,
            data_format: DataFormat::ChannelsFirst,
            activation: Activation::Linear,
            activity_regularizer: None,
            kernel: Weight::glorot(),
            bias: Weight::with_bias(),
        }
    }

    window_builders!(2);
    preset_builder!();
    activation_builders!();
    kernel_and_bias_builders!();

    fn windows(&self) -> [Window; 2] {
        windows(self.kernel_size, self.stride, one())
    }

    fn sides(&self, inputs: &[Signature]) -> Result<Sides, LayerError> {
        let (in_channels, sides) = picture::<2>(Self::KIND, self.data_format, inputs)?;
        let sides = kernel_fits(Self::KIND, self.padding, sides, self.windows(), inputs)?;
        let [Some(height), Some(width)] = sides else {
            let error = LayerError::input(Self::KIND, "a picture whose sides are known", inputs);
            return Err(error.with_fix("give the network a fixed input size: each place has weights of its own"));
        };
        let sides = Sides { in_channels, output: [height, width] };
        weight_fits(Self::KIND, &self.weight_shape(&sides), inputs)?;
        Ok(sides)
    }

    fn weight_shape(&self, sides: &Sides) -> [usize; 3] {
        let [height, width] = sides.output;
        [height.saturating_mul(width), self.filters, taps(&self.kernel_size.0).saturating_mul(sides.in_channels)]
    }

    /// What each place sees, `[places, batch, in_channels * k_h * k_w]`, from a padded picture.
    fn patches(&self, images: Tensor<4>, [out_height, out_width]: [usize; 2]) -> Tensor<3> {
        let [batch, channels, ..] = images.dims();
        let (Size([k_h, k_w]), Size([step_h, step_w])) = (self.kernel_size, self.stride);
        let seen = images.unfold::<5, _>(2, k_h, step_h).unfold::<6, _>(3, k_w, step_w);
        seen.permute([2, 3, 0, 1, 4, 5]).reshape([out_height * out_width, batch, channels * k_h * k_w])
    }
}

impl LayerSpec for LocallyConnected2d {
    type Module = LocallyConnected2dLayer;
    const KIND: &'static str = "locally_connected2d";

    fn validate(&self) -> Result<(), LayerError> {
        check_count(Self::KIND, "filters", self.filters)?;
        check_sizes(Self::KIND, &[("kernel_size", self.kernel_size), ("stride", self.stride)])?;
        check_rest(Self::KIND, self.activation, self.activity_regularizer.as_ref(), &self.weights())
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let sides = self.sides(inputs)?;
        let output = self.data_format.join(Some(self.filters), &sides.output.map(Some));
        let output = crate::Shape::new(output);
        self.activation.fits(Self::KIND, &output, inputs)?;
        Ok(Signature::float(output))
    }

    fn cost(&self, inputs: &[Signature]) -> Cost {
        let Ok(sides) = self.sides(inputs) else { return Cost::default() };
        let weight = product(&self.weight_shape(&sides));
        let activations = product(&[self.filters, sides.output[0], sides.output[1]]);
        Cost {
            parameters: weight.saturating_add(if self.bias.is_some() { activations } else { 0 }),
            multiplications: weight,
            activations,
            ..Cost::default()
        }
    }

    fn weights(&self) -> Vec<NamedWeight<'_>> {
        kernel_and_bias(&self.kernel, &self.bias)
    }

    fn build(&self, inputs: &[Signature], scope: &Scope, device: &Device) -> LocallyConnected2dLayer {
        let sides = self.sides(inputs).expect("the inputs fit");
        let shape = self.weight_shape(&sides);
        let fan_out = self.filters.saturating_mul(taps(&self.kernel_size.0));
        let fans = Fans { fan_in: shape[2], fan_out };
        let [height, width] = sides.output;
        let bias = |bias: &Weight| bias.initializer.param([self.filters, height, width], fans, "bias", scope, device);
        LocallyConnected2dLayer {
            weight: self.kernel.initializer.param(shape, fans, "weight", scope, device),
            bias: self.bias.as_ref().map(bias),
            output: sides.output,
            config: self.clone(),
        }
    }
}

/// A locally connected layer with its weights.
#[derive(Module, Debug)]
pub struct LocallyConnected2dLayer {
    /// `[out_height * out_width, filters, in_channels * k_h * k_w]`.
    pub weight: Param<Tensor<3>>,
    /// `[filters, out_height, out_width]`.
    pub bias: Option<Param<Tensor<3>>>,
    #[module(skip)]
    output: [usize; 2],
    #[module(skip)]
    config: LocallyConnected2d,
}

impl LocallyConnected2dLayer {
    /// `[batch, in_channels, height, width]` to `[batch, filters, out_height, out_width]`; with channels last, both have
    /// them last.
    ///
    /// # Panics
    /// If channels or sides are others than those it was initialised for.
    pub fn forward(&self, images: Tensor<4>, context: &mut Context) -> Tensor<4> {
        let config = &self.config;
        let images = config.data_format.channels_first(images);
        let [batch, _, height, width] = images.dims();
        let padding = side_paddings(config.padding, [height, width], config.windows());
        let images = match padding == [(0, 0); 2] {
            true => images,
            false => images.pad(padding, PadMode::Constant(0.0)),
        };
        let [out_height, out_width] = self.output;
        let x = config.patches(images, self.output).matmul(self.weight.val().swap_dims(1, 2));
        let mut x = x.permute([1, 2, 0]).reshape([batch, config.filters, out_height, out_width]);
        if let Some(bias) = &self.bias {
            x = x + bias.val().unsqueeze();
        }
        context.finish(config.data_format.restore(x), config.activation, config.activity_regularizer.as_ref())
    }
}

impl LayerModule for LocallyConnected2dLayer {
    fn call(&self, mut inputs: Vec<Value>, context: &mut Context) -> Value {
        self.forward(inputs.remove(0).float(), context).into()
    }
}

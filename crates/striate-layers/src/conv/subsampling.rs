//! The trainable subsampling of LeNet-5 (LeCun et al. 1998, "Gradient-based learning applied to document recognition",
//! section II.B).

use burn::Tensor;
use burn::module::{Module, Param};
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_backend::ops::{PoolOptions, avg_pool2d};
use striate_core::Scope;

use super::{channels, kernel_fits, picture, product, taps};
use crate::builders::data_format_builder;
use crate::check::{check_rest, check_sizes};
use crate::cost::elements;
use crate::layer::{LayerModule, LayerSpec};
use crate::weight::{NamedWeight, activation_builders, weight_builders};
use crate::window::{Padding, Window, windows};
use crate::{
    Activation, Context, Cost, DataFormat, Fans, Initializer, LayerError, Regularizer, Shape, Signature, Size, Value,
    Weight,
};

/// Adds up the px of each window, times a coefficient, plus a bias; each channel has one of both.
///
/// `[batch, channels, height, width]` to `[batch, channels, out_height, out_width]`. The windows stay within the picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subsampling2d {
    /// Height and width of a window in px, at least 1.
    pub pool_size: Size<2>,
    /// Step between windows in px, at least 1; none: the pool size.
    #[serde(default)]
    pub stride: Option<Size<2>>,
    /// Where the channels stand, in input and output.
    #[serde(default)]
    pub data_format: DataFormat,
    /// Applied to the result; the paper's is a squashing function.
    #[serde(default)]
    pub activation: Activation,
    /// What is added to the loss for the output.
    #[serde(default)]
    pub activity_regularizer: Option<Regularizer>,
    /// The coefficient, `[channels]`. Its fan_in is the px of a window, its fan_out 1.
    #[serde(default = "coefficient")]
    pub coefficient: Weight,
    /// The bias, `[channels]`.
    #[serde(default = "Weight::zeros")]
    pub bias: Weight,
}

/// What keeps the spread of independent inputs.
fn coefficient() -> Weight {
    Initializer::LecunUniform.into()
}

impl Subsampling2d {
    /// Windows of this size in px that don't overlap. Coefficients are drawn evenly from ±sqrt(3 / px of a window),
    /// biases are 0.
    pub fn new(pool_size: impl Into<Size<2>>) -> Self {
        Self {
            pool_size: pool_size.into(),
            stride: None,
            data_format: DataFormat::ChannelsFirst,
            activation: Activation::Linear,
            activity_regularizer: None,
            coefficient: coefficient(),
            bias: Weight::zeros(),
        }
    }

    /// Steps by this many px.
    pub fn stride(self, stride: impl Into<Size<2>>) -> Self {
        Self { stride: Some(stride.into()), ..self }
    }

    data_format_builder!();

    activation_builders!();
    weight_builders!(
        coefficient,
        coefficient_initializer,
        coefficient_regularizer,
        coefficient_constraint,
        "coefficient"
    );
    weight_builders!(bias, bias_initializer, bias_regularizer, bias_constraint, "bias");

    /// Initialises the module for pictures with this many channels.
    pub fn init(&self, channels: usize, scope: &Scope, device: &Device) -> Subsampling2dLayer {
        let fans = Fans { fan_in: taps(&self.pool_size.0), fan_out: 1 };
        Subsampling2dLayer {
            weight: self.coefficient.initializer.param([channels], fans, "weight", scope, device),
            bias: self.bias.initializer.param([channels], fans, "bias", scope, device),
            config: self.clone(),
        }
    }

    fn windows(&self) -> [Window; 2] {
        windows(self.pool_size, self.stride.unwrap_or(self.pool_size), 1.into())
    }
}

impl LayerSpec for Subsampling2d {
    type Module = Subsampling2dLayer;
    const KIND: &'static str = "subsampling2d";

    fn validate(&self) -> Result<(), LayerError> {
        let stride = self.stride.unwrap_or(self.pool_size);
        check_sizes(Self::KIND, &[("pool_size", self.pool_size), ("stride", stride)])?;
        check_rest(Self::KIND, self.activation, self.activity_regularizer.as_ref(), &self.weights())
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let (channels, sides) = picture::<2>(Self::KIND, self.data_format, inputs)?;
        let sides = kernel_fits(Self::KIND, Padding::Valid, sides, self.windows(), inputs)?;
        let output = Shape::new(self.data_format.join(Some(channels), &sides));
        self.activation.fits(Self::KIND, &output, inputs)?;
        Ok(Signature::float(output))
    }

    fn cost(&self, inputs: &[Signature]) -> Cost {
        let activations = elements(self.output(inputs));
        Cost {
            parameters: product(&[2, channels::<2>(self.data_format, inputs)]),
            multiplications: activations,
            activations,
            ..Cost::default()
        }
    }

    fn weights(&self) -> Vec<NamedWeight<'_>> {
        vec![("weight".into(), &self.coefficient), ("bias".into(), &self.bias)]
    }

    fn build(&self, inputs: &[Signature], scope: &Scope, device: &Device) -> Subsampling2dLayer {
        self.init(channels::<2>(self.data_format, inputs), scope, device)
    }
}

/// A trainable subsampling with its weights.
#[derive(Module, Debug)]
pub struct Subsampling2dLayer {
    /// `[channels]`.
    pub weight: Param<Tensor<1>>,
    /// `[channels]`.
    pub bias: Param<Tensor<1>>,
    #[module(skip)]
    config: Subsampling2d,
}

impl Subsampling2dLayer {
    /// `[batch, channels, height, width]` to `[batch, channels, out_height, out_width]`; with channels last, both have
    /// them last.
    ///
    /// # Panics
    /// If the channels are others than those it was initialised for, or no window fits.
    pub fn forward(&self, images: Tensor<4>, context: &mut Context) -> Tensor<4> {
        let config = &self.config;
        let [height, width] = config.windows();
        let options = PoolOptions {
            size: [height.size, width.size],
            stride: [height.stride, width.stride],
            padding: [0; 2],
            dilation: [1; 2],
        };
        let means = avg_pool2d(config.data_format.channels_first(images), options, true);
        let each = |x: Tensor<1>| x.reshape([1, -1, 1, 1]);
        let px = (height.size * width.size) as f64;
        let x = means * each(self.weight.val() * px) + each(self.bias.val());
        context.finish(config.data_format.restore(x), config.activation, config.activity_regularizer.as_ref())
    }
}

impl LayerModule for Subsampling2dLayer {
    fn call(&self, mut inputs: Vec<Value>, context: &mut Context) -> Value {
        self.forward(inputs.remove(0).float(), context).into()
    }
}

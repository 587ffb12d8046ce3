//! Every input to every output: Keras's `Dense`, PyTorch's `Linear`.
//!
//! The weight has torch's layout `[out_features, in_features]`. Initial values are Keras's: Glorot uniform, bias 0.

use burn::Tensor;
use burn::module::{Module, Param};
use burn::tensor::module::linear;
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_core::Scope;

use crate::defaults::{glorot, yes, zeros};
use crate::layer::{LayerModule, LayerSpec, only_float_input};
use crate::value::with_rank;
use crate::{Activation, Context, Cost, Fans, Initializer, LayerError, Shape, Signature, Value};

/// Config of a dense layer. It acts on the last axis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dense {
    /// Outputs, at least 1.
    pub units: usize,
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

impl Dense {
    /// This many outputs, with bias.
    pub fn new(units: usize) -> Self {
        Self {
            units,
            bias: true,
            activation: Activation::Linear,
            kernel_initializer: glorot(),
            bias_initializer: zeros(),
        }
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

    /// Initialises the module for inputs with this many features.
    pub fn init(&self, in_features: usize, scope: &Scope, device: &Device) -> DenseLayer {
        let fans = Fans { fan_in: in_features, fan_out: self.units };
        let shape = [self.units, in_features];
        let bias = || self.bias_initializer.param([self.units], fans, "bias", scope, device);
        DenseLayer {
            weight: self.kernel_initializer.param(shape, fans, "weight", scope, device),
            bias: self.bias.then(bias),
            activation: self.activation,
        }
    }
}

impl LayerSpec for Dense {
    type Module = DenseLayer;
    const KIND: &'static str = "dense";

    fn validate(&self) -> Result<(), LayerError> {
        match self.units {
            0 => Err(LayerError::value(Self::KIND, "units", 0, "it must be at least 1")),
            _ => Ok(()),
        }
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let expected = "one input [.., features] whose features are known";
        let input = only_float_input(Self::KIND, expected, inputs)?;
        match input.shape.sides() {
            [before @ .., Some(_)] => {
                Ok(Signature::float(Shape::new(before.iter().copied().chain([Some(self.units)]))))
            }
            _ => Err(LayerError::input(Self::KIND, expected, inputs)
                .with_fix("give the network a fixed input size, or pool globally before it")),
        }
    }

    fn cost(&self, inputs: &[Signature]) -> Cost {
        let features = inputs[0].shape.sides().last().copied().flatten().unwrap_or(0) as u64;
        let activations = self.output(inputs).ok().and_then(|output| output.shape.elements()).unwrap_or(0) as u64;
        Cost {
            parameters: (self.units as u64).saturating_mul(features.saturating_add(self.bias.into())),
            multiplications: activations.saturating_mul(features),
            activations,
        }
    }

    fn build(&self, inputs: &[Signature], scope: &Scope, device: &Device) -> DenseLayer {
        self.init(inputs[0].shape.sides().last().copied().flatten().unwrap_or(0), scope, device)
    }
}

/// A dense layer with its weights.
#[derive(Module, Debug)]
pub struct DenseLayer {
    /// `[out_features, in_features]`.
    pub weight: Param<Tensor<2>>,
    /// `[out_features]`.
    pub bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    activation: Activation,
}

impl DenseLayer {
    /// `[.., in_features]` to `[.., units]`.
    ///
    /// # Panics
    /// If the features are others than those it was initialised for.
    pub fn forward<const D: usize>(&self, x: Tensor<D>, _context: &mut Context) -> Tensor<D> {
        let bias = self.bias.as_ref().map(Param::val);
        self.activation.forward(linear(x, self.weight.val().transpose(), bias))
    }
}

impl LayerModule for DenseLayer {
    fn call(&self, mut inputs: Vec<Value>, context: &mut Context) -> Value {
        with_rank!(inputs.remove(0), x => self.forward(x, context))
    }
}

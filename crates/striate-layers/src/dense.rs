//! Every input to every output: Keras's `Dense`, PyTorch's `Linear`.
//!
//! The weight has torch's layout `[out_features, in_features]`. Initial values are Keras's: Glorot uniform, bias 0.

use burn::Tensor;
use burn::module::{Module, Param};
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_backend::ops::dense;
use striate_core::Scope;

use crate::check::{check_count, check_rest};
use crate::cost::elements;
use crate::layer::{LayerModule, LayerSpec, only_float_input};
use crate::value::with_rank;
use crate::weight::{NamedWeight, activation_builders, kernel_and_bias, kernel_and_bias_builders};
use crate::{
    Activation, Context, Cost, Ending, Fans, LayerError, Preset, Regularizer, Shape, Signature, Value, Weight,
};

/// Config of a dense layer. It acts on the last axis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dense {
    /// Outputs, at least 1.
    pub units: usize,
    /// Applied to the result.
    #[serde(default)]
    pub activation: Activation,
    /// What is added to the loss for the output.
    #[serde(default)]
    pub activity_regularizer: Option<Regularizer>,
    /// The weight, `[units, in_features]`.
    #[serde(default = "Weight::glorot")]
    pub kernel: Weight,
    /// The bias, `[units]`; none: nothing is added.
    #[serde(default = "Weight::with_bias")]
    pub bias: Option<Weight>,
}

impl Dense {
    /// This many outputs, with bias.
    pub fn new(units: usize) -> Self {
        Self {
            units,
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

    activation_builders!();
    kernel_and_bias_builders!();

    /// Initialises the module for inputs with this many features.
    pub fn init(&self, in_features: usize, scope: &Scope, device: &Device) -> DenseLayer {
        let shape = [self.units, in_features];
        let fans = Fans::of(&shape);
        let bias = |bias: &Weight| bias.initializer.param([self.units], fans, "bias", scope, device);
        DenseLayer {
            weight: self.kernel.initializer.param(shape, fans, "weight", scope, device),
            bias: self.bias.as_ref().map(bias),
            config: self.clone(),
        }
    }

    /// Runs with this weight and bias.
    pub(crate) fn run<const D: usize>(
        &self,
        x: Tensor<D>,
        weight: Tensor<2>,
        bias: Option<Tensor<1>>,
        context: &mut Context,
    ) -> Tensor<D> {
        let (function, rest) = self.activation.split();
        context.finish(dense(x, weight, bias, function), rest, self.activity_regularizer.as_ref())
    }
}

impl LayerSpec for Dense {
    type Module = DenseLayer;
    const KIND: &'static str = "dense";

    fn validate(&self) -> Result<(), LayerError> {
        check_count(Self::KIND, "units", self.units)?;
        check_rest(Self::KIND, self.activation, self.activity_regularizer.as_ref(), &self.weights())
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let expected = "one input [.., features] whose features are known";
        let input = only_float_input(Self::KIND, expected, inputs)?;
        match input.shape.sides() {
            [before @ .., Some(_)] => {
                let output = Shape::new(before.iter().copied().chain([Some(self.units)]));
                self.activation.fits(Self::KIND, &output, inputs)?;
                Ok(Signature::float(output))
            }
            _ => Err(LayerError::input(Self::KIND, expected, inputs)
                .with_fix("give the network a fixed input size, or pool globally before it")),
        }
    }

    fn cost(&self, inputs: &[Signature]) -> Cost {
        let features = inputs[0].shape.sides().last().copied().flatten().unwrap_or(0) as u64;
        let activations = elements(self.output(inputs));
        Cost {
            parameters: (self.units as u64).saturating_mul(features.saturating_add(self.bias.is_some().into())),
            multiplications: activations.saturating_mul(features),
            activations,
            ..Cost::default()
        }
    }

    fn weights(&self) -> Vec<NamedWeight<'_>> {
        kernel_and_bias(&self.kernel, &self.bias)
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
    config: Dense,
}

impl DenseLayer {
    /// `[.., in_features]` to `[.., units]`.
    ///
    /// # Panics
    /// If the features are others than those it was initialised for.
    pub fn forward<const D: usize>(&self, x: Tensor<D>, context: &mut Context) -> Tensor<D> {
        self.config.run(x, self.weight.val(), self.bias.as_ref().map(Param::val), context)
    }
}

impl LayerModule for DenseLayer {
    fn call(&self, mut inputs: Vec<Value>, context: &mut Context) -> Value {
        with_rank!(inputs.remove(0), x => self.forward(x, context))
    }

    fn call_ended(&self, mut inputs: Vec<Value>, ending: Ending, context: &mut Context) -> Value {
        let Dense { activation, activity_regularizer, .. } = &self.config;
        if ending.more.is_some() || *activation != Activation::Linear || activity_regularizer.is_some() {
            return ending.after(self.call(inputs, context));
        }
        let (function, rest) = ending.activation.split();
        let bias = self.bias.as_ref().map(Param::val);
        with_rank!(inputs.remove(0), x => rest.forward(dense(x, self.weight.val(), bias, function)))
    }
}

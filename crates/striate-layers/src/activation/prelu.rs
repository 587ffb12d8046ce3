//! ReLU whose slope below 0 is learned (He et al. 2015): Keras's and PyTorch's `PReLU`.

use burn::Tensor;
use burn::module::{Module, Param};
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_core::Scope;

use super::scale_negatives;
use crate::builders::data_format_builder;
use crate::layer::{LayerModule, LayerSpec, only_float_input};
use crate::value::with_rank;
use crate::weight::NamedWeight;
use crate::{Context, Cost, DataFormat, Fans, Initializer, LayerError, Preset, Signature, Value, Weight};

/// Config of a PReLU: x above 0, `weight * x` else. The slope is one for all, as PyTorch's default, or one for each
/// channel, as Keras's with all spatial axes shared.
///
/// `[batch, channels, …]`, the same out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prelu {
    /// 1, or the number of channels.
    #[serde(default = "one")]
    pub num_parameters: usize,
    /// The slopes, `[num_parameters]`.
    #[serde(default = "Weight::zeros")]
    pub alpha: Weight,
    /// Where the channels stand, in input and output.
    #[serde(default)]
    pub data_format: DataFormat,
}

fn one() -> usize {
    1
}

impl Prelu {
    /// This many slopes, 1 or as many as there are channels, at first 0.
    pub fn new(num_parameters: usize) -> Self {
        Self { num_parameters, alpha: Weight::zeros(), data_format: DataFormat::ChannelsFirst }
    }

    /// Starts with the slopes of this library: Keras 0, PyTorch 0.25.
    pub fn preset(mut self, preset: Preset) -> Self {
        self.alpha.initializer = match preset {
            Preset::Keras => Initializer::Zeros,
            Preset::Torch => Initializer::Constant { value: 0.25 },
        };
        self
    }

    /// Starts and trains the slopes so.
    pub fn alpha(self, alpha: impl Into<Weight>) -> Self {
        Self { alpha: alpha.into(), ..self }
    }

    data_format_builder!();

    /// Initialises the module.
    pub fn init(&self, scope: &Scope, device: &Device) -> PreluLayer {
        let fans = Fans { fan_in: self.num_parameters, fan_out: self.num_parameters };
        let weight = self.alpha.initializer.param([self.num_parameters], fans, "weight", scope, device);
        PreluLayer { weight, data_format: self.data_format }
    }
}

impl LayerSpec for Prelu {
    type Module = PreluLayer;
    const KIND: &'static str = "prelu";

    fn validate(&self) -> Result<(), LayerError> {
        if self.num_parameters == 0 {
            return Err(LayerError::value(Self::KIND, "num_parameters", 0, "it must be 1 or the number of channels"));
        }
        self.weights().iter().try_for_each(|(name, weight)| weight.validate(Self::KIND, name))
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let input = only_float_input(Self::KIND, "one input of real numbers", inputs)?;
        let channels = self.data_format.channels(&input.shape);
        if self.num_parameters != 1 && channels != Some(self.num_parameters) {
            let expected = format!("an input of {} channels, one for each of its slopes", self.num_parameters);
            return Err(LayerError::input(Self::KIND, expected, inputs).with_fix("set `num_parameters` to 1"));
        }
        Ok(input.clone())
    }

    fn cost(&self, inputs: &[Signature]) -> Cost {
        let activations = inputs[0].shape.elements().unwrap_or(0) as u64;
        Cost { parameters: self.num_parameters as u64, activations, ..Cost::default() }
    }

    fn weights(&self) -> Vec<NamedWeight<'_>> {
        vec![("weight".to_string(), &self.alpha)]
    }

    fn build(&self, _inputs: &[Signature], scope: &Scope, device: &Device) -> PreluLayer {
        self.init(scope, device)
    }
}

/// A PReLU with its slopes.
#[derive(Module, Debug)]
pub struct PreluLayer {
    /// `[num_parameters]`.
    pub weight: Param<Tensor<1>>,
    #[module(skip)]
    data_format: DataFormat,
}

impl PreluLayer {
    /// `[batch, channels, …]`, the same out; with channels last, both have them last.
    ///
    /// # Panics
    /// If there are several slopes and another number of channels.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let weight = self.weight.val();
        let [slopes] = weight.dims();
        let scaled = x.clone() * weight.reshape(self.data_format.beside::<D>(slopes));
        scale_negatives(x, scaled)
    }
}

impl LayerModule for PreluLayer {
    fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
        with_rank!(inputs.remove(0), x => self.forward(x))
    }
}

//! Group normalization (Wu and He 2018) and instance normalization (Ulyanov et al. 2016): Keras's `GroupNormalization`,
//! PyTorch's `GroupNorm` and `InstanceNorm1d` to `InstanceNorm3d`.

use burn::Tensor;
use burn::module::{Module, Param};
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_core::Scope;

use super::scale::{cost, named, parameter, scale_and_shift, scale_builders, with_gamma};
use super::{check_eps, keras_eps, preset_eps, standardize};
use crate::builders::data_format_builder;
use crate::check::check_count;
use crate::layer::{LayerModule, LayerSpec, only_float_input};
use crate::value::with_rank;
use crate::weight::NamedWeight;
use crate::{Context, Cost, DataFormat, LayerError, Preset, Signature, Value, Weight};

/// Config of a group normalization: each group of neighbouring channels of each sample to mean 0 and variance 1, then
/// each channel times gamma, plus beta.
///
/// `[batch, channels, …]` with up to three spatial axes, the same out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupNorm {
    /// Groups; divides the channels. (Keras's -1, a group for each channel, is [`InstanceNorm`].)
    pub num_groups: usize,
    /// What is added to the variance, more than 0.
    #[serde(default = "keras_eps")]
    pub eps: f64,
    /// Where the channels stand, in input and output.
    #[serde(default)]
    pub data_format: DataFormat,
    /// The factor, `[channels]`; none: 1.
    #[serde(default = "with_gamma")]
    pub gamma: Option<Weight>,
    /// What is added, `[channels]`; none: 0.
    #[serde(default = "Weight::with_bias")]
    pub beta: Option<Weight>,
}

impl GroupNorm {
    /// This many groups; Keras's epsilon 1e-3, gamma 1, beta 0.
    pub fn new(num_groups: usize) -> Self {
        let (eps, data_format) = (keras_eps(), DataFormat::ChannelsFirst);
        Self { num_groups, eps, data_format, gamma: with_gamma(), beta: Weight::with_bias() }
    }

    /// Takes this library's epsilon: Keras 1e-3, PyTorch 1e-5.
    pub fn preset(self, preset: Preset) -> Self {
        Self { eps: preset_eps(preset), ..self }
    }

    data_format_builder!();
    scale_builders!();

    /// Initialises the module for this many channels.
    pub fn init(&self, channels: usize, scope: &Scope, device: &Device) -> GroupNormLayer {
        GroupNormLayer {
            weight: parameter(&self.gamma, [channels], "weight", scope, device),
            bias: parameter(&self.beta, [channels], "bias", scope, device),
            num_groups: Some(self.num_groups),
            eps: self.eps,
            data_format: self.data_format,
        }
    }
}

impl LayerSpec for GroupNorm {
    type Module = GroupNormLayer;
    const KIND: &'static str = "group_norm";

    fn validate(&self) -> Result<(), LayerError> {
        check_count(Self::KIND, "num_groups", self.num_groups)?;
        check_eps(Self::KIND, self.eps)?;
        self.weights().iter().try_for_each(|(name, weight)| weight.validate(Self::KIND, name))
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let axes = self.data_format.any_axes();
        let expected = format!("one input {axes} with at most 3 spatial axes, whose channels are known");
        let input = only_float_input(Self::KIND, &expected, inputs)?;
        match (self.data_format.channels(&input.shape), input.shape.rank()) {
            (Some(channels), 1..=4) if channels.is_multiple_of(self.num_groups) => Ok(input.clone()),
            (Some(_), 1..=4) => {
                let expected = format!("an input whose channels {} groups divide", self.num_groups);
                Err(LayerError::input(Self::KIND, expected, inputs))
            }
            _ => Err(LayerError::input(Self::KIND, expected, inputs)),
        }
    }

    fn cost(&self, inputs: &[Signature]) -> Cost {
        cost(&self.weights(), self.data_format.channels(&inputs[0].shape).unwrap_or(0), inputs)
    }

    fn weights(&self) -> Vec<NamedWeight<'_>> {
        named(&self.gamma, &self.beta)
    }

    fn build(&self, inputs: &[Signature], scope: &Scope, device: &Device) -> GroupNormLayer {
        self.init(self.data_format.channels(&inputs[0].shape).unwrap_or(0), scope, device)
    }
}

/// Config of an instance normalization: each channel of each sample to mean 0 and variance 1, times gamma, plus beta.
/// It is Keras's `GroupNormalization(groups=-1)`; PyTorch's has neither gamma nor beta if not told so.
///
/// `[batch, channels, …]` with one to three spatial axes, the same out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceNorm {
    /// What is added to the variance, more than 0.
    #[serde(default = "keras_eps")]
    pub eps: f64,
    /// Where the channels stand, in input and output.
    #[serde(default)]
    pub data_format: DataFormat,
    /// The factor, `[channels]`; none: 1.
    #[serde(default = "with_gamma")]
    pub gamma: Option<Weight>,
    /// What is added, `[channels]`; none: 0.
    #[serde(default = "Weight::with_bias")]
    pub beta: Option<Weight>,
}

impl Default for InstanceNorm {
    fn default() -> Self {
        Self::new()
    }
}

impl InstanceNorm {
    /// Keras's epsilon 1e-3, gamma 1, beta 0.
    pub fn new() -> Self {
        let (eps, data_format) = (keras_eps(), DataFormat::ChannelsFirst);
        Self { eps, data_format, gamma: with_gamma(), beta: Weight::with_bias() }
    }

    /// Takes this library's defaults: Keras epsilon 1e-3, gamma and beta; PyTorch 1e-5 and neither (`affine=False`).
    pub fn preset(self, preset: Preset) -> Self {
        let (gamma, beta) = match preset {
            Preset::Keras => (with_gamma(), Weight::with_bias()),
            Preset::Torch => (None, None),
        };
        Self { eps: preset_eps(preset), gamma, beta, ..self }
    }

    data_format_builder!();
    scale_builders!();

    /// Initialises the module for this many channels.
    pub fn init(&self, channels: usize, scope: &Scope, device: &Device) -> InstanceNormLayer {
        GroupNormLayer {
            weight: parameter(&self.gamma, [channels], "weight", scope, device),
            bias: parameter(&self.beta, [channels], "bias", scope, device),
            num_groups: None,
            eps: self.eps,
            data_format: self.data_format,
        }
    }
}

impl LayerSpec for InstanceNorm {
    type Module = InstanceNormLayer;
    const KIND: &'static str = "instance_norm";

    fn validate(&self) -> Result<(), LayerError> {
        check_eps(Self::KIND, self.eps)?;
        self.weights().iter().try_for_each(|(name, weight)| weight.validate(Self::KIND, name))
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let axes = self.data_format.any_axes();
        let expected = format!("one input {axes} with 1 to 3 spatial axes, whose channels are known");
        let input = only_float_input(Self::KIND, &expected, inputs)?;
        match (self.data_format.channels(&input.shape), input.shape.rank()) {
            (Some(_), 2..=4) => Ok(input.clone()),
            _ => Err(LayerError::input(Self::KIND, expected, inputs)),
        }
    }

    fn cost(&self, inputs: &[Signature]) -> Cost {
        cost(&self.weights(), self.data_format.channels(&inputs[0].shape).unwrap_or(0), inputs)
    }

    fn weights(&self) -> Vec<NamedWeight<'_>> {
        named(&self.gamma, &self.beta)
    }

    fn build(&self, inputs: &[Signature], scope: &Scope, device: &Device) -> InstanceNormLayer {
        self.init(self.data_format.channels(&inputs[0].shape).unwrap_or(0), scope, device)
    }
}

/// A group or instance normalization with its parameters.
#[derive(Module, Debug)]
pub struct GroupNormLayer {
    /// Gamma, `[channels]`.
    pub weight: Option<Param<Tensor<1>>>,
    /// Beta, `[channels]`.
    pub bias: Option<Param<Tensor<1>>>,
    /// None: a group for each channel.
    #[module(skip)]
    num_groups: Option<usize>,
    #[module(skip)]
    eps: f64,
    #[module(skip)]
    data_format: DataFormat,
}

/// An instance normalization with its parameters: a group for each channel.
pub type InstanceNormLayer = GroupNormLayer;

impl GroupNormLayer {
    /// `[batch, channels, …]`, the same out; with channels last, both have them last.
    ///
    /// # Panics
    /// If there is no axis beside the batch, it has parameters for other channels, or the groups don't divide them.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let sides = x.dims();
        let flat = self.data_format.flat(&sides);
        let channels = flat[self.data_format.channel_axis(3)];
        let groups = self.num_groups.unwrap_or(channels);
        let in_group = channels / groups;
        let x = match (self.data_format, flat) {
            (DataFormat::ChannelsFirst, [batch, _, px]) => {
                standardize(x.reshape([batch, groups, in_group * px]), &[2], self.eps).reshape(flat)
            }
            (DataFormat::ChannelsLast, [batch, px, _]) => {
                standardize(x.reshape([batch, px, groups, in_group]), &[1, 3], self.eps).reshape(flat)
            }
        };
        let shape = self.data_format.beside(channels);
        scale_and_shift(x, self.weight.as_ref(), self.bias.as_ref(), shape).reshape(sides)
    }
}

impl LayerModule for GroupNormLayer {
    fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
        with_rank!(inputs.remove(0), x => self.forward(x))
    }
}

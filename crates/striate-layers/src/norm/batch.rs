//! Batch normalization (Ioffe and Szegedy 2015): Keras's `BatchNormalization`, PyTorch's `BatchNorm1d` to `BatchNorm3d`.

use burn::Tensor;
use burn::module::{Module, Param};
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_backend::ops::{Pointwise, batch_norm_ended, batch_norm_shared, channel_affine};
use striate_core::Scope;

use super::scale::{cost, input_with_channels, named, parameter, scale_and_shift, scale_builders, with_gamma};
use super::{check_eps, inverse_deviation, keras_eps, preset_eps};
use crate::builders::data_format_builder;
use crate::layer::{LayerModule, LayerSpec};
use crate::value::with_rank;
use crate::weight::NamedWeight;
use crate::{Context, Cost, DataFormat, Ending, Fans, Initializer, LayerError, Preset, Signature, Value, Weight};

/// How running statistics follow those of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunningUpdate {
    /// `momentum * old + (1 - momentum) * batch`, with the biased variance.
    #[default]
    Keras,
    /// `(1 - momentum) * old + momentum * batch`, with the unbiased variance; of a single value the biased one, which is
    /// 0 (where PyTorch raises).
    Torch,
}

/// Config of a batch normalization: each channel to mean 0 and variance 1, times gamma, plus beta.
///
/// In training the mean and the biased variance are those of the batch, over all axes but the channels; in evaluation,
/// and where the layer is frozen, they are the running ones. Where replicas have statistics together
/// ([`Context::synchronized`]), the batch is all of theirs. A batch of a single value for each channel has variance 0,
/// as in Keras.
///
/// `[batch, channels, …]` with up to three spatial axes, the same out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchNorm {
    /// What is added to the variance, more than 0.
    #[serde(default = "keras_eps")]
    pub eps: f64,
    /// How fast the running statistics follow, in `[0, 1]`; what it weighs is `running_update`'s to say.
    #[serde(default = "keras_momentum")]
    pub momentum: f64,
    /// How the running statistics follow.
    #[serde(default)]
    pub running_update: RunningUpdate,
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

fn keras_momentum() -> f64 {
    0.99
}

impl Default for BatchNorm {
    fn default() -> Self {
        Self::new()
    }
}

impl BatchNorm {
    /// Keras's: epsilon 1e-3, momentum 0.99, gamma 1, beta 0.
    pub fn new() -> Self {
        Self {
            eps: keras_eps(),
            momentum: keras_momentum(),
            running_update: RunningUpdate::Keras,
            data_format: DataFormat::ChannelsFirst,
            gamma: with_gamma(),
            beta: Weight::with_bias(),
        }
    }

    /// Takes this library's epsilon, momentum and rule for the running statistics. PyTorch: 1e-5 and 0.1.
    pub fn preset(self, preset: Preset) -> Self {
        let (momentum, running_update) = match preset {
            Preset::Keras => (keras_momentum(), RunningUpdate::Keras),
            Preset::Torch => (0.1, RunningUpdate::Torch),
        };
        Self { eps: preset_eps(preset), momentum, running_update, ..self }
    }

    /// Lets the running statistics follow this fast.
    pub fn momentum(self, momentum: f64) -> Self {
        Self { momentum, ..self }
    }

    /// Lets the running statistics follow so.
    pub fn running_update(self, running_update: RunningUpdate) -> Self {
        Self { running_update, ..self }
    }

    data_format_builder!();
    scale_builders!();

    /// Initialises the module for this many channels; the running means are 0, the running variances 1.
    pub fn init(&self, channels: usize, scope: &Scope, device: &Device) -> BatchNormLayer {
        let fans = Fans { fan_in: channels, fan_out: channels };
        let running = |initializer: Initializer, name| {
            initializer.param([channels], fans, name, scope, device).set_require_grad(false)
        };
        BatchNormLayer {
            weight: parameter(&self.gamma, [channels], "weight", scope, device),
            bias: parameter(&self.beta, [channels], "bias", scope, device),
            running_mean: running(Initializer::Zeros, "running_mean"),
            running_var: running(Initializer::Ones, "running_var"),
            eps: self.eps,
            momentum: self.momentum,
            running_update: self.running_update,
            data_format: self.data_format,
        }
    }
}

impl LayerSpec for BatchNorm {
    type Module = BatchNormLayer;
    const KIND: &'static str = "batch_norm";

    fn validate(&self) -> Result<(), LayerError> {
        check_eps(Self::KIND, self.eps)?;
        if !(0.0..=1.0).contains(&self.momentum) {
            return Err(LayerError::value(Self::KIND, "momentum", self.momentum, "it must be from 0 to 1"));
        }
        self.weights().iter().try_for_each(|(name, weight)| weight.validate(Self::KIND, name))
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        input_with_channels(Self::KIND, self.data_format, 0, inputs).map(|(input, _)| input.clone())
    }

    fn cost(&self, inputs: &[Signature]) -> Cost {
        let channels = self.data_format.channels(&inputs[0].shape).unwrap_or(0);
        Cost { non_trainable: (channels as u64).saturating_mul(2), ..cost(&self.weights(), channels, inputs) }
    }

    fn weights(&self) -> Vec<NamedWeight<'_>> {
        named(&self.gamma, &self.beta)
    }

    fn build(&self, inputs: &[Signature], scope: &Scope, device: &Device) -> BatchNormLayer {
        self.init(self.data_format.channels(&inputs[0].shape).unwrap_or(0), scope, device)
    }
}

/// A batch normalization with its parameters and running statistics.
#[derive(Module, Debug)]
pub struct BatchNormLayer {
    /// Gamma, `[channels]`.
    pub weight: Option<Param<Tensor<1>>>,
    /// Beta, `[channels]`.
    pub bias: Option<Param<Tensor<1>>>,
    /// The running mean, `[channels]`.
    pub running_mean: Param<Tensor<1>>,
    /// The running variance, `[channels]`.
    pub running_var: Param<Tensor<1>>,
    #[module(skip)]
    eps: f64,
    #[module(skip)]
    momentum: f64,
    #[module(skip)]
    running_update: RunningUpdate,
    #[module(skip)]
    data_format: DataFormat,
}

impl BatchNormLayer {
    /// `[batch, channels, …]`, the same out; with channels last, both have them last. In training the new running
    /// statistics are among the context's updates.
    ///
    /// # Panics
    /// If there is no axis beside the batch, or the channels are others than those it was initialised for.
    pub fn forward<const D: usize>(&self, x: Tensor<D>, context: &mut Context) -> Tensor<D> {
        if context.learns_statistics() {
            return self.by_batch(x, None, None, context);
        }
        let sides = x.dims();
        self.by_running(x.reshape(self.data_format.flat(&sides)), context).reshape(sides)
    }

    /// `more`, of the shape of `x`, is added, and the function applied; they are there with channels first only.
    fn by_batch<const D: usize>(
        &self,
        x: Tensor<D>,
        more: Option<Tensor<D>>,
        function: Option<Pointwise>,
        context: &mut Context,
    ) -> Tensor<D> {
        let whole = x.dims();
        let sides = self.data_format.flat(&whole);
        let (x, more) = (x.reshape(sides), more.map(|more| more.reshape(sides)));
        let channels = self.running_mean.dims()[0];
        let or = |weight: &Option<Param<Tensor<1>>>, value: f64| match weight {
            Some(weight) => weight.val(),
            None => Tensor::full([channels], value, (&x.device(), x.dtype())),
        };
        let (gamma, beta) = (or(&self.weight, 1.0), or(&self.bias, 0.0));
        let x = self.data_format.channels_first(x);
        let (normalized, count) = match context.replicas() {
            Some(replicas) => batch_norm_shared(x, gamma, beta, more, function, self.eps, replicas),
            None => {
                let count = sides.iter().product::<usize>() / channels;
                (batch_norm_ended(x, gamma, beta, more, function, self.eps), count as f64)
            }
        };
        let (kept, bias) = match self.running_update {
            RunningUpdate::Keras => (self.momentum, 1.0),
            RunningUpdate::Torch => (1.0 - self.momentum, count / (count - 1.0).max(1.0)),
        };
        let mut follow = |running: &Param<Tensor<1>>, found: Tensor<1>| {
            context.update(running, context.current(running) * kept + found.detach() * (1.0 - kept));
        };
        follow(&self.running_mean, normalized.mean);
        follow(&self.running_var, normalized.variance * bias);
        self.data_format.restore(normalized.output).reshape(whole)
    }

    /// All in one factor and one summand for each channel.
    fn by_running(&self, x: Tensor<3>, context: &Context) -> Tensor<3> {
        let scale = inverse_deviation(context.current(&self.running_var), self.eps);
        let shape = scale.dims();
        let scale = scale_and_shift(scale, self.weight.as_ref(), None, shape);
        let shift = context.current(&self.running_mean).neg() * scale.clone();
        let shift = scale_and_shift(shift, None, self.bias.as_ref(), shape);
        match self.data_format {
            DataFormat::ChannelsFirst => channel_affine(x, scale, shift),
            DataFormat::ChannelsLast => {
                let shape = self.data_format.beside::<3>(shape[0]);
                x * scale.reshape(shape) + shift.reshape(shape)
            }
        }
    }
}

impl LayerModule for BatchNormLayer {
    fn call(&self, mut inputs: Vec<Value>, context: &mut Context) -> Value {
        with_rank!(inputs.remove(0), x => self.forward(x, context))
    }

    fn call_ended(&self, mut inputs: Vec<Value>, ending: Ending, context: &mut Context) -> Value {
        let sides = inputs[0].dims();
        let fits = ending.more.as_ref().is_none_or(|more| more.dims() == sides);
        if !context.learns_statistics() || self.data_format != DataFormat::ChannelsFirst || !fits {
            return ending.after(self.call(inputs, context));
        }
        let Ending { more, activation } = ending;
        let (function, rest) = activation.split();
        with_rank!(inputs.remove(0), x => {
            rest.forward(self.by_batch(x, more.map(Value::float), function, context))
        })
    }
}

//! Layers whose weight is a direction and a length: PyTorch's `weight_norm` (Salimans and Kingma 2016,
//! <https://arxiv.org/abs/1602.07868>).

use burn::Tensor;
use burn::module::{Module, Param};
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_core::Scope;

use super::{computed, product};
use crate::layer::{LayerModule, LayerSpec};
use crate::value::with_rank;
use crate::weight::NamedWeight;
use crate::{Context, Conv, Conv1d, Conv2d, Conv3d, Cost, Dense, LayerError, Signature, Value, Weight};

/// A layer whose weight, of rank `R`, can be given from outside.
pub trait WeightNormalizable<const R: usize>: LayerSpec + Send + Sync + 'static {
    /// The kind of the layer with its weight normalized.
    const NORMALIZED: &'static str;

    /// The configs of weight and bias.
    fn kernel_and_bias(&self) -> (&Weight, Option<&Weight>);

    /// The weight's shape for inputs that fit.
    fn weight_shape(&self, inputs: &[Signature]) -> [usize; R];

    /// Weight and bias as the layer itself draws them.
    fn draw(
        &self,
        inputs: &[Signature],
        scope: &Scope,
        device: &Device,
    ) -> (Param<Tensor<R>>, Option<Param<Tensor<1>>>);

    /// Runs the layer with this weight and bias.
    fn run(&self, x: Value, weight: Tensor<R>, bias: Option<Tensor<1>>, context: &mut Context) -> Value;
}

impl<const D: usize, const R: usize> WeightNormalizable<R> for Conv<D, R> {
    const NORMALIZED: &'static str = ["weight_norm_conv1d", "weight_norm_conv2d", "weight_norm_conv3d"][D - 1];

    fn kernel_and_bias(&self) -> (&Weight, Option<&Weight>) {
        (&self.kernel, self.bias.as_ref())
    }

    fn weight_shape(&self, inputs: &[Signature]) -> [usize; R] {
        Conv::weight_shape(self, self.in_channels(inputs))
    }

    fn draw(
        &self,
        inputs: &[Signature],
        scope: &Scope,
        device: &Device,
    ) -> (Param<Tensor<R>>, Option<Param<Tensor<1>>>) {
        let layer = self.build(inputs, scope, device);
        (layer.weight, layer.bias)
    }

    fn run(&self, x: Value, weight: Tensor<R>, bias: Option<Tensor<1>>, context: &mut Context) -> Value {
        Conv::run(self, x.float(), weight, bias, context).into()
    }
}

impl WeightNormalizable<2> for Dense {
    const NORMALIZED: &'static str = "weight_norm_dense";

    fn kernel_and_bias(&self) -> (&Weight, Option<&Weight>) {
        (&self.kernel, self.bias.as_ref())
    }

    fn weight_shape(&self, inputs: &[Signature]) -> [usize; 2] {
        [self.units, inputs[0].shape.sides().last().copied().flatten().unwrap_or(0)]
    }

    fn draw(
        &self,
        inputs: &[Signature],
        scope: &Scope,
        device: &Device,
    ) -> (Param<Tensor<2>>, Option<Param<Tensor<1>>>) {
        let layer = self.build(inputs, scope, device);
        (layer.weight, layer.bias)
    }

    fn run(&self, x: Value, weight: Tensor<2>, bias: Option<Tensor<1>>, context: &mut Context) -> Value {
        with_rank!(x, x => Dense::run(self, x, weight, bias, context))
    }
}

/// Config of a layer `L` whose weight, of rank `R`, is `weight_g * weight_v / norm(weight_v)`. Written
/// [`WeightNormConv2d`] and so on.
///
/// It starts with the weight that the layer itself would draw. The regularizer and the constraint of the layer's kernel are
/// those of `weight_v`. A `weight_v` of only zeros has no direction and gives NaN, as in PyTorch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightNorm<L, const R: usize> {
    /// The layer.
    pub layer: L,
    /// The weight's axis whose entries have a norm each; null: one norm over all.
    #[serde(default = "first_axis")]
    pub norm_dim: Option<usize>,
}

fn first_axis() -> Option<usize> {
    Some(0)
}

/// Convolution over sequences with a normalized weight.
pub type WeightNormConv1d = WeightNorm<Conv1d, 3>;
/// Convolution over pictures with a normalized weight.
pub type WeightNormConv2d = WeightNorm<Conv2d, 4>;
/// Convolution over volumes with a normalized weight.
pub type WeightNormConv3d = WeightNorm<Conv3d, 5>;
/// Dense layer with a normalized weight.
pub type WeightNormDense = WeightNorm<Dense, 2>;

impl<L: WeightNormalizable<R>, const R: usize> WeightNorm<L, R> {
    /// Normalizes the weight of each filter or unit.
    pub fn new(layer: L) -> Self {
        Self { layer, norm_dim: first_axis() }
    }

    /// Normalizes the weight of each entry of this axis; none: all of it as one.
    pub fn norm_dim(self, norm_dim: Option<usize>) -> Self {
        Self { norm_dim, ..self }
    }

    /// The shape of `weight_g`.
    fn length_shape(&self, weight: [usize; R]) -> [usize; R] {
        std::array::from_fn(|axis| if Some(axis) == self.norm_dim { weight[axis] } else { 1 })
    }

    /// The norms of a weight, in the shape of `weight_g`.
    fn norms(&self, weight: Tensor<R>) -> Tensor<R> {
        let axes = (0..R).filter(|axis| Some(*axis) != self.norm_dim);
        axes.fold(weight.square(), |sum, axis| sum.sum_dim(axis)).sqrt()
    }
}

impl<L: WeightNormalizable<R>, const R: usize> LayerSpec for WeightNorm<L, R> {
    type Module = WeightNormLayer<L, R>;
    const KIND: &'static str = L::NORMALIZED;

    fn validate(&self) -> Result<(), LayerError> {
        self.layer.validate()?;
        if let Some(axis) = self.norm_dim.filter(|axis| *axis >= R) {
            return Err(LayerError::value(Self::KIND, "norm_dim", axis, "it must be below the rank of the weight"));
        }
        let initializer = self.layer.kernel_and_bias().0.initializer;
        if initializer.is_zero() {
            let rule = "a weight of only zeros has no direction";
            return Err(LayerError::value(Self::KIND, "layer.kernel", initializer, rule));
        }
        Ok(())
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        self.layer.output(inputs)
    }

    fn cost(&self, inputs: &[Signature]) -> Cost {
        let lengths = product(&self.length_shape(self.layer.weight_shape(inputs)));
        self.layer.cost(inputs) + Cost { parameters: lengths, ..Cost::default() }
    }

    fn weights(&self) -> Vec<NamedWeight<'_>> {
        let (kernel, bias) = self.layer.kernel_and_bias();
        let bias = bias.map(|bias| ("bias".to_string(), bias));
        std::iter::once(("weight_v".to_string(), kernel)).chain(bias).collect()
    }

    fn build(&self, inputs: &[Signature], scope: &Scope, device: &Device) -> WeightNormLayer<L, R> {
        let (weight_v, bias) = self.layer.draw(inputs, scope, device);
        let shape = self.length_shape(self.layer.weight_shape(inputs));
        let (config, inputs, scope) = (self.clone(), inputs.to_vec(), scope.clone());
        let lengths = move |device: &Device| {
            let (weight, _) = config.layer.draw(&inputs, &scope, device);
            config.norms(weight.val())
        };
        WeightNormLayer { weight_g: computed(shape, device, lengths), weight_v, bias, config: self.clone() }
    }
}

/// A layer with a normalized weight.
#[derive(Module, Debug)]
pub struct WeightNormLayer<L, const R: usize> {
    /// The norms of the weight; every side but that of `norm_dim` is 1.
    pub weight_g: Param<Tensor<R>>,
    /// The direction of the weight, in the shape of the weight.
    pub weight_v: Param<Tensor<R>>,
    /// The layer's bias.
    pub bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    config: WeightNorm<L, R>,
}

/// A convolution over sequences with its normalized weight.
pub type WeightNormConv1dLayer = WeightNormLayer<Conv1d, 3>;
/// A convolution over pictures with its normalized weight.
pub type WeightNormConv2dLayer = WeightNormLayer<Conv2d, 4>;
/// A convolution over volumes with its normalized weight.
pub type WeightNormConv3dLayer = WeightNormLayer<Conv3d, 5>;
/// A dense layer with its normalized weight.
pub type WeightNormDenseLayer = WeightNormLayer<Dense, 2>;

impl<L: WeightNormalizable<R>, const R: usize> WeightNormLayer<L, R> {
    /// The weight that the layer runs with.
    pub fn weight(&self) -> Tensor<R> {
        let direction = self.weight_v.val();
        let norms = self.config.norms(direction.clone());
        direction * (self.weight_g.val() / norms)
    }

    /// Runs the layer; the shapes are its own.
    ///
    /// # Panics
    /// If the input doesn't fit the layer.
    pub fn forward(&self, x: impl Into<Value>, context: &mut Context) -> Value {
        self.config.layer.run(x.into(), self.weight(), self.bias.as_ref().map(Param::val), context)
    }
}

impl<L: WeightNormalizable<R>, const R: usize> LayerModule for WeightNormLayer<L, R> {
    fn call(&self, mut inputs: Vec<Value>, context: &mut Context) -> Value {
        self.forward(inputs.remove(0), context)
    }
}

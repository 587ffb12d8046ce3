//! Layer normalization (Ba et al. 2016): Keras's `LayerNormalization`, PyTorch's `LayerNorm`.

use burn::Tensor;
use burn::module::{Module, Param};
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_core::Scope;

use super::scale::{cost, named, parameter, scale_and_shift, scale_builders, with_gamma};
use super::{check_eps, keras_eps, preset_eps, standardize};
use crate::axis::resolve_sample_axis;
use crate::layer::{LayerModule, LayerSpec, only_float_input, transparent_module};
use crate::value::with_rank;
use crate::weight::NamedWeight;
use crate::{Context, Cost, LayerError, Preset, Shape, Signature, Value, Weight};

/// Config of a layer normalization: each sample to mean 0 and variance 1 over some of its axes together, times gamma,
/// plus beta, which have a value for each place in these axes.
///
/// PyTorch's `normalized_shape` of `k` sides is the axes `[-k, …, -1]`. Any shape, the same out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerNorm {
    /// One to four axes; the batch is 0 and can't be one, negative ones count from the end.
    #[serde(default = "last")]
    pub axes: Vec<isize>,
    /// What is added to the variance, more than 0.
    #[serde(default = "keras_eps")]
    pub eps: f64,
    /// The factor, with the sides of the axes in ascending order; none: 1.
    #[serde(default = "with_gamma")]
    pub gamma: Option<Weight>,
    /// What is added, with the sides of the axes in ascending order; none: 0.
    #[serde(default = "Weight::with_bias")]
    pub beta: Option<Weight>,
}

fn last() -> Vec<isize> {
    vec![-1]
}

impl Default for LayerNorm {
    fn default() -> Self {
        Self::new()
    }
}

impl LayerNorm {
    /// Over the last axis; Keras's epsilon 1e-3, gamma 1, beta 0.
    pub fn new() -> Self {
        Self { axes: last(), eps: keras_eps(), gamma: with_gamma(), beta: Weight::with_bias() }
    }

    /// Takes this library's epsilon: Keras 1e-3, PyTorch 1e-5.
    pub fn preset(self, preset: Preset) -> Self {
        Self { eps: preset_eps(preset), ..self }
    }

    /// Normalizes over these axes together; the batch is 0, negative ones count from the end.
    pub fn axes(self, axes: impl Into<Vec<isize>>) -> Self {
        Self { axes: axes.into(), ..self }
    }

    scale_builders!();

    /// The axes in ascending order with their sides, if a sample has them all, each once.
    fn sides(&self, sample: &Shape) -> Option<Vec<(usize, Option<usize>)>> {
        let resolve = |axis: &isize| resolve_sample_axis(*axis, sample.rank() + 1);
        let mut axes = self.axes.iter().map(resolve).collect::<Option<Vec<_>>>()?;
        axes.sort_unstable();
        let once = axes.windows(2).all(|pair| pair[0] < pair[1]);
        once.then(|| axes.into_iter().map(|axis| (axis, sample.sides()[axis - 1])).collect())
    }

    /// Initialises the module for samples of this shape.
    ///
    /// # Panics
    /// If a sample doesn't have the axes.
    pub fn init(&self, sample: impl Into<Shape>, scope: &Scope, device: &Device) -> LayerNormLayer {
        let sides = self.sides(&sample.into()).expect("the sample has the axes");
        match sides.len() {
            1 => LayerNormLayer::Over1(self.over(&sides, scope, device)),
            2 => LayerNormLayer::Over2(self.over(&sides, scope, device)),
            3 => LayerNormLayer::Over3(self.over(&sides, scope, device)),
            4 => LayerNormLayer::Over4(self.over(&sides, scope, device)),
            count => panic!("a layer normalization is over 1 to 4 axes, not {count}"),
        }
    }

    fn over<const A: usize>(
        &self,
        sides: &[(usize, Option<usize>)],
        scope: &Scope,
        device: &Device,
    ) -> LayerNormOver<A> {
        let shape = std::array::from_fn(|i| sides[i].1.unwrap_or(0));
        LayerNormOver {
            weight: parameter(&self.gamma, shape, "weight", scope, device),
            bias: parameter(&self.beta, shape, "bias", scope, device),
            axes: sides.iter().map(|(axis, _)| *axis).collect(),
            eps: self.eps,
        }
    }
}

impl LayerSpec for LayerNorm {
    type Module = LayerNormLayer;
    const KIND: &'static str = "layer_norm";

    fn validate(&self) -> Result<(), LayerError> {
        if !(1..=4).contains(&self.axes.len()) || self.axes.contains(&0) {
            let rule = "there must be 1 to 4, and not the batch, which is 0";
            return Err(LayerError::value(Self::KIND, "axes", &self.axes, rule));
        }
        check_eps(Self::KIND, self.eps)?;
        self.weights().iter().try_for_each(|(name, weight)| weight.validate(Self::KIND, name))
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let input = only_float_input(Self::KIND, "one input of real numbers", inputs)?;
        let Some(sides) = self.sides(&input.shape).filter(|_| input.shape.rank() <= 5) else {
            let expected = format!("an input that has the axes {:?}, each once", self.axes);
            return Err(LayerError::input(Self::KIND, expected, inputs)
                .with_fix("the batch is axis 0 and isn't normalized over, the last axis is -1"));
        };
        if !self.weights().is_empty() && sides.iter().any(|(_, side)| side.is_none()) {
            let expected = format!("an input whose sides along the axes {:?} are known", self.axes);
            return Err(LayerError::input(Self::KIND, expected, inputs)
                .with_fix("give the network a fixed input size, or set `gamma` and `beta` to null"));
        }
        Ok(input.clone())
    }

    fn cost(&self, inputs: &[Signature]) -> Cost {
        let sides = self.sides(&inputs[0].shape).unwrap_or_default();
        let count = sides.iter().fold(1usize, |count, (_, side)| count.saturating_mul(side.unwrap_or(0)));
        cost(&self.weights(), count, inputs)
    }

    fn weights(&self) -> Vec<NamedWeight<'_>> {
        named(&self.gamma, &self.beta)
    }

    fn build(&self, inputs: &[Signature], scope: &Scope, device: &Device) -> LayerNormLayer {
        self.init(inputs[0].shape.clone(), scope, device)
    }
}

/// A layer normalization with its parameters, by the number of its axes.
#[derive(Debug, Clone)]
pub enum LayerNormLayer {
    /// Over one axis.
    Over1(LayerNormOver<1>),
    /// Over two axes.
    Over2(LayerNormOver<2>),
    /// Over three axes.
    Over3(LayerNormOver<3>),
    /// Over four axes.
    Over4(LayerNormOver<4>),
}

transparent_module!(LayerNormLayer: Over1 Over2 Over3 Over4);

impl LayerNormLayer {
    /// Any shape, the same out.
    ///
    /// # Panics
    /// If the input doesn't have the axes, or other sides along them.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Over1(layer) => layer.forward(x),
            Self::Over2(layer) => layer.forward(x),
            Self::Over3(layer) => layer.forward(x),
            Self::Over4(layer) => layer.forward(x),
        }
    }
}

impl LayerModule for LayerNormLayer {
    fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
        with_rank!(inputs.remove(0), x => self.forward(x))
    }
}

/// A layer normalization over `A` axes with its parameters.
#[derive(Module, Debug)]
pub struct LayerNormOver<const A: usize> {
    /// Gamma, with the sides of the axes.
    pub weight: Option<Param<Tensor<A>>>,
    /// Beta, with the sides of the axes.
    pub bias: Option<Param<Tensor<A>>>,
    #[module(skip)]
    axes: Vec<usize>,
    #[module(skip)]
    eps: f64,
}

impl<const A: usize> LayerNormOver<A> {
    /// Any shape, the same out.
    ///
    /// # Panics
    /// If the input doesn't have the axes, or other sides along them.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let sides = x.dims();
        let shape = std::array::from_fn(|axis| if self.axes.contains(&axis) { sides[axis] } else { 1 });
        let x = standardize(x, &self.axes, self.eps);
        scale_and_shift(x, self.weight.as_ref(), self.bias.as_ref(), shape)
    }
}

//! Shift and scale to mean 0 and variance 1 by given statistics: Keras's `Normalization`.

use burn::Tensor;
use burn::module::{Module, Param};
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_core::Scope;
use striate_core::features::Axes;

use super::Numbers;
use crate::defaults::KERAS_EPSILON;
use crate::layer::{LayerModule, LayerSpec, only_float_input};
use crate::value::with_rank;
use crate::{Context, Cost, LayerError, Signature, Value};

/// `(x - mean) / max(sqrt(variance), 1e-7)` with statistics that are known, as Keras. For statistics that a network
/// learns, see batch normalization.
///
/// `[batch, …]` to the same shape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Normalization {
    /// The mean: one, or one for each position along the kept axes, the last axis fastest.
    pub mean: Numbers,
    /// The variance, at least 0: as many as the mean.
    pub variance: Numbers,
    /// The axes along which statistics differ, counted with the batch axis, which is 0 and can't be one; negative from
    /// the end. Keras's default is the last axis; pictures with channels first need 1. In JSON a number, a list, or
    /// null for none.
    #[serde(default)]
    pub axis: Axes,
    /// Whether it undoes what it does otherwise: `x * max(sqrt(variance), 1e-7) + mean`.
    #[serde(default)]
    pub invert: bool,
}

impl Normalization {
    /// These statistics, along the last axis.
    pub fn new(mean: impl Into<Numbers>, variance: impl Into<Numbers>) -> Self {
        Self { mean: mean.into(), variance: variance.into(), axis: Axes::default(), invert: false }
    }

    /// Statistics differ along these axes; `[]` for one of all.
    pub fn axis(self, axis: impl Into<Vec<isize>>) -> Self {
        Self { axis: Axes(axis.into()), ..self }
    }

    /// Whether it undoes what it does otherwise.
    pub fn invert(self, invert: bool) -> Self {
        Self { invert, ..self }
    }

    /// Initialises the module with the config's statistics, which training leaves as they are.
    pub fn init(&self, device: &Device) -> NormalizationLayer {
        let param = |numbers: &Numbers| {
            let numbers = numbers.0.as_slice();
            Param::from_tensor(Tensor::<1>::from_floats(numbers, device)).set_require_grad(false)
        };
        NormalizationLayer {
            mean: param(&self.mean),
            variance: param(&self.variance),
            axis: self.axis.clone(),
            invert: self.invert,
        }
    }
}

impl LayerSpec for Normalization {
    type Module = NormalizationLayer;
    const KIND: &'static str = "normalization";

    fn validate(&self) -> Result<(), LayerError> {
        self.mean.check(Self::KIND, "mean")?;
        self.variance.check(Self::KIND, "variance")?;
        let bad = |field, rule| LayerError::value(Self::KIND, field, &self.variance.0, rule);
        if self.variance.0.len() != self.mean.0.len() {
            return Err(bad("variance", "it must have as many numbers as `mean`"));
        }
        if self.variance.0.iter().any(|variance| *variance < 0.0) {
            return Err(bad("variance", "it must be at least 0"));
        }
        if self.axis.0.contains(&0) {
            return Err(LayerError::value(
                Self::KIND,
                "axis",
                &self.axis.0,
                "axis 0 is the batch, which has no statistics",
            ));
        }
        if self.axis.0.is_empty() && self.mean.0.len() > 1 {
            return Err(LayerError::value(Self::KIND, "mean", &self.mean.0, "without an axis there is one mean"));
        }
        Ok(())
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let input = only_float_input(Self::KIND, "one input of real numbers", inputs)?;
        let sides = input.shape.sides();
        let Ok(kept) = self.axis.kept(sides.len() + 1) else {
            let expected = format!("one input with the axes {:?}, each once and none the batch", self.axis.0);
            return Err(LayerError::input(Self::KIND, expected, inputs).with_fix("look at `axis`"));
        };
        let count = self.mean.0.len();
        let positions = kept.iter().try_fold(1usize, |product, axis| product.checked_mul(sides[axis - 1]?));
        if count > 1 && positions != Some(count) {
            let expected = format!("one input with {count} positions along the axes {kept:?}, batch counted");
            return Err(LayerError::input(Self::KIND, expected, inputs)
                .with_fix("pictures with channels first have their channels on axis 1"));
        }
        Ok(input.clone())
    }

    fn cost(&self, inputs: &[Signature]) -> Cost {
        let statistics = (self.mean.0.len() + self.variance.0.len()) as u64;
        Cost { non_trainable: statistics, ..Cost::of_output(self.output(inputs)) }
    }

    fn build(&self, _inputs: &[Signature], _scope: &Scope, device: &Device) -> NormalizationLayer {
        self.init(device)
    }
}

/// A normalization with its statistics, which travel with a network's weights, as in Keras.
#[derive(Module, Debug)]
pub struct NormalizationLayer {
    /// The mean, `[1]` or `[positions along the kept axes]`.
    pub mean: Param<Tensor<1>>,
    /// The variance, as many.
    pub variance: Param<Tensor<1>>,
    #[module(skip)]
    axis: Axes,
    #[module(skip)]
    invert: bool,
}

impl NormalizationLayer {
    /// `[batch, …]` to the same shape.
    ///
    /// # Panics
    /// If the statistics don't fit the kept axes.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let mut shape = [1; D];
        let statistic = |param: &Param<Tensor<1>>| param.val().cast(x.dtype());
        let mean = statistic(&self.mean);
        if mean.dims() != [1] {
            for axis in self.axis.kept(D).expect("the shape rule has checked the axes") {
                shape[axis] = x.dims()[axis];
            }
        }
        let deviation = statistic(&self.variance).sqrt().clamp_min(KERAS_EPSILON).reshape(shape);
        let mean = mean.reshape(shape);
        match self.invert {
            false => (x - mean) / deviation,
            true => x * deviation + mean,
        }
    }
}

impl LayerModule for NormalizationLayer {
    fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
        with_rank!(inputs.remove(0), x => self.forward(x))
    }
}

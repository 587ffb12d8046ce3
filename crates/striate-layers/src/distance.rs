//! Squared distances to learnt points: the output layer of LeNet-5 (LeCun et al. 1998, equation 7).

use burn::Tensor;
use burn::module::{Module, Param};
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_core::Scope;

use crate::check::check_count;
use crate::cost::elements;
use crate::layer::{LayerModule, LayerSpec, only_float_input};
use crate::value::with_rank;
use crate::weight::{NamedWeight, weight_builders};
use crate::{Context, Cost, Fans, Initializer, LayerError, Shape, Signature, Value, Weight};

/// Config of a layer of squared distances: `y_i = sum_j (x_j - w_ij)²`. It acts on the last axis.
///
/// The paper's points are [fixed](Self::fixed) codes of ±1, to be set as the layer's weight. First values are drawn evenly
/// from `[-1, 1)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distance {
    /// Points, so outputs; at least 1.
    pub units: usize,
    /// The points, `[units, in_features]`.
    #[serde(default = "points")]
    pub kernel: Weight,
    /// Whether training moves the points.
    #[serde(default = "yes")]
    pub trainable: bool,
}

fn yes() -> bool {
    true
}

fn points() -> Weight {
    Initializer::Uniform { low: -1.0, high: 1.0 }.into()
}

impl Distance {
    /// This many points.
    pub fn new(units: usize) -> Self {
        Self { units, kernel: points(), trainable: true }
    }

    /// Leaves the points where they are; they count as parameters that aren't trained.
    pub fn fixed(self) -> Self {
        Self { trainable: false, ..self }
    }

    weight_builders!(kernel, kernel_initializer, kernel_regularizer, kernel_constraint, "weight");

    /// Initialises the module for inputs with this many features.
    pub fn init(&self, in_features: usize, scope: &Scope, device: &Device) -> DistanceLayer {
        let fans = Fans { fan_in: in_features, fan_out: self.units };
        let shape = [self.units, in_features];
        let weight = self.kernel.initializer.param(shape, fans, "weight", scope, device);
        DistanceLayer { weight: if self.trainable { weight } else { weight.set_require_grad(false) } }
    }
}

impl LayerSpec for Distance {
    type Module = DistanceLayer;
    const KIND: &'static str = "distance";

    fn validate(&self) -> Result<(), LayerError> {
        check_count(Self::KIND, "units", self.units)?;
        self.kernel.validate(Self::KIND, "weight")
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let expected = "one input [.., features] whose features are known";
        let input = only_float_input(Self::KIND, expected, inputs)?;
        match input.shape.sides() {
            [before @ .., Some(features)] if *features > 0 => {
                Ok(Signature::float(Shape::new(before.iter().copied().chain([Some(self.units)]))))
            }
            _ => Err(LayerError::input(Self::KIND, expected, inputs)
                .with_fix("give the network a fixed input size, or pool globally before it")),
        }
    }

    fn cost(&self, inputs: &[Signature]) -> Cost {
        let features = inputs[0].shape.sides().last().copied().flatten().unwrap_or(0) as u64;
        let activations = elements(self.output(inputs));
        let points = features.saturating_mul(self.units as u64);
        let (parameters, non_trainable) = if self.trainable { (points, 0) } else { (0, points) };
        Cost { parameters, non_trainable, multiplications: activations.saturating_mul(features), activations }
    }

    fn weights(&self) -> Vec<NamedWeight<'_>> {
        vec![("weight".into(), &self.kernel)]
    }

    fn build(&self, inputs: &[Signature], scope: &Scope, device: &Device) -> DistanceLayer {
        self.init(inputs[0].shape.sides().last().copied().flatten().unwrap_or(0), scope, device)
    }
}

/// A layer of squared distances with its points.
#[derive(Module, Debug)]
pub struct DistanceLayer {
    /// `[units, in_features]`.
    pub weight: Param<Tensor<2>>,
}

impl DistanceLayer {
    /// `[.., in_features]` to `[.., units]`.
    ///
    /// # Panics
    /// If the features are others than those it was initialised for.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let [units, features] = self.weight.dims();
        let mut shape = x.dims();
        // The difference is squared, not multiplied out: near a point that would cancel.
        let differences = x.reshape([-1, 1, features as i64]) - self.weight.val().unsqueeze();
        shape[D - 1] = units;
        differences.square().sum_dim(2).reshape(shape)
    }
}

impl LayerModule for DistanceLayer {
    fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
        with_rank!(inputs.remove(0), x => self.forward(x))
    }
}

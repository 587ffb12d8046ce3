//! What normalized values are multiplied by, and what is added to them.

use burn::Tensor;
use burn::module::Param;
use striate_backend::Device;
use striate_core::Scope;

use crate::weight::NamedWeight;
use crate::{Cost, Fans, Initializer, Signature, Weight};

/// What serde takes for a gamma that isn't mentioned: there is one, at first all 1.
pub(super) fn with_gamma() -> Option<Weight> {
    Some(Initializer::Ones.into())
}

/// The configs by their parameters' names.
pub(super) fn named<'a>(gamma: &'a Option<Weight>, beta: &'a Option<Weight>) -> Vec<NamedWeight<'a>> {
    let named = [("weight", gamma), ("bias", beta)];
    named.into_iter().filter_map(|(name, weight)| Some((name.to_string(), weight.as_ref()?))).collect()
}

/// The parameter that a config asks for, if it does.
pub(super) fn parameter<const A: usize>(
    weight: &Option<Weight>,
    shape: [usize; A],
    name: &str,
    scope: &Scope,
    device: &Device,
) -> Option<Param<Tensor<A>>> {
    let elements = shape.iter().product();
    let fans = Fans { fan_in: elements, fan_out: elements };
    weight.as_ref().map(|weight| weight.initializer.param(shape, fans, name, scope, device))
}

/// Multiplies by the weight and adds the bias, each brought to this shape, where they are there.
pub(super) fn scale_and_shift<const D: usize, const A: usize>(
    x: Tensor<D>,
    weight: Option<&Param<Tensor<A>>>,
    bias: Option<&Param<Tensor<A>>>,
    shape: [usize; D],
) -> Tensor<D> {
    let x = match weight {
        Some(weight) => x * weight.val().reshape(shape),
        None => x,
    };
    match bias {
        Some(bias) => x + bias.val().reshape(shape),
        None => x,
    }
}

/// The cost of a normalization with some parameters for each of `count` things. Its multiplications don't count, as in
/// the tables of papers.
pub(super) fn cost(weights: &[NamedWeight<'_>], count: usize, inputs: &[Signature]) -> Cost {
    Cost {
        parameters: (count as u64).saturating_mul(weights.len() as u64),
        activations: inputs[0].shape.elements().unwrap_or(0) as u64,
        ..Cost::default()
    }
}

/// The builder methods of a layer with `eps`, `gamma: Option<Weight>` and `beta: Option<Weight>`.
macro_rules! scale_builders {
    () => {
        /// Adds this to the variance.
        pub fn eps(self, eps: f64) -> Self {
            Self { eps, ..self }
        }

        /// Goes without gamma (Keras's `scale=False`).
        pub fn no_scale(self) -> Self {
            Self { gamma: None, ..self }
        }

        /// Goes without beta (Keras's `center=False`).
        pub fn no_center(self) -> Self {
            Self { beta: None, ..self }
        }

        /// Starts and trains gamma so.
        pub fn gamma(self, gamma: impl Into<$crate::Weight>) -> Self {
            Self { gamma: Some(gamma.into()), ..self }
        }

        /// Starts and trains beta so.
        pub fn beta(self, beta: impl Into<$crate::Weight>) -> Self {
            Self { beta: Some(beta.into()), ..self }
        }
    };
}
pub(super) use scale_builders;

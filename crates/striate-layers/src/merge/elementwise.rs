//! Several inputs into one, element by element: Keras's `Subtract`, `Multiply`, `Average`, `Maximum`, `Minimum`;
//! in PyTorch operators on tensors.

use burn::Tensor;
use serde::{Deserialize, Serialize};
use striate_backend::Device;
use striate_core::Scope;

use super::all_float;
use crate::cost::elements;
use crate::layer::{LayerModule, LayerSpec, weightless};
use crate::value::with_rank;
use crate::{Context, Cost, LayerError, Shape, Signature, Value};

/// What is done with two values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Operation {
    Sum,
    Difference,
    Product,
    Mean,
    Maximum,
    Minimum,
}

impl Operation {
    fn takes(self, count: usize) -> bool {
        if self == Self::Difference { count == 2 } else { count >= 2 }
    }

    fn expected(self) -> &'static str {
        match self {
            Self::Difference => "two inputs whose sides are equal or 1",
            _ => "two or more inputs whose sides are equal or 1",
        }
    }

    fn multiplications(self, count: usize) -> u64 {
        if self == Self::Product { count as u64 - 1 } else { 0 }
    }

    fn pair<const R: usize>(self, left: Tensor<R>, right: Tensor<R>) -> Tensor<R> {
        match self {
            Self::Sum | Self::Mean => left + right,
            Self::Difference => left - right,
            Self::Product => left * right,
            Self::Maximum | Self::Minimum => {
                let (a, b) = (left.dims(), right.dims());
                let sides: [usize; R] = std::array::from_fn(|axis| if a[axis] == 1 { b[axis] } else { a[axis] });
                let (left, right) = (left.expand(sides), right.expand(sides));
                if self == Self::Maximum { left.max_pair(right) } else { left.min_pair(right) }
            }
        }
    }

    pub(super) fn run<const R: usize>(self, inputs: impl IntoIterator<Item = Tensor<R>>) -> Tensor<R> {
        let inputs: Vec<_> = inputs.into_iter().collect();
        let count = inputs.len();
        assert!(self.takes(count), "{} are expected, not {count}", self.expected());
        let merged = inputs.into_iter().reduce(|left, right| self.pair(left, right)).expect("there are two at least");
        if self == Self::Mean { merged / count as f64 } else { merged }
    }

    pub(super) fn output(self, kind: &'static str, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let wrong = || LayerError::input(kind, self.expected(), inputs);
        if !self.takes(inputs.len()) || !all_float(inputs) {
            return Err(wrong());
        }
        let rank = inputs.iter().map(|input| input.shape.rank()).max().unwrap_or(0);
        let mut output = vec![Some(1); rank];
        for input in inputs {
            let missing = rank - input.shape.rank();
            for (side, other) in output[missing..].iter_mut().zip(input.shape.sides()) {
                *side = broadcast(*side, *other).ok_or_else(wrong)?;
            }
        }
        Ok(Signature::float(Shape::new(output)))
    }
}

/// The side of two that stand over each other, if they fit; one that isn't known is 1 or fits.
fn broadcast(a: Option<usize>, b: Option<usize>) -> Option<Option<usize>> {
    match (a, b) {
        (Some(1), other) | (other, Some(1)) => Some(other),
        (None, other) | (other, None) => Some(other),
        (Some(a), Some(b)) => (a == b).then_some(Some(a)),
    }
}

/// The value with axes of 1 after the batch axis, so that it has this rank.
pub(super) fn raised(value: Value, rank: usize) -> Value {
    let mut sides = value.dims();
    if sides.len() == rank {
        return value;
    }
    sides.splice(1..1, std::iter::repeat_n(1, rank - sides.len()));
    value.reshape(&sides)
}

macro_rules! elementwise {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $operation:ident) => {
        $(#[$doc])*
        ///
        /// Sides of 1 are stretched to the others'. An input with fewer axes gets sides of 1 after its batch axis, as in
        /// Keras.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {}

        impl $name {
            /// The layer; it has no options.
            pub fn new() -> Self {
                Self {}
            }

            /// Merges the inputs.
            ///
            /// # Panics
            /// If they are too few or too many, or don't fit each other.
            pub fn forward<const R: usize>(&self, inputs: impl IntoIterator<Item = Tensor<R>>) -> Tensor<R> {
                Operation::$operation.run(inputs)
            }
        }

        impl LayerSpec for $name {
            type Module = Self;
            const KIND: &'static str = $kind;

            fn validate(&self) -> Result<(), LayerError> {
                Ok(())
            }

            fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
                Operation::$operation.output($kind, inputs)
            }

            fn cost(&self, inputs: &[Signature]) -> Cost {
                let activations = elements(self.output(inputs));
                let each = Operation::$operation.multiplications(inputs.len());
                Cost { multiplications: activations.saturating_mul(each), activations, ..Cost::default() }
            }

            fn build(&self, _inputs: &[Signature], _scope: &Scope, _device: &Device) -> Self {
                *self
            }
        }

        impl LayerModule for $name {
            fn call(&self, inputs: Vec<Value>, _context: &mut Context) -> Value {
                let rank = inputs.iter().map(|input| input.dims().len()).max().unwrap_or(0);
                let mut inputs = inputs.into_iter().map(|input| raised(input, rank));
                let first = inputs.next().expect("a merge has inputs");
                with_rank!(first, x => self.forward([x].into_iter().chain(inputs.map(Value::float))))
            }
        }

        weightless!($name);
    };
}

elementwise!(
    /// The first of two inputs less the second.
    Subtract,
    "subtract",
    Difference
);

elementwise!(
    /// The product of two or more inputs, element by element.
    Multiply,
    "multiply",
    Product
);

elementwise!(
    /// The mean of two or more inputs.
    Average,
    "average",
    Mean
);

elementwise!(
    /// The largest of two or more inputs, element by element; of equals the first gets the gradient.
    Maximum,
    "maximum",
    Maximum
);

elementwise!(
    /// The smallest of two or more inputs, element by element; of equals the first gets the gradient.
    Minimum,
    "minimum",
    Minimum
);

//! The same values in another shape: Keras's `Reshape`, PyTorch's `Unflatten` and `view`.

use burn::Tensor;
use serde::{Deserialize, Serialize};

use super::MAX_RANK;
use crate::layer::{LayerModule, LayerSpec, only_float_input, own_module, weightless};
use crate::{Context, LayerError, Shape, Signature, Value};

/// Gives each sample another shape; its values stay in the order of rows.
///
/// `[batch, …]` to `[batch, …target_shape]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reshape {
    /// The sides of a sample, up to five, each at least 1; one may be -1, which stands for what the others leave.
    pub target_shape: Vec<i64>,
}

impl Reshape {
    /// To this shape of a sample; one side may be -1.
    pub fn new(target_shape: impl Into<Vec<i64>>) -> Self {
        Self { target_shape: target_shape.into() }
    }

    /// The product of the sides that are given, if it fits.
    fn given(&self) -> Option<usize> {
        let given = self.target_shape.iter().filter(|side| **side != -1);
        given.map(|side| usize::try_from(*side).ok()).try_fold(1usize, |product, side| product.checked_mul(side?))
    }

    /// The sides with `left` for the one that isn't given.
    fn sides<'a, T: Copy + 'a>(&'a self, left: T, side: impl Fn(usize) -> T + 'a) -> impl Iterator<Item = T> + 'a {
        self.target_shape.iter().map(move |given| usize::try_from(*given).map_or(left, &side))
    }

    /// Gives each sample its shape; `B` is one more than the target's sides.
    ///
    /// # Panics
    /// If `B` is another, or the samples have other numbers of elements.
    pub fn forward<const A: usize, const B: usize>(&self, x: Tensor<A>) -> Tensor<B> {
        self.run(x.into()).float()
    }

    fn run(&self, value: Value) -> Value {
        let dims = value.dims();
        let elements: usize = dims[1..].iter().product();
        let given = self.given().expect("the config has been checked");
        let sides: Vec<usize> = [dims[0]].into_iter().chain(self.sides(elements / given, |side| side)).collect();
        value.reshape(&sides)
    }
}

impl LayerSpec for Reshape {
    const KIND: &'static str = "reshape";

    fn validate(&self) -> Result<(), LayerError> {
        let bad = |rule| Err(LayerError::value(Self::KIND, "target_shape", &self.target_shape, rule));
        if self.target_shape.len() > MAX_RANK {
            return bad("it must have at most five sides");
        }
        if self.target_shape.iter().any(|side| *side == 0 || *side < -1) {
            return bad("every side must be at least 1, or -1 for what the others leave");
        }
        if self.target_shape.iter().filter(|side| **side == -1).count() > 1 {
            return bad("only one side may be -1");
        }
        if self.given().is_none() {
            return bad("its elements must be few enough to count");
        }
        Ok(())
    }

    fn output(&self, inputs: &[Signature]) -> Result<Signature, LayerError> {
        let given = self.given().unwrap_or(usize::MAX);
        let inferred = self.target_shape.contains(&-1);
        let expected = match inferred {
            true => format!("one input with a multiple of {given} elements"),
            false => format!("one input with {given} elements"),
        };
        let input = only_float_input(Self::KIND, &expected, inputs)?;
        let sides = input.shape.sides();
        let elements = input.shape.elements();
        // What is known of an open shape divides the whole.
        let known = sides.iter().flatten().try_fold(1usize, |product, side| product.checked_mul(*side));
        let fits = match (elements, known) {
            (Some(elements), _) if inferred => elements.is_multiple_of(given),
            (Some(elements), _) => elements == given,
            (None, Some(known)) => inferred || given.is_multiple_of(known),
            (None, None) => inferred && sides.contains(&None),
        };
        if !fits {
            return Err(LayerError::input(Self::KIND, expected, inputs)
                .with_fix("let -1 stand for one side of `target_shape`, or give sides of the same product"));
        }
        let left = elements.map(|elements| elements / given);
        Ok(Signature::float(Shape::new(self.sides(left, Some))))
    }

    own_module!();
}

impl LayerModule for Reshape {
    fn call(&self, mut inputs: Vec<Value>, _context: &mut Context) -> Value {
        self.run(inputs.remove(0))
    }
}

weightless!(Reshape);

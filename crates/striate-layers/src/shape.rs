//! Shapes of what flows between layers.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The shape of one sample, without the batch axis; a side that is not known before running is `None`.
///
/// Pictures are `[channels, height, width]`. Written `[3, 224, 224]` or `[3, ?, ?]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Shape(Vec<Option<usize>>);

impl Shape {
    /// Takes the sides in order.
    pub fn new(sides: impl IntoIterator<Item = Option<usize>>) -> Self {
        Self(sides.into_iter().collect())
    }

    /// The number of axes, without the batch axis.
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// The sides.
    pub fn sides(&self) -> &[Option<usize>] {
        &self.0
    }

    /// Whether another shape is this one, as far as this one's sides are known.
    pub fn admits(&self, other: &Self) -> bool {
        let mut sides = self.0.iter().zip(&other.0);
        self.rank() == other.rank() && sides.all(|(side, other)| side.is_none() || side == other)
    }

    /// The number of elements of a sample, if every side is known and the product fits.
    pub fn elements(&self) -> Option<usize> {
        self.0.iter().try_fold(1usize, |product, side| product.checked_mul((*side)?))
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sides = self.0.iter().map(|side| side.map_or("?".to_string(), |side| side.to_string()));
        write!(f, "[{}]", sides.collect::<Vec<_>>().join(", "))
    }
}

impl<const D: usize> From<[usize; D]> for Shape {
    fn from(sides: [usize; D]) -> Self {
        Self::new(sides.map(Some))
    }
}

impl<const D: usize> From<[Option<usize>; D]> for Shape {
    fn from(sides: [Option<usize>; D]) -> Self {
        Self::new(sides)
    }
}

/// Whether values are real numbers or whole ones, such as class indices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Real numbers.
    #[default]
    Float,
    /// Whole numbers.
    Int,
}

/// What flows along one edge of a network: kind and shape.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Signature {
    /// The shape of one sample.
    pub shape: Shape,
    /// Real or whole numbers.
    #[serde(default)]
    pub kind: Kind,
}

impl Signature {
    /// Real numbers of this shape.
    pub fn float(shape: impl Into<Shape>) -> Self {
        Self { shape: shape.into(), kind: Kind::Float }
    }

    /// Whole numbers of this shape.
    pub fn int(shape: impl Into<Shape>) -> Self {
        Self { shape: shape.into(), kind: Kind::Int }
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Float => self.shape.fmt(f),
            Kind::Int => write!(f, "{} of whole numbers", self.shape),
        }
    }
}

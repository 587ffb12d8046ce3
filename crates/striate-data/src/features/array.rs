//! Values with axes.

use striate_core::features::FeatureError;

/// Values with axes, of which the first is the batch; the last changes fastest.
#[derive(Debug, Clone, PartialEq)]
pub struct Array<T> {
    shape: Vec<usize>,
    values: Vec<T>,
}

impl<T> Array<T> {
    /// Values with these sides; `[]` for a single value.
    ///
    /// # Errors
    /// [`FeatureError::Shape`] if there are not as many values as positions.
    pub fn new(shape: impl Into<Vec<usize>>, values: impl Into<Vec<T>>) -> Result<Self, FeatureError> {
        let (shape, values) = (shape.into(), values.into());
        match shape.iter().try_fold(1usize, |product, &side| product.checked_mul(side)) == Some(values.len()) {
            true => Ok(Self { shape, values }),
            false => {
                Err(FeatureError::Shape { kind: "an array", shape, rule: "there must be a value for each position" })
            }
        }
    }

    /// Values along one axis.
    pub fn row(values: impl Into<Vec<T>>) -> Self {
        let values = values.into();
        Self { shape: vec![values.len()], values }
    }

    /// A batch of one row of one value.
    pub(super) fn matrix_of_one(value: T) -> Self {
        Self { shape: vec![1, 1], values: vec![value] }
    }

    /// The sides.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The values in rows.
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// The values in rows.
    pub fn into_values(self) -> Vec<T> {
        self.values
    }

    /// An array of the same sides, each value made from one of these.
    pub fn map<U>(&self, change: impl FnMut(&T) -> U) -> Array<U> {
        Array { shape: self.shape.clone(), values: self.values.iter().map(change).collect() }
    }

    /// An array of the same sides, each value made from one of these, if each can be.
    ///
    /// # Errors
    /// The first of `change`.
    pub fn try_map<U, E>(&self, change: impl FnMut(&T) -> Result<U, E>) -> Result<Array<U>, E> {
        Ok(Array { shape: self.shape.clone(), values: self.values.iter().map(change).collect::<Result<_, _>>()? })
    }

    /// The part of a batch, along the first axis.
    pub(crate) fn part(&self, range: &std::ops::Range<usize>) -> Self
    where
        T: Clone,
    {
        let [count, sides @ ..] = &self.shape[..] else { return self.clone() };
        let length = self.values.len() / (*count).max(1);
        let shape = [&[range.len()], sides].concat();
        Self { shape, values: self.values[range.start * length..range.end * length].to_vec() }
    }

    /// The last side, and the product of those before; a single value is one of one.
    pub(super) fn rows(&self) -> (usize, usize) {
        match &self.shape[..] {
            [] => (1, 1),
            [before @ .., last] => (before.iter().product(), *last),
        }
    }
}

/// What a feature gives: whole numbers, such as an embedding takes, or real ones.
#[derive(Debug, Clone, PartialEq)]
pub enum Encoded {
    /// Whole numbers.
    Int(Array<i64>),
    /// Real numbers.
    Float(Array<f32>),
}

impl Encoded {
    /// The sides.
    pub fn shape(&self) -> &[usize] {
        match self {
            Self::Int(array) => array.shape(),
            Self::Float(array) => array.shape(),
        }
    }

    /// The part of a batch, along the first axis.
    pub(crate) fn part(&self, range: &std::ops::Range<usize>) -> Self {
        match self {
            Self::Int(array) => Self::Int(array.part(range)),
            Self::Float(array) => Self::Float(array.part(range)),
        }
    }

    /// All as real numbers; whole ones beyond 2^24 are rounded.
    pub fn to_f32(&self) -> Array<f32> {
        match self {
            Self::Int(array) => array.map(|&value| value as f32),
            Self::Float(array) => array.clone(),
        }
    }
}

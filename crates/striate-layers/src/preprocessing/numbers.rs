//! One number, or several.

use burn::Tensor;
use burn::tensor::TensorData;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::LayerError;

/// One number for all, or a list with one for each channel or position. In JSON `0.5` or `[0.5, 0.4, 0.3]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbers(pub Vec<f64>);

#[derive(Deserialize)]
#[serde(untagged, expecting = "a number or a list of numbers")]
enum Written {
    One(f64),
    Each(Vec<f64>),
}

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<T: Deserializer<'de>>(deserializer: T) -> Result<Self, T::Error> {
        Ok(match Written::deserialize(deserializer)? {
            Written::One(number) => number.into(),
            Written::Each(numbers) => Self(numbers),
        })
    }
}

impl Serialize for Numbers {
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        match &self.0[..] {
            [number] => number.serialize(serializer),
            numbers => numbers.serialize(serializer),
        }
    }
}

impl From<f64> for Numbers {
    fn from(number: f64) -> Self {
        Self(vec![number])
    }
}

impl From<Vec<f64>> for Numbers {
    fn from(numbers: Vec<f64>) -> Self {
        Self(numbers)
    }
}

impl<const N: usize> From<[f64; N]> for Numbers {
    fn from(numbers: [f64; N]) -> Self {
        Self(numbers.to_vec())
    }
}

impl Numbers {
    /// Checks that there are some, and that each is finite.
    pub(crate) fn check(&self, kind: &'static str, field: &str) -> Result<(), LayerError> {
        match !self.0.is_empty() && self.0.iter().all(|number| number.is_finite()) {
            true => Ok(()),
            false => Err(LayerError::value(kind, field, &self.0, "it must have at least one number, all finite")),
        }
    }

    /// As a tensor of this shape, on the device and with the type of another. One number stands for all.
    pub(crate) fn tensor<const D: usize>(&self, shape: [usize; D], like: &Tensor<D>) -> Tensor<D> {
        let shape = if self.0.len() == 1 { [1; D] } else { shape };
        Tensor::from_data(TensorData::new(self.0.clone(), shape), (&like.device(), like.dtype()))
    }
}

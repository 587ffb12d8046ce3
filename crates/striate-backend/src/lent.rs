//! Values of a tensor where they are.

use burn::Tensor;
#[cfg(feature = "flex")]
use burn::backend::{BackendTensor, DispatchTensorKind, Flex};

/// A tensor's `f32` values in the host's memory, in rows, without a copy.
#[derive(Debug, Clone)]
pub struct LentValues(Memory);

#[cfg(feature = "flex")]
type Memory = burn::backend::tensor::FloatTensor<Flex>;
#[cfg(not(feature = "flex"))]
type Memory = std::convert::Infallible;

impl LentValues {
    /// None if the values are elsewhere, of another type, or not one after the other: a copy is needed then.
    pub fn of<const D: usize>(tensor: &Tensor<D>) -> Option<Self> {
        #[cfg(feature = "flex")]
        if let DispatchTensorKind::Flex(BackendTensor::Float(memory)) = tensor.clone().into_dispatch().kind {
            return memory.as_slice::<f32>().is_some().then_some(Self(memory));
        }
        let _ = tensor;
        None
    }

    /// The values.
    pub fn values(&self) -> &[f32] {
        #[cfg(feature = "flex")]
        return self.0.as_slice().expect("checked when they were lent");
        #[cfg(not(feature = "flex"))]
        match self.0 {}
    }
}

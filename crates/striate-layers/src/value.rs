//! A tensor of any rank and kind.

use burn::Tensor;
use burn::backend::{DispatchTensor, TensorMetadata};
use burn::tensor::Int;

use crate::{Kind, Shape, Signature};

/// A tensor whose rank and kind are known when running only: what flows along a network's edges.
#[derive(Debug, Clone)]
pub struct Value {
    tensor: DispatchTensor,
    kind: Kind,
}

impl Value {
    /// The sides, the batch axis first.
    pub fn dims(&self) -> Vec<usize> {
        self.tensor.shape().as_slice().to_vec()
    }

    /// Kind and shape without the batch axis.
    pub fn signature(&self) -> Signature {
        Signature { shape: Shape::new(self.dims().into_iter().skip(1).map(Some)), kind: self.kind }
    }

    /// The tensor of real numbers, with the batch axis.
    ///
    /// # Panics
    /// If the rank is another or the numbers are whole ones.
    pub fn float<const D: usize>(self) -> Tensor<D> {
        self.expect(D, Kind::Float);
        Tensor::from_dispatch(self.tensor)
    }

    /// The tensor of whole numbers, with the batch axis.
    ///
    /// # Panics
    /// If the rank is another or the numbers are real ones.
    pub fn int<const D: usize>(self) -> Tensor<D, Int> {
        self.expect(D, Kind::Int);
        Tensor::from_dispatch(self.tensor)
    }

    /// The same numbers, in rows, with these sides.
    ///
    /// # Panics
    /// If there are other than 1 to 6 sides, before or after, or they hold another number of elements.
    pub(crate) fn reshape(self, sides: &[usize]) -> Self {
        let elements: usize = sides.iter().product();
        macro_rules! reshaped {
            ($take:ident: $($rank:literal)*) => {{
                let row = match self.dims().len() {
                    $($rank => self.$take::<$rank>().reshape([elements]),)*
                    rank => panic!("a tensor of rank {rank} is beyond 6"),
                };
                match sides.len() {
                    $($rank => {
                        let sides: [usize; $rank] = std::array::from_fn(|axis| sides[axis]);
                        row.reshape(sides).into()
                    })*
                    rank => panic!("a tensor of rank {rank} is beyond 6"),
                }
            }};
        }
        match self.kind {
            Kind::Float => reshaped!(float: 1 2 3 4 5 6),
            Kind::Int => reshaped!(int: 1 2 3 4 5 6),
        }
    }

    fn expect(&self, rank: usize, kind: Kind) {
        let dims = self.dims();
        assert!(
            dims.len() == rank && self.kind == kind,
            "a tensor of rank {rank} ({kind:?}) is expected, this one has the shape {dims:?} ({:?})",
            self.kind
        );
    }
}

impl<const D: usize> From<Tensor<D>> for Value {
    fn from(tensor: Tensor<D>) -> Self {
        Self { tensor: tensor.into_dispatch(), kind: Kind::Float }
    }
}

impl<const D: usize> From<Tensor<D, Int>> for Value {
    fn from(tensor: Tensor<D, Int>) -> Self {
        Self { tensor: tensor.into_dispatch(), kind: Kind::Int }
    }
}

/// A tensor whose rank two constants say, as what it is.
///
/// # Panics
/// If the ranks differ.
pub(crate) fn cast<const A: usize, const B: usize>(x: Tensor<A>) -> Tensor<B> {
    Value::from(x).float()
}

/// Runs an expression on a value's tensor of real numbers, whatever its rank from 1 to 6.
macro_rules! with_rank {
    ($value:expr, $x:ident => $body:expr) => {{
        let value: $crate::Value = $value;
        match value.dims().len() {
            1 => $crate::value::with_rank!(@1, value, $x => $body),
            2 => $crate::value::with_rank!(@2, value, $x => $body),
            3 => $crate::value::with_rank!(@3, value, $x => $body),
            4 => $crate::value::with_rank!(@4, value, $x => $body),
            5 => $crate::value::with_rank!(@5, value, $x => $body),
            6 => $crate::value::with_rank!(@6, value, $x => $body),
            rank => panic!("a tensor of rank {rank} is beyond 6"),
        }
    }};
    (@$rank:literal, $value:ident, $x:ident => $body:expr) => {{
        let $x = $value.float::<$rank>();
        $crate::Value::from($body)
    }};
}
pub(crate) use with_rank;

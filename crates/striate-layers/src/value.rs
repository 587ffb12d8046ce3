//! A tensor of any rank and kind.

use burn::Tensor;
use burn::backend::ops::{FloatTensorOps, IntTensorOps};
use burn::backend::{Dispatch, DispatchTensor, TensorMetadata};
use burn::tensor::{FloatDType, Int, Shape as TensorShape};

use crate::{Kind, Shape, Signature};

/// Runs an expression with a rank that is known when running only as a constant: from 1 to 6, or one of a list.
macro_rules! of_rank {
    ($rank:expr, $D:ident => $body:expr) => {
        $crate::value::of_rank!($rank, $D => $body; 1 2 3 4 5 6)
    };
    ($rank:expr, $D:ident => $body:expr; $($number:literal)*) => {
        match $rank {
            $($number => {
                const $D: usize = $number;
                $body
            })*
            rank => panic!("a tensor of rank {rank} is none of {:?}", [$($number),*]),
        }
    };
}
pub(crate) use of_rank;

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

    /// The same numbers without their history, from which no gradient comes.
    pub fn without_autodiff(self) -> Self {
        match self.kind {
            Kind::Float => of_rank!(self.dims().len(), D => self.float::<D>().without_autodiff().into()),
            Kind::Int => of_rank!(self.dims().len(), D => self.int::<D>().without_autodiff().into()),
        }
    }

    /// The same numbers, in rows, with these sides.
    ///
    /// # Panics
    /// If they hold another number of elements.
    pub fn reshape(self, sides: &[usize]) -> Self {
        let before = self.dims();
        if before == sides {
            return self;
        }
        let [held, asked] = [before.as_slice(), sides].map(|sides| sides.iter().product::<usize>());
        assert_eq!(held, asked, "{before:?} has no sides {sides:?}");
        let Self { tensor, kind } = self;
        let shape = TensorShape::from(sides.to_vec());
        let tensor = match kind {
            Kind::Float => Dispatch::float_reshape(tensor, shape),
            Kind::Int => Dispatch::int_reshape(tensor, shape),
        };
        Self { tensor, kind }
    }

    /// The real numbers in rows, on the host.
    ///
    /// # Panics
    /// If the numbers are whole ones.
    pub fn into_floats(self) -> Vec<f32> {
        let length = self.dims().iter().product();
        // Without history first: a reshape of what has some is a step of the way back.
        self.without_autodiff().reshape(&[length]).float::<1>().into_data().iter::<f32>().collect()
    }

    /// Real numbers of this type; whole numbers as they are.
    pub fn cast(self, dtype: FloatDType) -> Self {
        let Self { tensor, kind } = self;
        let is_so = kind == Kind::Int || tensor.dtype() == dtype.into();
        Self { tensor: if is_so { tensor } else { Dispatch::float_cast(tensor, dtype) }, kind }
    }

    /// A batch of one as a batch of this many, all of them equal; any other batch as it is.
    pub fn stretched(self, batch: usize) -> Self {
        let mut sides = self.dims();
        if sides.first() != Some(&1) {
            return self;
        }
        sides[0] = batch;
        match self.kind {
            Kind::Float => of_rank!(sides.len(), D => self.float::<D>().expand(array::<D>(&sides)).into()),
            Kind::Int => of_rank!(sides.len(), D => self.int::<D>().expand(array::<D>(&sides)).into()),
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

fn array<const D: usize>(sides: &[usize]) -> [usize; D] {
    sides.try_into().expect("the rank is that of the sides")
}

/// Runs an expression on a value's tensor of real numbers, whatever its rank from 1 to 6.
macro_rules! with_rank {
    ($value:expr, $x:ident => $body:expr) => {{
        let value: $crate::Value = $value;
        $crate::value::of_rank!(value.dims().len(), RANK => {
            let $x = value.float::<RANK>();
            $crate::Value::from($body)
        })
    }};
}
pub(crate) use with_rank;

//! Sums over whole tensors, axis by axis.
//!
//! One sum over millions of elements would depend on the order in which threads end, and lose digits.

use burn::Tensor;

/// The sum of all elements, `[1]`.
pub(crate) fn sum<const D: usize>(x: Tensor<D>) -> Tensor<1> {
    rows(x, |rows| rows.sum_dim(1))
}

/// The mean of all elements, `[1]`; 0 of none. No sum is larger than that along one axis.
pub(crate) fn mean<const D: usize>(x: Tensor<D>) -> Tensor<1> {
    rows(x, |rows| rows.mean_dim(1))
}

/// Reduces the last axis of what is left, until one element is.
fn rows<const D: usize>(x: Tensor<D>, reduce: impl Fn(Tensor<2>) -> Tensor<2>) -> Tensor<1> {
    let sides = x.dims();
    if sides.contains(&0) {
        return x.sum();
    }
    let mut x = x.reshape([sides.iter().product(), 1]);
    for axis in (0..D).rev().filter(|axis| sides[*axis] != 1) {
        x = reduce(x.reshape([sides[..axis].iter().product(), sides[axis]]));
    }
    x.reshape([1])
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::*;

    #[test]
    fn sum_and_mean_are_those_of_all_elements() {
        let device = striate_backend::device("flex").unwrap();
        let numbers: Vec<f32> = (0..24).map(|i| i as f32).collect();
        let x = Tensor::<5>::from_data(TensorData::new(numbers, [2, 1, 3, 4, 1]), &device);
        assert_eq!(sum(x.clone()).into_scalar::<f32>(), 276.0);
        assert_eq!(mean(x.clone()).into_scalar::<f32>(), 11.5);
        assert_eq!(sum(x.swap_dims(0, 3)).into_scalar::<f32>(), 276.0);
        for sides in [[0, 3], [3, 0], [0, 1]] {
            let x = Tensor::<2>::zeros(sides, &device);
            assert_eq!([sum(x.clone()), mean(x)].map(|x| x.into_scalar::<f32>()), [0.0; 2]);
        }
    }
}

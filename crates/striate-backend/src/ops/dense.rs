//! Dense layers.

use burn::Tensor;
use burn::backend::Dispatch;

use crate::{Pointwise, VisionBackend};

/// A function, if there is one, of `x` `[.., in]` times `weight` `[out, in]` plus `bias` `[out]`; returns `[.., out]`. On the
/// CPU without autodiff a small batch reads the weight once, and the rest is done where the sums are.
///
/// # Panics
/// If the shapes don't fit each other.
pub fn dense<const D: usize>(
    x: Tensor<D>,
    weight: Tensor<2>,
    bias: Option<Tensor<1>>,
    function: Option<Pointwise>,
) -> Tensor<D> {
    let mut sides = x.dims();
    let [outputs, features] = weight.dims();
    assert_eq!(sides[D - 1], features, "features = weight's second axis");
    assert!(bias.as_ref().is_none_or(|bias| bias.dims() == [outputs]), "one bias for each output");
    let bias = bias.unwrap_or_else(|| Tensor::zeros([outputs], (&weight.device(), weight.dtype())));
    let rows = x.reshape([sides[..D - 1].iter().product(), features]);
    let [rows, weight] = [rows, weight].map(Tensor::into_dispatch);
    let output = Tensor::<2>::from_dispatch(Dispatch::vision_dense(rows, weight, bias.into_dispatch(), function));
    sides[D - 1] = outputs;
    output.reshape(sides)
}

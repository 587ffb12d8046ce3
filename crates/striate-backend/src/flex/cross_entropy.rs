//! Cross-entropy of logits and labels.

use burn::backend::tensor::IntTensor;
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::{DType, Shape};

use super::{Tensor, contiguous, tensor, values};
use crate::kernels::calls;
use crate::kernels::cross_entropy::Logits;
use crate::kernels::simd::Arch;

pub(super) fn forward(arch: Arch, logits: Tensor, labels: IntTensor<Flex>, smoothing: f64) -> Tensor {
    let shape = labels.shape();
    let losses = with(logits, labels, smoothing, |logits| calls::cross_entropy(arch, logits));
    tensor(losses, shape)
}

pub(super) fn grad(arch: Arch, logits: Tensor, labels: IntTensor<Flex>, losses_grad: Tensor, smoothing: f64) -> Tensor {
    let (shape, losses_grad): (Shape, _) = (logits.shape(), contiguous(losses_grad));
    let grad = with(logits, labels, smoothing, |logits| calls::cross_entropy_grad(arch, logits, values(&losses_grad)));
    tensor(grad, shape)
}

fn with(logits: Tensor, labels: IntTensor<Flex>, smoothing: f64, run: impl FnOnce(Logits<'_>) -> Vec<f32>) -> Vec<f32> {
    let sides = logits.shape();
    let (classes, inner) = (sides[1], sides[2]);
    if sides.num_elements() == 0 {
        return Vec::new();
    }
    let (logits, labels) = (contiguous(logits), numbers(labels, classes));
    run(Logits { classes, inner, values: values(&logits), labels: &labels, smoothing: smoothing as f32 })
}

/// The labels, each of which is a class.
fn numbers(labels: IntTensor<Flex>, classes: usize) -> Vec<u32> {
    let label = |label: i64| {
        assert!((0..classes as i64).contains(&label), "label {label} is none of {classes} classes");
        label as u32
    };
    let labels = labels.to_contiguous();
    match labels.dtype() {
        DType::I64 => labels.as_slice::<i64>().expect("as its type says").iter().map(|x| label(*x)).collect(),
        DType::I32 => labels.as_slice::<i32>().expect("as its type says").iter().map(|x| label((*x).into())).collect(),
        _ => labels.into_data().iter::<i64>().map(label).collect(),
    }
}

//! Functions of single values.

use burn::backend::TensorMetadata;

use super::{Tensor, contiguous, tensor, values, whole_mut};
use crate::backend::Pointwise;
use crate::kernels::calls::mapped;
use crate::kernels::lanes::{Lanes, map_over};
use crate::kernels::pointwise::ops::{
    Clamp, ClampGrad, HardSigmoid, HardSigmoidGrad, HardSwish, HardSwishGrad, Relu, ReluGrad, Sigmoid, SigmoidGrad,
    Silu, SiluGrad,
};
use crate::kernels::simd::Arch;
use crate::kernels::tanh::{Tanh, TanhGrad};

pub(super) fn forward(arch: Arch, x: Tensor, function: Pointwise) -> Tensor {
    match function {
        Pointwise::Relu => one(arch, Relu, x),
        Pointwise::Relu6 => one(arch, Clamp(0.0, 6.0), x),
        Pointwise::Sigmoid => one(arch, Sigmoid, x),
        Pointwise::Swish => one(arch, Silu, x),
        Pointwise::Tanh => one(arch, Tanh, x),
        Pointwise::HardSigmoid => one(arch, HardSigmoid, x),
        Pointwise::HardSwish => one(arch, HardSwish, x),
    }
}

pub(super) fn backward(arch: Arch, kept: Tensor, output_grad: Tensor, function: Pointwise) -> Tensor {
    match function {
        Pointwise::Relu => two(arch, ReluGrad, output_grad, kept),
        Pointwise::Relu6 => two(arch, ClampGrad(0.0, 6.0), output_grad, kept),
        Pointwise::Sigmoid => two(arch, SigmoidGrad, output_grad, kept),
        Pointwise::Swish => two(arch, SiluGrad, output_grad, kept),
        Pointwise::Tanh => two(arch, TanhGrad, output_grad, kept),
        Pointwise::HardSigmoid => two(arch, HardSigmoidGrad, output_grad, kept),
        Pointwise::HardSwish => two(arch, HardSwishGrad, output_grad, kept),
    }
}

/// In the input's own memory if nobody else reads it.
fn one(arch: Arch, of: impl Lanes<1, 1>, x: Tensor) -> Tensor {
    let mut x = contiguous(x);
    if let Some(values) = whole_mut(&mut x) {
        map_over(arch, of, [values], []);
        return x;
    }
    tensor(mapped(arch, of, [values(&x)]), x.shape())
}

/// In the gradient's own memory if nobody else reads it.
fn two(arch: Arch, of: impl Lanes<2, 1>, grad: Tensor, kept: Tensor) -> Tensor {
    let (mut grad, kept) = (contiguous(grad), contiguous(kept));
    if let Some(grads) = whole_mut(&mut grad) {
        map_over(arch, of, [grads], [values(&kept)]);
        return grad;
    }
    tensor(mapped(arch, of, [values(&grad), values(&kept)]), grad.shape())
}

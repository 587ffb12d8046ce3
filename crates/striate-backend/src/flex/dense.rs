//! Dense layers.

use burn::backend::ops::FloatTensorOps;
use burn::backend::{Flex, TensorMetadata};

use super::{Tensor, contiguous, own, tensor, values};
use crate::backend::Pointwise;
use crate::kernels::simd::Arch;
use crate::kernels::{calls, dense};

/// Few rows read the weight once, in rows as it lies; more are a product of matrices, which burn has.
pub(super) fn forward(arch: Arch, x: Tensor, weight: Tensor, bias: Tensor, function: Option<Pointwise>) -> Tensor {
    let (rows, outputs) = (x.shape()[0], weight.shape()[0]);
    let bias = contiguous(bias);
    if (1..=dense::FEW).contains(&rows) && weight.as_slice::<f32>().is_some() && weight.shape()[1] > 0 {
        let x = contiguous(x);
        let output = calls::dense(arch, rows, [values(&x), values(&weight), values(&bias)], function);
        return tensor(output, [rows, outputs]);
    }
    let mut output = own(Flex::float_matmul(x, Flex::float_transpose(weight)));
    dense::finish(arch, values(&bias), function, output.storage_mut());
    output
}

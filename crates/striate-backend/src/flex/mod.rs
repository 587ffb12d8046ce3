//! Our kernels on burn-flex.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::DType;

use crate::VisionBackend;
use crate::backend::{plain_tanh, plain_tanh_grad};
use crate::kernels;

type Tensor = FloatTensor<Flex>;

/// The tensor with its values in rows and nobody else reading them.
fn own(tensor: Tensor) -> Tensor {
    let whole = tensor.is_contiguous()
        && tensor.layout().start_offset() == 0
        && tensor.storage::<f32>().len() == tensor.shape().num_elements();
    if whole { tensor } else { tensor.to_contiguous() }
}

impl VisionBackend for Flex {
    fn vision_tanh(x: Tensor) -> Tensor {
        if x.dtype() != DType::F32 {
            return plain_tanh::<Self>(x);
        }
        let mut x = own(x);
        kernels::tanh::tanh(x.storage_mut());
        x
    }

    fn vision_tanh_grad(output: Tensor, output_grad: Tensor) -> Tensor {
        if output.dtype() != DType::F32 || output_grad.dtype() != DType::F32 {
            return plain_tanh_grad::<Self>(output, output_grad);
        }
        let (output, mut grad) = (own(output), own(output_grad));
        kernels::tanh::tanh_grad(output.storage(), grad.storage_mut());
        grad
    }
}

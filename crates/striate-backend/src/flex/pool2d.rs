//! Pooling of pictures.

use burn::backend::tensor::IntTensor;
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::TensorData;

use super::{Tensor, contiguous, tensor, values};
use crate::PoolOptions;
use crate::kernels::calls;
use crate::kernels::conv::Geometry;
use crate::kernels::simd::Arch;

/// The windows; channels that pooling leaves alone are those of the pictures.
fn geometry(images: &Tensor, options: PoolOptions) -> Geometry {
    let sides = images.shape();
    Geometry {
        batch: sides[0],
        in_channels: sides[1],
        out_channels: sides[1],
        groups: sides[1],
        side: [sides[2], sides[3]],
        kernel: options.size,
        stride: options.stride,
        dilation: options.dilation,
        padding: options.padding.map(|padding| (padding, padding)),
    }
}

fn pooled(values: Vec<f32>, g: &Geometry) -> Tensor {
    let [height, width] = g.out_side();
    tensor(values, [g.batch, g.in_channels, height, width])
}

pub(super) fn max(arch: Arch, images: Tensor, options: PoolOptions) -> Tensor {
    let g = geometry(&images, options);
    pooled(calls::max_pool(arch, &g, values(&contiguous(images))), &g)
}

pub(super) fn max_places(arch: Arch, images: Tensor, options: PoolOptions) -> (Tensor, IntTensor<Flex>) {
    let g = geometry(&images, options);
    let (output, places) = calls::max_pool_places(arch, &g, values(&contiguous(images)));
    let output = pooled(output, &g);
    let places = Tensor::from_data(TensorData::new(places, output.shape()));
    (output, places)
}

pub(super) fn max_grad(images: &Tensor, places: &IntTensor<Flex>, output_grad: Tensor, options: PoolOptions) -> Tensor {
    let places = places.as_slice::<u32>().expect("the places of our own kernel");
    let grad = calls::max_pool_grad(&geometry(images, options), places, values(&contiguous(output_grad)));
    tensor(grad, images.shape())
}

pub(super) fn avg(arch: Arch, images: Tensor, options: PoolOptions, with_padding: bool) -> Tensor {
    let g = geometry(&images, options);
    pooled(calls::avg_pool(arch, &g, values(&contiguous(images)), with_padding), &g)
}

pub(super) fn avg_grad(
    arch: Arch,
    images: &Tensor,
    output_grad: Tensor,
    options: PoolOptions,
    with_padding: bool,
) -> Tensor {
    let g = geometry(images, options);
    tensor(calls::avg_pool_grad(arch, &g, with_padding, values(&contiguous(output_grad))), images.shape())
}

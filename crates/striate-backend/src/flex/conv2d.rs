//! Convolution.

use burn::backend::TensorMetadata;
use burn::tensor::ops::ConvOptions;

use super::{Tensor, contiguous, tensor, values};
use crate::backend::Pointwise;
use crate::kernels::conv::{self, Finish, Geometry};
use crate::kernels::simd::Arch;
use crate::kernels::{calls, pointwise};

fn geometry(images: &Tensor, weight: &Tensor, options: &ConvOptions<2>) -> Geometry {
    let (images, weight) = (images.shape(), weight.shape());
    Geometry {
        batch: images[0],
        in_channels: images[1],
        out_channels: weight[0],
        groups: options.groups,
        side: [images[2], images[3]],
        kernel: [weight[2], weight[3]],
        stride: options.stride,
        dilation: options.dilation,
        padding: options.padding,
    }
}

/// What comes after the sums.
#[derive(Default)]
pub(super) struct Ending {
    pub(super) bias: Option<Tensor>,
    pub(super) more: Option<Tensor>,
    pub(super) function: Option<Pointwise>,
}

pub(super) fn forward(arch: Arch, images: Tensor, weight: Tensor, ending: Ending, options: &ConvOptions<2>) -> Tensor {
    let g = geometry(&images, &weight, options);
    let (images, weight) = (contiguous(images), contiguous(weight));
    let [bias, more] = [ending.bias, ending.more].map(|added| added.map(contiguous));
    let finish = Finish { bias: bias.as_ref().map(values), add: more.as_ref().map(values), ..Finish::default() };
    let finish = finish.with(ending.function);
    let [height, width] = g.out_side();
    let output = conv::forward(arch, &g, values(&images), values(&weight), finish);
    tensor(output, [g.batch, g.out_channels, height, width])
}

pub(super) fn images_grad(
    arch: Arch,
    images: &Tensor,
    weight: Tensor,
    output_grad: Tensor,
    options: &ConvOptions<2>,
) -> Tensor {
    let g = geometry(images, &weight, options);
    let (weight, output_grad) = (contiguous(weight), contiguous(output_grad));
    tensor(conv::images_grad(arch, &g, values(&weight), values(&output_grad)), images.shape())
}

/// A transposed convolution to pictures of `side`.
pub(super) fn transposed(
    arch: Arch,
    x: Tensor,
    weight: Tensor,
    bias: Tensor,
    side: [usize; 2],
    options: &ConvOptions<2>,
) -> Tensor {
    let (from, kernel) = (x.shape(), weight.shape());
    let g = Geometry {
        batch: from[0],
        in_channels: kernel[1] * options.groups,
        out_channels: from[1],
        groups: options.groups,
        side,
        kernel: [kernel[2], kernel[3]],
        stride: options.stride,
        dilation: options.dilation,
        padding: options.padding,
    };
    let [x, weight, bias] = [x, weight, bias].map(contiguous);
    let mut output = conv::images_grad(arch, &g, values(&weight), values(&x));
    pointwise::add_bias(arch, side[0] * side[1], values(&bias), &mut output);
    tensor(output, [g.batch, g.in_channels, side[0], side[1]])
}

pub(super) fn weight_grad(
    arch: Arch,
    images: Tensor,
    weight: &Tensor,
    output_grad: Tensor,
    options: &ConvOptions<2>,
) -> Tensor {
    let g = geometry(&images, weight, options);
    let (images, output_grad) = (contiguous(images), contiguous(output_grad));
    tensor(conv::weight_grad(arch, &g, values(&images), values(&output_grad)), weight.shape())
}

/// The sums over batch and px.
pub(super) fn bias_grad(arch: Arch, output_grad: Tensor) -> Tensor {
    let sides = output_grad.shape();
    let (channels, inner) = (sides[1], sides[2] * sides[3]);
    tensor(calls::bias_grad(arch, channels, inner, values(&contiguous(output_grad))), [channels])
}

//! Which kernel computes a convolution.

use super::winograd::Tile;
use super::{Finish, Geometry, depthwise, gemm, winograd};
use crate::kernels::output::filled;
use crate::kernels::simd::Arch;

/// What is computed of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pass {
    Forward,
    ImagesGrad,
    WeightGrad,
}

/// A way to compute it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kernel {
    /// Row by row of each channel.
    Depthwise,
    /// Products of panels of copied px.
    Gemm,
    /// Winograd's tiles.
    Winograd(Tile),
}

impl Kernel {
    /// The fastest way, as measured.
    pub(crate) fn choose(g: &Geometry, pass: Pass) -> Self {
        if depthwise::serves(g) {
            return Self::Depthwise;
        }
        let [forward, images_grad, weight_grad] = winograd::worth_it(g);
        let tile = match pass {
            Pass::Forward => forward,
            Pass::ImagesGrad => images_grad,
            Pass::WeightGrad => weight_grad,
        };
        tile.map_or(Self::Gemm, Self::Winograd)
    }
}

/// The output `[batch, out_channels, out_height, out_width]` of images `[batch, in_channels, height, width]`.
pub(crate) fn forward(arch: Arch, g: &Geometry, images: &[f32], weight: &[f32], finish: Finish) -> Vec<f32> {
    // SAFETY: each kernel writes every output.
    unsafe {
        filled(g.output_len(), |output| match Kernel::choose(g, Pass::Forward) {
            Kernel::Depthwise => depthwise::forward(arch, g, images, weight, finish, output),
            Kernel::Gemm => gemm::forward(arch, g, images, weight, finish, output),
            Kernel::Winograd(tile) => winograd::forward(arch, g, tile, images, weight, finish, output),
        })
    }
}

/// The gradient for the images, from that of the output.
pub(crate) fn images_grad(arch: Arch, g: &Geometry, weight: &[f32], output_grad: &[f32]) -> Vec<f32> {
    // SAFETY: each kernel writes the gradient of every px.
    unsafe {
        filled(g.images_len(), |grad| match Kernel::choose(g, Pass::ImagesGrad) {
            Kernel::Depthwise => depthwise::images_grad(arch, g, weight, output_grad, grad),
            Kernel::Gemm => gemm::images_grad(arch, g, weight, output_grad, grad),
            Kernel::Winograd(tile) => winograd::images_grad(arch, g, tile, weight, output_grad, grad),
        })
    }
}

/// The gradient for the weight, from that of the output.
pub(crate) fn weight_grad(arch: Arch, g: &Geometry, images: &[f32], output_grad: &[f32]) -> Vec<f32> {
    // SAFETY: each kernel writes the gradient of every weight.
    unsafe {
        filled(g.weight_len(), |grad| match Kernel::choose(g, Pass::WeightGrad) {
            Kernel::Depthwise => depthwise::weight_grad(arch, g, images, output_grad, grad),
            Kernel::Gemm => gemm::weight_grad(arch, g, images, output_grad, grad),
            Kernel::Winograd(tile) => winograd::weight_grad(arch, g, tile, images, output_grad, grad),
        })
    }
}

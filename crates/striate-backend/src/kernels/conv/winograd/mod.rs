//! Winograd's convolution by kernels of 3 x 3 and 5 x 5: fewer products, at the points of polynomials.
//!
//! By a kernel of 3 x 3, a tile of 4 x 4 outputs takes 36 products for each pair of channels instead of 144, one of 2 x 2
//! takes 16 instead of 36; by a kernel of 5 x 5, one of 2 x 2 takes 36 instead of 100. Px, weights and outputs go to the points and back by sums; at each point, the products over channels are those
//! of matrices.

mod forward;
mod lanes;
#[cfg(target_arch = "x86_64")]
mod lanes_avx512;
mod points;
mod products;
#[cfg(test)]
mod tests;
mod tiles;
mod weight_grad;
mod weights;

use std::mem::MaybeUninit;

use self::forward::Convolution;
use self::lanes::LANES;
use self::tiles::{Pictures, Role, Shared, Target};
use self::weight_grad::Gradient;
use self::weights::Weight;
use super::{Finish, Geometry};
use crate::kernels::simd::Arch;

/// A tile, by its outputs along each side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tile {
    /// By a kernel of 3 x 3 or 5 x 5.
    Two,
    /// By a kernel of 3 x 3.
    Four,
}

/// Whether these functions can compute a convolution: kernel of 3 x 3 or 5 x 5, neither stride, dilation nor groups, less
/// padding than the kernel.
pub(crate) fn fits(g: &Geometry) -> bool {
    let [kernel, other] = g.kernel;
    let padding = g.padding.iter().all(|(before, after)| *before < kernel && *after < kernel);
    kernel == other
        && [3, 5].contains(&kernel)
        && g.stride == [1, 1]
        && g.dilation == [1, 1]
        && g.groups == 1
        && padding
}

/// The tile by which each pass (output, gradient of images, gradient of weight) takes less time than a matrix product of
/// all products, if one does.
pub(crate) fn worth_it(g: &Geometry) -> [Option<Tile>; 3] {
    if !fits(g) {
        return [None; 3];
    }
    let ([ins, outs], kernel) = ([g.in_channels, g.out_channels], g.kernel[0]);
    [(g.out_side(), ins, outs), (g.side, outs, ins), (g.out_side(), ins, outs)].map(|(side, ins, outs)| {
        let pairs = (ins * outs) as f64;
        let lanes = (ins.next_multiple_of(LANES) + outs.next_multiple_of(LANES)) as f64;
        // In products of a matrix product's time, as measured: a tile of one channel to or from its points, and the
        // weight of a pair of channels.
        let cost = |m: usize, tile: f64, weight: f64| {
            let tiles = (g.batch * side[0].div_ceil(m) * side[1].div_ceil(m)) as f64;
            tiles * (points::points(m, kernel) as f64 * pairs + tile * lanes) + weight * pairs
        };
        let direct = (g.batch * side[0] * side[1] * kernel * kernel) as f64 * pairs;
        let (tile, least) = match kernel {
            3 => {
                let costs = [(Tile::Four, cost(4, 800.0, 600.0)), (Tile::Two, cost(2, 350.0, 250.0))];
                if costs[0].1 <= costs[1].1 { costs[0] } else { costs[1] }
            }
            _ => (Tile::Two, cost(2, 400.0, 600.0)),
        };
        (least < 0.9 * direct).then_some(tile)
    })
}

/// The output `[batch, out_channels, out_height, out_width]` of images `[batch, in_channels, height, width]` and weight
/// `[out_channels, in_channels, k, k]`.
///
/// A NaN or infinite px makes NaN of all outputs of the tiles that it touches.
///
/// # Panics
/// When the geometry doesn't [fit](fits), or a slice is not as long as it says.
pub(crate) fn forward(
    arch: Arch,
    g: &Geometry,
    tile: Tile,
    images: &[f32],
    weight: &[f32],
    finish: Finish,
    output: &mut [MaybeUninit<f32>],
) {
    assert_fits(g, tile);
    assert_eq!([images.len(), weight.len(), output.len()], [g.images_len(), g.weight_len(), g.output_len()]);
    assert!(finish.bias.is_none_or(|bias| bias.len() == g.out_channels));
    assert!(finish.add.is_none_or(|add| add.len() == output.len()));
    let convolution = Convolution {
        arch,
        batch: g.batch,
        source: Pictures {
            values: images,
            channels: g.in_channels,
            side: g.side,
            before: g.padding.map(|(before, _)| before),
            role: Role::Input,
        },
        weight: Weight { values: weight, outs: g.out_channels, ins: g.in_channels, flipped: false },
        target: Target {
            values: Shared(output.as_mut_ptr().cast()),
            channels: g.out_channels,
            side: g.out_side(),
            bias: finish.bias,
            add: finish.add,
            clamp: finish.clamp,
            curve: finish.curve,
        },
    };
    convolution.run_tile(g.kernel[0], tile);
}

/// The gradient of the images `[batch, in_channels, height, width]` from weight `[out_channels, in_channels, k, k]` and
/// gradient of the output `[batch, out_channels, out_height, out_width]`.
///
/// NaN and infinity spread as in [`forward`].
///
/// # Panics
/// As [`forward`].
pub(crate) fn images_grad(
    arch: Arch,
    g: &Geometry,
    tile: Tile,
    weight: &[f32],
    output_grad: &[f32],
    images_grad: &mut [MaybeUninit<f32>],
) {
    assert_fits(g, tile);
    assert_eq!([weight.len(), output_grad.len(), images_grad.len()], [g.weight_len(), g.output_len(), g.images_len()]);
    let convolution = Convolution {
        arch,
        batch: g.batch,
        source: Pictures {
            values: output_grad,
            channels: g.out_channels,
            side: g.out_side(),
            before: g.padding.map(|(before, _)| g.kernel[0] - 1 - before),
            role: Role::Input,
        },
        weight: Weight { values: weight, outs: g.in_channels, ins: g.out_channels, flipped: true },
        target: Target {
            values: Shared(images_grad.as_mut_ptr().cast()),
            channels: g.in_channels,
            side: g.side,
            bias: None,
            add: None,
            clamp: None,
            curve: None,
        },
    };
    convolution.run_tile(g.kernel[0], tile);
}

/// The gradient of the weight `[out_channels, in_channels, k, k]` from images `[batch, in_channels, height, width]` and
/// gradient of the output `[batch, out_channels, out_height, out_width]`.
///
/// A NaN or infinite px may make NaN of all weights between its channel and another.
///
/// # Panics
/// As [`forward`].
pub(crate) fn weight_grad(
    arch: Arch,
    g: &Geometry,
    tile: Tile,
    images: &[f32],
    output_grad: &[f32],
    weight_grad: &mut [MaybeUninit<f32>],
) {
    assert_fits(g, tile);
    assert_eq!([images.len(), output_grad.len(), weight_grad.len()], [g.images_len(), g.output_len(), g.weight_len()]);
    let gradient = Gradient {
        arch,
        batch: g.batch,
        inputs: Pictures {
            values: images,
            channels: g.in_channels,
            side: g.side,
            before: g.padding.map(|(before, _)| before),
            role: Role::Input,
        },
        grads: Pictures {
            values: output_grad,
            channels: g.out_channels,
            side: g.out_side(),
            before: [0; 2],
            role: Role::OutputGrad,
        },
        weight: Shared(weight_grad.as_mut_ptr().cast()),
    };
    match (g.kernel[0], tile) {
        (3, Tile::Two) => gradient.run::<2, 3>(),
        (3, Tile::Four) => gradient.run::<4, 3>(),
        _ => gradient.run::<2, 5>(),
    }
}

#[track_caller]
fn assert_fits(g: &Geometry, tile: Tile) {
    assert!(fits(g) && (g.kernel[0] == 3 || tile == Tile::Two), "{g:?} is no convolution for Winograd's tiles");
}

impl Convolution<'_> {
    fn run_tile(self, kernel: usize, tile: Tile) {
        match (kernel, tile) {
            (3, Tile::Two) => self.run::<2, 3>(),
            (3, Tile::Four) => self.run::<4, 3>(),
            _ => self.run::<2, 5>(),
        }
    }
}

//! The plain loops, summed in `f64`.

use std::mem::MaybeUninit;

use super::{Finish, Geometry};
use crate::backend::Pointwise;
use crate::kernels::pointwise::Curve;
use crate::kernels::simd::Arch;
use crate::kernels::testing::written;

/// Calls `each` with the places in output, images and weight of every product.
fn products(g: &Geometry, mut each: impl FnMut(usize, usize, usize)) {
    let [out_h, out_w] = g.out_side();
    let (group_in, group_out) = (g.in_channels / g.groups, g.out_channels / g.groups);
    for n in 0..g.batch {
        for o in 0..g.out_channels {
            for i in 0..group_in {
                let channel = o / group_out * group_in + i;
                for (ky, kx) in (0..g.kernel[0]).flat_map(|ky| (0..g.kernel[1]).map(move |kx| (ky, kx))) {
                    for (y, x) in (0..out_h).flat_map(|y| (0..out_w).map(move |x| (y, x))) {
                        let row = (y * g.stride[0] + ky * g.dilation[0]).wrapping_sub(g.padding[0].0);
                        let column = (x * g.stride[1] + kx * g.dilation[1]).wrapping_sub(g.padding[1].0);
                        if row < g.side[0] && column < g.side[1] {
                            each(
                                ((n * g.out_channels + o) * out_h + y) * out_w + x,
                                ((n * g.in_channels + channel) * g.side[0] + row) * g.side[1] + column,
                                ((o * group_in + i) * g.kernel[0] + ky) * g.kernel[1] + kx,
                            );
                        }
                    }
                }
            }
        }
    }
}

fn rounded(sums: Vec<f64>) -> Vec<f32> {
    sums.into_iter().map(|sum| sum as f32).collect()
}

/// The output, without a bias.
pub(super) fn forward(g: &Geometry, images: &[f32], weight: &[f32]) -> Vec<f32> {
    let mut output = vec![0.0; g.output_len()];
    products(g, |o, i, w| output[o] += f64::from(images[i]) * f64::from(weight[w]));
    rounded(output)
}

/// The gradient for the images.
pub(super) fn images_grad(g: &Geometry, weight: &[f32], output_grad: &[f32]) -> Vec<f32> {
    let mut grad = vec![0.0; g.images_len()];
    products(g, |o, i, w| grad[i] += f64::from(output_grad[o]) * f64::from(weight[w]));
    rounded(grad)
}

/// The gradient for the weight.
pub(super) fn weight_grad(g: &Geometry, images: &[f32], output_grad: &[f32]) -> Vec<f32> {
    let mut grad = vec![0.0; g.weight_len()];
    products(g, |o, i, w| grad[w] += f64::from(output_grad[o]) * f64::from(images[i]));
    rounded(grad)
}

/// Asserts that curves are applied to each value of an output once, after all else.
#[track_caller]
pub(super) fn check_curves(arch: Arch, g: &Geometry, run: impl Fn(Finish, &mut [MaybeUninit<f32>])) {
    let (bias, add) = (vec![0.5; g.out_channels], vec![-0.25; g.output_len()]);
    let finish = Finish { bias: Some(&bias), add: Some(&add), ..Finish::default() };
    let plain = written(g.output_len(), |output| run(finish, output));
    for function in [Pointwise::Relu, Pointwise::Relu6, Pointwise::Sigmoid, Pointwise::Swish, Pointwise::HardSwish] {
        let mut want = plain.clone();
        arch.dispatch(Curve { function, first: want.as_mut_ptr(), runs: 1, step: 0, len: plain.len() });
        let got = written(g.output_len(), |output| run(finish.with(Some(function)), output));
        let bits = |values: Vec<f32>| values.into_iter().map(f32::to_bits).collect::<Vec<_>>();
        assert!(bits(got) == bits(want), "{function:?} of {g:?}");
    }
}

//! Convolution as a product of matrices whose px are copied panel by panel, for every geometry.

mod operand;
mod pack;
mod plan;
mod product;
mod target;
#[cfg(test)]
mod tests;
mod transpose;
mod weight;

use std::mem::MaybeUninit;

use rayon::prelude::*;

use self::operand::Weight;
use self::plan::Plan;
use self::product::Product;
use self::target::Target;
use self::weight::{Matrix, WeightGrad};
use super::{Finish, Geometry};
use crate::kernels::simd::Arch;

/// The output `[batch, out_channels, out_height, out_width]` of a convolution of `images`
/// `[batch, in_channels, height, width]` with `weight` `[out_channels, in_channels / groups, k_h, k_w]`.
pub(crate) fn forward(
    arch: Arch,
    g: &Geometry,
    images: &[f32],
    weight: &[f32],
    finish: Finish,
    output: &mut [MaybeUninit<f32>],
) {
    assert_eq!([images.len(), weight.len(), output.len()], [g.images_len(), g.weight_len(), g.output_len()]);
    assert!(finish.bias.is_none_or(|bias| bias.len() == g.out_channels));
    assert!(finish.add.is_none_or(|add| add.len() == output.len()));
    let plan = Plan::forward(g);
    let target = Target::whole(output, g.out_channels, g.out_side(), finish);
    let taps = g.kernel[0] * g.kernel[1];
    let weight = Weight {
        values: weight,
        group: weight.len() / g.groups,
        row: weight.len() / g.out_channels,
        channel: taps,
        taps: (0..taps).collect(),
    };
    Product { plan: &plan, source: images, weight, rows: g.out_channels / g.groups, target }.run(arch);
}

/// The gradient for the images, `[batch, in_channels, height, width]`, from that of the output
/// `[batch, out_channels, out_height, out_width]`.
///
/// The px whose rows and columns leave the same remainder when divided by the stride are together a convolution of stride
/// 1 of the output's gradient, with the taps that reach them.
pub(crate) fn images_grad(
    arch: Arch,
    g: &Geometry,
    weight: &[f32],
    output_grad: &[f32],
    images_grad: &mut [MaybeUninit<f32>],
) {
    assert_eq!([images_grad.len(), weight.len(), output_grad.len()], [g.images_len(), g.weight_len(), g.output_len()]);
    let [stride_y, stride_x] = g.stride;
    let phases: Vec<_> = (0..stride_y.min(g.side[0]))
        .flat_map(|y| (0..stride_x.min(g.side[1])).map(move |x| [y, x]))
        .map(|phase| (phase, Plan::backward(g, phase)))
        .collect();
    if g.output_len() == 0 || phases.iter().any(|(_, (plan, _))| plan.window() == 0) {
        images_grad.par_chunks_mut(1 << 16).for_each(|chunk| chunk.fill(MaybeUninit::new(0.0)));
    }
    if g.output_len() == 0 {
        return;
    }
    let (all, rows) = (g.kernel[0] * g.kernel[1], g.in_channels / g.groups);
    for (phase, (plan, kernel)) in &phases {
        if plan.window() == 0 {
            continue;
        }
        let weight = Weight {
            values: weight,
            group: weight.len() / g.groups,
            row: all,
            channel: rows * all,
            taps: kernel[0].iter().flat_map(|y| kernel[1].iter().map(move |x| y * g.kernel[1] + x)).collect(),
        };
        let target = Target::every(images_grad, g.in_channels, g.side, g.stride, *phase);
        Product { plan, source: output_grad, weight, rows, target }.run(arch);
    }
}

/// The gradient for the weight, `[out_channels, in_channels / groups, k_h, k_w]`, from `images`
/// `[batch, in_channels, height, width]` and the output's gradient `[batch, out_channels, out_height, out_width]`.
pub(crate) fn weight_grad(
    arch: Arch,
    g: &Geometry,
    images: &[f32],
    output_grad: &[f32],
    weight_grad: &mut [MaybeUninit<f32>],
) {
    assert_eq!([images.len(), weight_grad.len(), output_grad.len()], [g.images_len(), g.weight_len(), g.output_len()]);
    if g.output_len() == 0 {
        weight_grad.fill(MaybeUninit::new(0.0));
        return;
    }
    let (images_plan, output_plan) = (Plan::forward(g), Plan::output(g));
    let of_images = Matrix { plan: &images_plan, source: images };
    let of_output = Matrix { plan: &output_plan, source: output_grad };
    // The columns are transposed, so that they are the smaller matrix.
    let turned = images_plan.window() > 1 || images_plan.channels >= output_plan.channels;
    let (rows, columns) = if turned { (of_images, of_output) } else { (of_output, of_images) };
    WeightGrad::new(rows, columns, weight_grad, turned).run(arch);
}

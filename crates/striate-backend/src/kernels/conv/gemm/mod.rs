//! Convolution as a product of matrices whose px are copied panel by panel, for every geometry.

mod operand;
mod pack;
mod pairs;
mod plan;
mod product;
mod scatter;
mod target;
#[cfg(test)]
mod tests;
mod transpose;
mod weight;

use std::mem::MaybeUninit;

use self::operand::{Order, Weight};
use self::plan::Plan;
use self::product::{Product, TileRows};
use self::scatter::Scatter;
use self::target::Target;
use self::weight::{Matrix, WeightGrad};
use super::{Finish, Geometry};
use crate::kernels::scratch;
use crate::kernels::simd::Arch;

/// Channels of the images that leave much of a tile unused.
const FEW: usize = 8;

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
    let target = Target::new(output, g.out_channels, g.out_side(), finish);
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
/// At stride 1 it is a convolution of the output's gradient with the weight turned about; otherwise, or when that leaves most
/// of a tile unused, the product of the weight and the output's gradient is added up tap by tap.
pub(crate) fn images_grad(
    arch: Arch,
    g: &Geometry,
    weight: &[f32],
    output_grad: &[f32],
    images_grad: &mut [MaybeUninit<f32>],
) {
    assert_eq!([images_grad.len(), weight.len(), output_grad.len()], [g.images_len(), g.weight_len(), g.output_len()]);
    if g.output_len() == 0 {
        images_grad.fill(MaybeUninit::new(0.0));
        return;
    }
    let (taps, rows, channels) = (g.kernel[0] * g.kernel[1], g.in_channels / g.groups, g.out_channels / g.groups);
    let values = weight;
    let weight = |row, taps| Weight {
        values,
        group: values.len() / g.groups,
        row,
        channel: rows * g.kernel[0] * g.kernel[1],
        taps,
    };
    if g.stride == [1, 1] && (rows > FEW || taps == 1) {
        let plan = Plan::backward(g);
        let target = Target::new(images_grad, g.in_channels, g.side, Finish::default());
        let weight = weight(taps, (0..taps).collect());
        return Product { plan: &plan, source: output_grad, weight, rows, target }.run(arch);
    }
    let (images_plan, output_plan) = (Plan::forward(g), Plan::output(g));
    let tile = arch.dispatch(TileRows);
    let order = Order { groups: g.groups, rows: rows * taps, channels, window: 1, block: channels, tile };
    scratch::with(order.len(), |packed| {
        order.copy(arch, &weight(1, vec![0]), packed);
        Scatter::new([&images_plan, &output_plan], output_grad, (order, packed), images_grad).run(arch);
    });
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

use proptest::prelude::*;

use super::super::{Finish, Geometry, reference};
use super::{forward, images_grad, weight_grad};
use crate::kernels::simd;
use crate::kernels::testing::{near, on_threads, values, written};

fn geometry() -> impl Strategy<Value = Geometry> {
    let pads = || (0usize..4, 0usize..4);
    let kernel = prop_oneof![Just([3, 3]), Just([5, 5]), [1usize..5, 1usize..8]];
    let sizes = (1usize..4, 1usize..5, 1usize..3, [1usize..20, 1usize..75]);
    (sizes, kernel, [1usize..4, 1usize..4], [1usize..3, 1usize..3], (pads(), pads())).prop_map(
        |((batch, channels, multiplier, side), kernel, stride, dilation, padding)| Geometry {
            batch,
            in_channels: channels,
            out_channels: channels * multiplier,
            groups: channels,
            side,
            kernel,
            stride,
            dilation,
            padding: [padding.0, padding.1],
        },
    )
}

fn check(g: &Geometry, spoil: bool) {
    let (mut images, weight) = (values(g.images_len(), 1), values(g.weight_len(), 2));
    let (grad, add) = (values(g.output_len(), 3), values(g.output_len(), 4));
    let mut spoilt_grad = grad.clone();
    if spoil {
        let middle = images.len() / 2;
        images[middle] = f32::NAN;
        if let Some(last) = spoilt_grad.last_mut() {
            *last = f32::INFINITY;
        }
    }
    let bias = values(g.out_channels, 5);
    for arch in simd::all() {
        let plain = reference::forward(g, &images, &weight);
        let got =
            on_threads(|| written(g.output_len(), |to| forward(arch, g, &images, &weight, Finish::default(), to)));
        near(&got, &plain, 1e-5);
        let finish = Finish { bias: Some(&bias), add: Some(&add), clamp: Some((0.0, 0.5)), curve: None };
        reference::check_curves(arch, g, |finish, to| forward(arch, g, &images, &weight, finish, to));
        let plane = g.out_side()[0] * g.out_side()[1];
        let want: Vec<f32> = plain
            .iter()
            .enumerate()
            .map(|(i, v)| (v + bias[i / plane % g.out_channels] + add[i]).clamp(0.0, 0.5))
            .collect();
        near(&written(g.output_len(), |to| forward(arch, g, &images, &weight, finish, to)), &want, 1e-5);
        let got = on_threads(|| written(g.images_len(), |to| images_grad(arch, g, &weight, &spoilt_grad, to)));
        near(&got, &reference::images_grad(g, &weight, &spoilt_grad), 1e-5);
        let got = on_threads(|| written(g.weight_len(), |to| weight_grad(arch, g, &images, &grad, to)));
        near(&got, &reference::weight_grad(g, &images, &grad), 1e-4);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_shapes_are_as_the_plain_loop(g in geometry()) {
        check(&g, false);
    }

    #[test]
    fn nan_and_infinity_pass_as_in_the_plain_loop(g in geometry()) {
        check(&g, true);
    }
}

#[test]
fn shapes_of_networks_are_as_the_plain_loop() {
    for (side, kernel, stride) in [(7, 3, 1), (14, 3, 2), (28, 5, 1), (56, 3, 1), (57, 5, 2), (33, 7, 1)] {
        check(
            &Geometry {
                batch: 2,
                in_channels: 3,
                out_channels: 3,
                groups: 3,
                side: [side; 2],
                kernel: [kernel; 2],
                stride: [stride; 2],
                dilation: [1, 1],
                padding: [(kernel / 2, kernel / 2); 2],
            },
            false,
        );
    }
}

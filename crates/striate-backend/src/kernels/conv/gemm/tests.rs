use proptest::prelude::*;

use super::super::reference;
use super::*;
use crate::kernels::simd::{self, Arch};
use crate::kernels::testing::{on_threads, values, written};

/// A shape, and values for its pictures, weight and output.
fn shapes() -> impl Strategy<Value = Geometry> {
    let pair = |range: std::ops::Range<usize>| [range.clone(), range];
    (
        (1usize..4, 1usize..4, 1usize..20, 1usize..12),
        (pair(1..20), pair(1..5), pair(1..4), pair(1..3)),
        [(0usize..4, 0usize..4), (0usize..4, 0usize..4)],
    )
        .prop_map(|((batch, groups, inputs, outputs), (side, kernel, stride, dilation), padding)| Geometry {
            batch,
            in_channels: inputs * groups,
            out_channels: outputs * groups,
            groups,
            side,
            kernel,
            stride,
            dilation,
            padding,
        })
        .prop_filter("the kernel fits", |g| g.output_len() > 0)
}

#[track_caller]
fn close(got: &[f32], want: &[f32], terms: usize) {
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        let same_nan = got.is_nan() && want.is_nan();
        assert!(same_nan || (got - want).abs() <= 1e-6 * terms as f32 + 1e-5, "{got} is not {want} at {i}");
    }
}

fn check(g: &Geometry) {
    let (images, weight) = (values(g.images_len(), 1), values(g.weight_len(), 2));
    let grad = values(g.output_len(), 3);
    let want = reference::forward(g, &images, &weight);
    let want_images = reference::images_grad(g, &weight, &grad);
    let want_weight = reference::weight_grad(g, &images, &grad);
    let taps = g.kernel[0] * g.kernel[1];
    for arch in simd::all() {
        let got = written(want.len(), |o| forward(arch, g, &images, &weight, Finish::default(), o));
        close(&got, &want, taps * g.in_channels / g.groups);
        let got = written(images.len(), |o| images_grad(arch, g, &weight, &grad, o));
        close(&got, &want_images, taps * g.out_channels / g.groups);
        let got = written(weight.len(), |o| weight_grad(arch, g, &images, &grad, o));
        close(&got, &want_weight, grad.len() / g.out_channels);
    }
}

/// A convolution of stride 1 with a square kernel and the same padding everywhere.
fn square(batch: usize, [inputs, outputs]: [usize; 2], side: usize, kernel: usize, stride: usize) -> Geometry {
    let padding = [(kernel / 2, kernel / 2); 2];
    Geometry {
        batch,
        in_channels: inputs,
        out_channels: outputs,
        groups: 1,
        side: [side; 2],
        kernel: [kernel; 2],
        stride: [stride; 2],
        dilation: [1; 2],
        padding,
    }
}

#[test]
fn larger_shapes_are_those_of_the_reference() {
    check(&square(2, [3, 20], 40, 7, 2));
    check(&square(3, [300, 17], 7, 1, 1));
    check(&square(5, [70, 30], 7, 3, 1));
    check(&square(2, [40, 130], 13, 3, 2));
    check(&square(2, [130, 40], 14, 1, 2));
    check(&square(1, [64, 270], 9, 1, 1));
}

#[test]
fn curves_of_larger_shapes_are_applied_once() {
    for g in [square(2, [300, 17], 7, 1, 1), square(1, [3, 300], 40, 7, 2), square(1, [600, 270], 9, 1, 1)] {
        let (images, weight) = (values(g.images_len(), 1), values(g.weight_len(), 2));
        for arch in simd::all() {
            reference::check_curves(arch, &g, |finish, o| forward(arch, &g, &images, &weight, finish, o));
        }
    }
}

#[test]
fn threads_do_not_change_the_bits() {
    for g in [square(3, [40, 70], 20, 3, 1), square(2, [3, 16], 64, 5, 2), square(4, [300, 260], 7, 1, 1)] {
        let (images, weight) = (values(g.images_len(), 1), values(g.weight_len(), 2));
        let grad = values(g.output_len(), 3);
        on_threads(|| {
            [
                written(grad.len(), |o| forward(Arch::new(), &g, &images, &weight, Finish::default(), o)),
                written(images.len(), |o| images_grad(Arch::new(), &g, &weight, &grad, o)),
                written(weight.len(), |o| weight_grad(Arch::new(), &g, &images, &grad, o)),
            ]
            .concat()
        });
    }
}

#[test]
fn nan_and_infinity_reach_what_they_touch() {
    let g = square(2, [5, 9], 9, 3, 1);
    let (mut images, weight) = (values(g.images_len(), 1), values(g.weight_len(), 2));
    images[100] = f32::NAN;
    let want = reference::forward(&g, &images, &weight);
    let clamp = Some((f32::NEG_INFINITY, f32::INFINITY));
    for arch in simd::all() {
        let got =
            written(want.len(), |o| forward(arch, &g, &images, &weight, Finish { clamp, ..Finish::default() }, o));
        close(&got, &want, 45);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn all_geometries_are_those_of_the_reference(g in shapes()) {
        check(&g);
    }

    #[test]
    fn curves_are_applied_once(g in shapes()) {
        let (images, weight) = (values(g.images_len(), 1), values(g.weight_len(), 2));
        for arch in simd::all() {
            reference::check_curves(arch, &g, |finish, o| forward(arch, &g, &images, &weight, finish, o));
        }
    }

    #[test]
    fn finish_is_applied_once(g in shapes(), bias: bool, add: bool, clamp: bool) {
        let (images, weight) = (values(g.images_len(), 1), values(g.weight_len(), 2));
        let (biases, more) = (values(g.out_channels, 5), values(g.output_len(), 7));
        let plane = g.out_side()[0] * g.out_side()[1];
        let mut want = reference::forward(&g, &images, &weight);
        for (i, value) in want.iter_mut().enumerate() {
            *value += if bias { biases[i / plane % g.out_channels] } else { 0.0 };
            *value += if add { more[i] } else { 0.0 };
            *value = if clamp { value.clamp(-0.5, 0.5) } else { *value };
        }
        let finish = Finish {
            bias: bias.then_some(&biases),
            add: add.then_some(&more),
            clamp: clamp.then_some((-0.5, 0.5)),
            curve: None,
        };
        for arch in simd::all() {
            let got = written(want.len(), |o| forward(arch, &g, &images, &weight, finish, o));
            close(&got, &want, g.weight_len() / g.out_channels);
        }
    }
}

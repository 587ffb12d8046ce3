use std::mem::MaybeUninit;

use proptest::prelude::*;

use super::{average, average_grad, max, max_grad, planes, reference};
use crate::kernels::conv::Geometry;
use crate::kernels::simd;
use crate::kernels::testing::{near, on_threads, values, written};

fn geometry() -> impl Strategy<Value = Geometry> {
    let pads = || (0usize..3, 0usize..3);
    let kernel = prop_oneof![Just([2, 2]), Just([3, 3]), [1usize..5, 1usize..6]];
    let sizes = (1usize..4, 1usize..5, [1usize..20, 1usize..75]);
    (sizes, kernel, [1usize..4, 1usize..4], [1usize..3, 1usize..3], (pads(), pads())).prop_map(
        |((batch, channels, side), kernel, stride, dilation, padding)| Geometry {
            batch,
            in_channels: channels,
            out_channels: channels,
            groups: channels,
            side,
            kernel,
            stride,
            dilation,
            padding: [padding.0, padding.1],
        },
    )
}

/// Values of which many are equal, and some are NaN or infinite.
fn coarse(len: usize) -> Vec<f32> {
    let special = |v: f32| match (v * 50.0) as i32 {
        -49 => f32::NAN,
        -48 => f32::NEG_INFINITY,
        -47 => f32::INFINITY,
        steps => (steps / 10) as f32,
    };
    values(len, 1).into_iter().map(special).collect()
}

fn places(len: usize, write: impl FnOnce(&mut [MaybeUninit<u32>])) -> Vec<u32> {
    let mut output = vec![MaybeUninit::new(u32::MAX); len];
    write(&mut output);
    // SAFETY: every value was initialized above.
    output.into_iter().map(|v| unsafe { v.assume_init() }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn largest_values_places_and_gradients_are_as_the_plain_loop(g in geometry()) {
        let (count, plane, out_plane) = planes(&g);
        let (images, grad) = (coarse(count * plane), values(count * out_plane, 2));
        let (want, want_places) = reference::max(&g, &images);
        for arch in simd::all() {
            let mut found = Vec::new();
            let got = written(want.len(), |to| found = places(want.len(), |places| max(arch, &g, &images, to, Some(places))));
            near(&got, &want, 0.0);
            prop_assert_eq!(&found, &want_places);
            let alone = || written(want.len(), |to| _ = places(want.len(), |places| max(arch, &g, &images, to, Some(places))));
            near(&on_threads(alone), &want, 0.0);
            near(&on_threads(|| written(want.len(), |to| max(arch, &g, &images, to, None))), &want, 0.0);
        }
        let got = on_threads(|| written(images.len(), |to| max_grad(&g, &want_places, &grad, to)));
        prop_assert_eq!(got, reference::max_grad(&g, &want_places, &grad));
    }

    #[test]
    fn means_and_gradients_are_as_the_plain_loop(g in geometry(), with_padding: bool, spoil: bool) {
        let (count, plane, out_plane) = planes(&g);
        let images = if spoil { coarse(count * plane) } else { values(count * plane, 1) };
        let grad = values(count * out_plane, 2);
        for arch in simd::all() {
            let got = on_threads(|| written(grad.len(), |to| average(arch, &g, &images, with_padding, to)));
            near(&got, &reference::average(&g, &images, with_padding), 1e-6);
            let got = on_threads(|| written(images.len(), |to| average_grad(arch, &g, with_padding, &grad, to)));
            near(&got, &reference::average_grad(&g, with_padding, &grad), 2e-6);
        }
    }
}

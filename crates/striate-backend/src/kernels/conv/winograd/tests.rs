use proptest::prelude::*;

use super::super::reference;
use super::*;
use crate::kernels::simd::{self, Arch};
use crate::kernels::testing::{on_threads, values, written};

/// Compares with sums of absolute products `scale`.
#[track_caller]
fn check(what: &str, got: &[f32], want: &[f32], scale: &[f32]) {
    let most = scale.iter().copied().fold(1e-30, f32::max);
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        assert!((got - want).abs() <= 1e-5 * most, "{what} {i} is {got}, not {want}; absolute products reach {most}");
    }
}

fn absolute(values: &[f32]) -> Vec<f32> {
    values.iter().map(|value| value.abs()).collect()
}

fn geometry() -> impl Strategy<Value = Geometry> {
    let of_kernel = |kernel: usize| {
        let padding = (0..kernel, 0..kernel);
        let side = (1usize..20, padding).prop_filter("no output", move |(side, (a, b))| side + a + b >= kernel);
        (1usize..4, 1usize..40, 1usize..40, side.clone(), side).prop_map(
            move |(batch, in_channels, out_channels, y, x)| Geometry {
                batch,
                in_channels,
                out_channels,
                groups: 1,
                side: [y.0, x.0],
                kernel: [kernel; 2],
                stride: [1, 1],
                dilation: [1, 1],
                padding: [y.1, x.1],
            },
        )
    };
    prop_oneof![of_kernel(3), of_kernel(5)]
}

/// The tiles that serve a convolution.
fn tiles(g: &Geometry) -> &'static [Tile] {
    if g.kernel[0] == 3 { &[Tile::Two, Tile::Four] } else { &[Tile::Two] }
}

/// All three functions against the reference.
#[track_caller]
fn check_all(arch: Arch, g: &Geometry, tile: Tile) {
    let (images, weight, grad) = (values(g.images_len(), 1), values(g.weight_len(), 2), values(g.output_len(), 3));
    let all = outputs(arch, g, tile, [&images, &weight, &grad]);
    let magnitudes = [absolute(&images), absolute(&weight), absolute(&grad)];
    let want = |[images, weight, grad]: [&[f32]; 3]| {
        [
            reference::forward(g, images, weight),
            reference::images_grad(g, weight, grad),
            reference::weight_grad(g, images, grad),
        ]
    };
    let (wanted, scales) = (want([&images, &weight, &grad]), want(magnitudes.each_ref().map(Vec::as_slice)));
    for (i, what) in ["output", "gradient of images", "gradient of weight"].into_iter().enumerate() {
        check(what, &all[i], &wanted[i], &scales[i]);
    }
}

fn outputs(arch: Arch, g: &Geometry, tile: Tile, [images, weight, grad]: [&[f32]; 3]) -> [Vec<f32>; 3] {
    [
        written(g.output_len(), |output| forward(arch, g, tile, images, weight, Finish::default(), output)),
        written(g.images_len(), |output| images_grad(arch, g, tile, weight, grad, output)),
        written(g.weight_len(), |output| weight_grad(arch, g, tile, images, grad, output)),
    ]
}

fn square(batch: usize, in_channels: usize, out_channels: usize, side: usize, padding: usize) -> Geometry {
    let padding = [(padding, padding); 2];
    let (kernel, stride, dilation) = ([3, 3], [1, 1], [1, 1]);
    Geometry { batch, in_channels, out_channels, groups: 1, side: [side; 2], kernel, stride, dilation, padding }
}

/// Shapes that take each of the ways through blocks, weights and parts.
fn ways() -> [Geometry; 6] {
    let five = |g| Geometry { kernel: [5, 5], ..g };
    [
        square(3, 70, 130, 9, 1),
        square(2, 5, 70, 29, 1),
        square(2, 250, 190, 5, 1),
        square(1, 16, 16, 40, 0),
        five(square(2, 5, 70, 29, 2)),
        five(square(2, 250, 190, 5, 2)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn any_shape_is_as_the_reference(g in geometry()) {
        for arch in simd::all() {
            tiles(&g).iter().for_each(|tile| check_all(arch, &g, *tile));
        }
    }

    #[test]
    fn finish_is_applied_in_its_order(g in geometry(), with_bias: bool, with_add: bool, with_clamp: bool) {
        let (images, weight) = (values(g.images_len(), 1), values(g.weight_len(), 2));
        let (bias, add) = (values(g.out_channels, 3), values(g.output_len(), 4));
        let finish = Finish {
            bias: with_bias.then_some(&bias[..]),
            add: with_add.then_some(&add[..]),
            clamp: with_clamp.then_some((-0.5, 1.5)),
            curve: None,
        };
        let plane = g.out_side()[0] * g.out_side()[1];
        let tile = *tiles(&g).last().unwrap();
        for arch in simd::all() {
            let plain =
                written(g.output_len(), |output| forward(arch, &g, tile, &images, &weight, Finish::default(), output));
            let got = written(g.output_len(), |output| forward(arch, &g, tile, &images, &weight, finish, output));
            for (i, (got, mut want)) in got.into_iter().zip(plain).enumerate() {
                want += finish.bias.map_or(0.0, |bias| bias[i / plane % g.out_channels]);
                want += finish.add.map_or(0.0, |add| add[i]);
                want = finish.clamp.map_or(want, |(low, high)| want.clamp(low, high));
                prop_assert_eq!(got, want);
            }
        }
    }
}

#[test]
fn every_way_is_as_the_reference() {
    for g in ways() {
        let (images, weight) = (values(g.images_len(), 1), values(g.weight_len(), 2));
        for tile in tiles(&g) {
            check_all(Arch::new(), &g, *tile);
            for arch in [Arch::new(), Arch::Scalar] {
                reference::check_curves(arch, &g, |finish, o| forward(arch, &g, *tile, &images, &weight, finish, o));
            }
        }
    }
}

#[test]
fn bits_are_the_same_with_any_number_of_threads() {
    for g in ways() {
        let (images, weight, grad) = (values(g.images_len(), 1), values(g.weight_len(), 2), values(g.output_len(), 3));
        for tile in tiles(&g) {
            on_threads(|| outputs(Arch::new(), &g, *tile, [&images, &weight, &grad]).concat());
        }
    }
}

#[test]
fn tiles_of_both_sizes_agree_where_they_are_taken_in_several_rounds() {
    let g = square(1, 250, 190, 60, 1);
    let (images, weight, grad) = (values(g.images_len(), 1), values(g.weight_len(), 2), values(g.output_len(), 3));
    let [two, four] = [Tile::Two, Tile::Four].map(|tile| outputs(Arch::new(), &g, tile, [&images, &weight, &grad]));
    // A mean product is 1/4.
    let scales = [250, 190, 400].map(|terms| terms as f32 * 9.0 / 4.0);
    for ((two, four), scale) in two.iter().zip(&four).zip(scales) {
        check("value", two, four, &[scale]);
    }
}

#[test]
fn worth_it_where_channels_are_many() {
    let four = [Some(Tile::Four); 3];
    assert_eq!(worth_it(&square(16, 64, 64, 56, 1)), four);
    assert_eq!(worth_it(&square(16, 512, 512, 7, 1)), four);
    assert_eq!(worth_it(&Geometry { kernel: [5, 5], ..square(16, 64, 192, 27, 2) }), [Some(Tile::Two); 3]);
    assert_eq!(worth_it(&square(1, 3, 64, 224, 1)), [None; 3]);
    assert_eq!(worth_it(&square(1, 512, 512, 2, 1)), [None; 3]);
    assert_eq!(worth_it(&Geometry { stride: [2, 2], ..square(16, 64, 64, 56, 1) }), [None; 3]);
}

#[test]
fn nan_stays() {
    let g = square(1, 3, 2, 9, 1);
    let mut images = values(g.images_len(), 1);
    images[40] = f32::NAN;
    let weight = values(g.weight_len(), 2);
    let finish = Finish { clamp: Some((0.0, f32::INFINITY)), ..Finish::default() };
    for arch in simd::all() {
        let got = written(g.output_len(), |output| forward(arch, &g, Tile::Four, &images, &weight, finish, output));
        let want = reference::forward(&g, &images, &weight);
        assert!(got.iter().zip(want).all(|(got, want)| !want.is_nan() || got.is_nan()));
    }
}

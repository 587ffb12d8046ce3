//! Augmentation: what a drawn change does, and when it is drawn. Numbers are those of Keras 3.15.1 on JAX 0.10.2.

use burn::Tensor;
use burn::tensor::{DType, Device, FloatDType, TensorData};
use proptest::prelude::*;
use striate_backend::device;
use striate_core::Streams;
use striate_layers::{
    Context, DataFormat, Factor, FillMode, FlipMode, Interpolation, LayerConfig, LayerModule, RandomBrightness,
    RandomContrast, RandomCrop, RandomFlip, RandomHeight, RandomRotation, RandomShear, RandomTranslation, RandomWidth,
    RandomZoom, Signature, Value,
};

fn flex() -> Device {
    device("flex").unwrap()
}

/// A picture of 4 by 5 px.
const PIXELS: [f32; 20] =
    [1.0, 4.0, 2.0, 8.0, 5.0, 7.0, 3.0, 9.0, 0.0, 6.0, 2.0, 2.0, 8.0, 4.0, 1.0, 5.0, 7.0, 3.0, 6.0, 9.0];

fn picture() -> Tensor<4> {
    Tensor::<1>::from_floats(PIXELS, &flex()).reshape([1, 1, 4, 5])
}

/// Pictures with two channels whose px all differ.
fn batch(count: usize, side: usize) -> Tensor<4> {
    let pixels: Vec<f32> = (0..count * 2 * side * side).map(|pixel| pixel as f32).collect();
    Tensor::from_data(TensorData::new(pixels, [count, 2, side, side]), &flex())
}

fn run(layer: impl Into<LayerConfig>, images: Tensor<4>, context: &mut Context) -> Tensor<4> {
    let (layer, images) = (layer.into(), Value::from(images));
    layer.output(&[images.signature()]).unwrap();
    let module = layer.build(&[images.signature()], &Streams::new(0).scope("layer"), &flex());
    module.call(vec![images], context).float()
}

fn train(layer: impl Into<LayerConfig>, images: Tensor<4>) -> Tensor<4> {
    run(layer, images, &mut Context::training(Streams::new(3)))
}

fn numbers<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    x.into_data().iter::<f32>().collect()
}

/// Always this.
fn always(factor: f64) -> Factor {
    [factor, factor].into()
}

#[track_caller]
fn check(layer: impl Into<LayerConfig>, want: &[f32]) {
    let got = numbers(train(layer, picture()));
    let close = |(got, want): (&f32, &f32)| (got - want).abs() <= 2e-5 * want.abs().max(1.0);
    assert!(got.len() == want.len() && got.iter().zip(want).all(close), "{got:?}\nis not\n{want:?}");
}

/// One of each layer that keeps the picture's sides, with its usual options.
fn same_sides() -> Vec<LayerConfig> {
    vec![
        RandomFlip::new(FlipMode::Horizontal).into(),
        RandomTranslation::new(0.3, 0.3).into(),
        RandomRotation::new(0.2).into(),
        RandomZoom::new(0.4).into(),
        RandomShear::new(0.4, 0.4).into(),
        RandomContrast::new(0.5).into(),
        RandomBrightness::new(0.3).into(),
    ]
}

#[test]
fn evaluation_changes_nothing() {
    let images = batch(3, 4);
    let stretches = [RandomHeight::new(0.9).into(), RandomWidth::new(0.9).into()];
    for layer in same_sides().into_iter().chain(stretches) {
        let output = run(layer, images.clone(), &mut Context::evaluation());
        assert_eq!(output.into_data(), images.to_data());
    }
}

#[test]
fn same_seed_gives_same_pictures_and_each_sample_its_own_draw() {
    // The same picture eight times.
    let images = batch(1, 6).repeat_dim(0, 8);
    for layer in same_sides().into_iter().chain([RandomCrop::new(3, 4).into()]) {
        let output = train(layer.clone(), images.clone());
        assert_eq!(output.to_data(), train(layer.clone(), images.clone()).into_data(), "{}", layer.kind());
        let samples: Vec<_> = output.clone().split(1, 0).into_iter().map(numbers).collect();
        assert!(samples.iter().any(|sample| *sample != samples[0]), "{}", layer.kind());
        let step = Streams::new(3).at(0, 1);
        let next = run(layer.clone(), images.clone(), &mut Context::training(step));
        assert_ne!(numbers(next), samples.concat(), "{}", layer.kind());
    }
}

#[test]
fn picture_alone_is_the_same_as_in_a_batch() {
    let images = batch(4, 6);
    for layer in same_sides().into_iter().chain([RandomCrop::new(3, 4).into()]) {
        let alone = train(layer.clone(), images.clone().narrow(0, 0, 1));
        let within = train(layer.clone(), images.clone()).narrow(0, 0, 1);
        assert_eq!(alone.into_data(), within.into_data(), "{}", layer.kind());
    }
}

#[test]
fn seed_of_a_layer_replaces_that_of_the_run() {
    let (images, layer) = (batch(8, 6), || RandomRotation::new(0.5).seed(7));
    let of_run =
        |seed, layer: RandomRotation| numbers(run(layer, images.clone(), &mut Context::training(Streams::new(seed))));
    assert_eq!(of_run(1, layer()), of_run(2, layer()));
    assert_ne!(of_run(1, RandomRotation::new(0.5)), of_run(2, RandomRotation::new(0.5)));
}

#[test]
fn channels_may_stand_last() {
    let images = batch(3, 5);
    macro_rules! pairs {
        ($($layer:expr),*) => {
            [$([$layer.into(), $layer.data_format(DataFormat::ChannelsLast).into()]),*]
        };
    }
    let pairs: [[LayerConfig; 2]; 11] = pairs![
        RandomFlip::new(FlipMode::Vertical),
        RandomTranslation::new(0.3, 0.3).fill_value(2.0),
        RandomRotation::new(0.2),
        RandomZoom::new(0.4).width_factor(0.2),
        RandomShear::new(0.4, 0.1).interpolation(Interpolation::Nearest),
        RandomContrast::new(0.5),
        RandomBrightness::new(0.3),
        RandomCrop::new(2, 4),
        RandomHeight::new(0.5),
        RandomWidth::new(0.5),
        RandomCrop::new(7, 3)
    ];
    for [first, last] in pairs {
        let want = train(first, images.clone());
        let got = train(last, images.clone().permute([0, 2, 3, 1])).permute([0, 3, 1, 2]);
        want.into_data().assert_approx_eq::<f32>(&got.into_data(), Default::default());
    }
}

#[test]
fn flip_reverses_the_pictures_that_it_draws() {
    let images = batch(32, 3);
    let modes: [(FlipMode, &[usize]); 3] =
        [(FlipMode::Horizontal, &[3]), (FlipMode::Vertical, &[2]), (FlipMode::Both, &[2, 3])];
    for (mode, axes) in modes {
        let output = train(RandomFlip::new(mode), images.clone());
        let mut flipped = images.clone();
        for axis in axes {
            flipped = flipped.flip([*axis]);
        }
        let mut drawn = 0;
        for sample in 0..32 {
            let [got, same, other] = [&output, &images, &flipped].map(|x| numbers(x.clone().narrow(0, sample, 1)));
            assert!(got == same || got == other);
            drawn += usize::from(got == other);
        }
        assert!((6..=26).contains(&drawn), "{mode:?}: {drawn} of 32");
    }
}

#[test]
fn quarter_turn_is_exactly_that_of_the_array() {
    let images = batch(2, 5);
    // Counter-clockwise: the last column becomes the first row.
    let turned = images.clone().swap_dims(2, 3).flip([2]);
    let turns = [
        (0.25, turned.clone()),
        (0.5, images.clone().flip([2, 3])),
        (-0.25, turned.flip([2, 3])),
        (0.75, images.clone().swap_dims(2, 3).flip([3])),
        (-1.0, images.clone()),
    ];
    for (turn, want) in turns {
        for interpolation in [Interpolation::Nearest, Interpolation::Bilinear] {
            let layer = RandomRotation::new(always(turn)).interpolation(interpolation).fill_value(-1.0);
            assert_eq!(numbers(train(layer, images.clone())), numbers(want.clone()), "{turn} turns");
        }
    }
}

#[test]
fn translation_by_whole_px_moves_down_and_right_exactly() {
    let layer = RandomTranslation::new(always(0.25), always(0.4)).fill_value(-1.0);
    let want = [[-1.0; 5], [-1.0, -1.0, 1.0, 4.0, 2.0], [-1.0, -1.0, 7.0, 3.0, 9.0], [-1.0, -1.0, 2.0, 2.0, 8.0]];
    check(layer, &want.concat());
}

#[test]
fn wrapped_translation_loses_nothing() {
    let images = batch(1, 4);
    let layer = RandomTranslation::new(always(0.5), always(-0.25)).fill_mode(FillMode::Wrap);
    let rolled = images.clone().roll(&[2i64, -1], &[2i64, 3]);
    assert_eq!(numbers(train(layer, images)), numbers(rolled));
}

#[test]
fn translation_gives_keras_numbers() {
    let layer = || RandomTranslation::new(always(0.3), always(-0.7));
    let constant = [
        10.0, 10.0, 10.0, 10.0, 10.0, 7.2, 8.0, 10.0, 10.0, 10.0, 3.7, 7.9, 10.0, 10.0, 10.0, 2.6, 6.0, 10.0, 10.0,
        10.0,
    ];
    check(layer().fill_value(10.0), &constant);
    let reflect = [5.8, 5.2, 5.8, 4.9, 3.6, 6.5, 5.0, 6.5, 5.0, 3.0, 3.7, 5.8, 3.7, 4.6, 5.4, 2.6, 2.0, 2.6, 5.7, 5.2];
    check(layer(), &reflect);
    let wrap = [6.5, 5.9, 5.2, 5.0, 4.8, 6.7, 3.8, 3.2, 3.4, 4.9, 3.7, 5.8, 4.5, 5.4, 4.6, 2.6, 2.5, 2.6, 5.2, 5.7];
    check(layer().fill_mode(FillMode::Wrap), &wrap);
    let edge = [6.5, 5.0, 5.0, 5.0, 5.0, 6.5, 5.0, 5.0, 5.0, 5.0, 3.7, 5.8, 5.8, 5.8, 5.8, 2.6, 2.0, 2.0, 2.0, 2.0];
    check(layer().fill_mode(FillMode::Nearest), &edge);
}

#[test]
fn rotation_gives_keras_numbers() {
    let layer = || RandomRotation::new(always(0.08));
    let constant = [
        8.64783, 4.58602, 5.62341, 4.46184, 7.50991, 2.71872, 4.38264, 6.84475, 2.30419, 1.22137, 6.82299, 2.7984,
        6.61659, 5.2265, 7.03659, 6.19302, 3.26499, 5.47745, 5.39796, 9.13184,
    ];
    check(layer().fill_value(10.0), &constant);
    let wrap = [
        6.26728, 2.69461, 5.62341, 4.46184, 5.73001, 2.71872, 4.38264, 6.84475, 2.30419, 1.22137, 6.82299, 2.7984,
        6.61659, 5.2265, 7.03659, 2.26999, 3.26499, 5.47745, 3.30138, 7.50593,
    ];
    check(layer().fill_mode(FillMode::Wrap), &wrap);
    let nearest = [4.0, 2.0, 8.0, 6.0, 6.0, 1.0, 3.0, 9.0, 4.0, 1.0, 7.0, 3.0, 8.0, 4.0, 9.0, 2.0, 2.0, 7.0, 3.0, 6.0];
    check(layer().interpolation(Interpolation::Nearest), &nearest);
    let nearest =
        [10.0, 2.0, 8.0, 6.0, 6.0, 1.0, 3.0, 9.0, 4.0, 1.0, 7.0, 3.0, 8.0, 4.0, 9.0, 2.0, 2.0, 7.0, 3.0, 10.0];
    check(layer().fill_value(10.0).interpolation(Interpolation::Nearest), &nearest);
}

#[test]
fn zoom_and_shear_give_keras_numbers() {
    // Zoomed out in height, in in width.
    let layer = || RandomZoom::new(always(0.4)).width_factor(always(-0.3));
    let constant = [
        7.12, 7.36, 6.8, 8.48, 8.72, 4.24, 4.52, 7.6, 3.4, 3.28, 2.84, 4.2, 7.0, 5.18, 3.68, 8.48, 8.32, 7.2, 8.04,
        8.88,
    ];
    check(layer().fill_value(10.0), &constant);
    let wrap = [
        4.84, 4.84, 2.6, 5.54, 7.04, 4.24, 4.52, 7.6, 3.4, 3.28, 2.84, 4.2, 7.0, 5.18, 3.68, 4.16, 4.36, 2.4, 5.76,
        6.96,
    ];
    check(layer().fill_mode(FillMode::Wrap), &wrap);
    let nearest = [4.0, 4.0, 2.0, 8.0, 8.0, 3.0, 3.0, 9.0, 0.0, 0.0, 2.0, 2.0, 8.0, 4.0, 4.0, 7.0, 7.0, 3.0, 6.0, 6.0];
    check(layer().interpolation(Interpolation::Nearest), &nearest);

    let shear = RandomShear::new(always(0.3), always(0.2)).fill_value(10.0);
    let [plus, minus] = [
        [1.0, 3.8, 4.8, 3.2, 5.8, 5.8, 4.6, 6.5, 2.58, 4.4, 2.0, 5.4, 5.28, 5.56, 8.96, 6.8, 4.72, 7.42, 9.48, 9.98f32],
        [1.0, 5.2, 5.2, 9.2, 9.0, 7.9, 3.98, 5.36, 4.8, 5.56, 6.8, 2.68, 4.8, 5.8, 2.48, 9.5, 4.56, 5.0, 5.88, 4.22],
    ];
    let output = numbers(train(shear, picture().repeat_dim(0, 16)));
    let mut signs = [0, 0];
    for sample in output.chunks_exact(20) {
        let is = |want: &[f32]| sample.iter().zip(want).all(|(a, b)| (a - b).abs() < 2e-5);
        assert!(is(&plus) || is(&minus), "{sample:?}");
        signs[usize::from(is(&minus))] += 1;
    }
    assert!(signs.iter().all(|count| *count > 2), "{signs:?}");
}

#[test]
fn contrast_and_brightness_change_values_within_their_range() {
    let want = [
        0.0, 3.76, 0.96, 9.0, 5.16, 7.96, 2.36, 9.0, 0.0, 6.56, 0.96, 0.96, 9.0, 3.76, 0.0, 5.16, 7.96, 2.36, 6.56, 9.0,
    ];
    check(RandomContrast::new(always(0.4)).value_range([0.0, 9.0]), &want);
    let want = PIXELS.map(|pixel| (pixel + 0.25 * 12.0).min(10.0));
    check(RandomBrightness::new(always(0.25)).value_range([-2.0, 10.0]), &want);
}

#[test]
fn drawn_numbers_fill_their_range() {
    // A brightness is what it adds.
    let layer = RandomBrightness::new([-0.25, 0.75]).value_range([-1.0, 1.0]);
    let added = numbers(train(layer, Tensor::zeros([400, 1, 1, 1], &flex())));
    let (least, greatest) =
        added.iter().fold((1.0f32, -1.0f32), |(least, greatest), x| (least.min(*x), greatest.max(*x)));
    assert!((-0.5..-0.45).contains(&least) && (0.95..=1.0).contains(&greatest), "{least} to {greatest}");
    let factor = |json| serde_json::from_str::<Factor>(json).unwrap();
    assert_eq!(
        [factor("0.2"), factor("[-0.2, 0.3]")],
        [Factor { low: -0.2, high: 0.2 }, Factor { low: -0.2, high: 0.3 }]
    );
    assert_eq!(serde_json::to_string(&[factor("0.2"), factor("[0, 0.5]")]).unwrap(), "[0.2,[0.0,0.5]]");
}

#[test]
fn crop_cuts_a_window_of_each_picture_at_its_own_place() {
    let images = batch(64, 5);
    let output = train(RandomCrop::new(2, 4), images.clone());
    assert_eq!(output.dims(), [64, 2, 2, 4]);
    let mut places = std::collections::BTreeSet::new();
    for sample in 0..64 {
        let got = numbers(output.clone().narrow(0, sample, 1));
        let within =
            |top, left| numbers(images.clone().narrow(0, sample, 1).narrow(2, top, 2).narrow(3, left, 4)) == got;
        let place = (0..4).flat_map(|top| (0..2).map(move |left| (top, left))).find(|(top, left)| within(*top, *left));
        places.insert(place.expect("it is a window of the picture"));
    }
    assert_eq!(places.len(), 8, "every place is drawn");
}

#[test]
fn crop_of_a_smaller_picture_and_in_evaluation_is_the_middle_resized() {
    let images = batch(2, 4);
    // Keras's `smart_resize`: the middle two rows, resized to twice their sides.
    let whole = images.clone().narrow(2, 1, 2);
    let want = run(striate_layers::Resizing::new(4, 8), whole, &mut Context::evaluation());
    assert_eq!(numbers(train(RandomCrop::new(4, 8), images.clone())), numbers(want.clone()));
    let evaluated = run(RandomCrop::new(4, 8), images, &mut Context::evaluation());
    assert_eq!(numbers(evaluated), numbers(want));
}

#[test]
fn height_and_width_change_one_side_for_the_whole_batch() {
    let images = batch(3, 10);
    let tall = train(RandomHeight::new(always(0.35)), images.clone());
    assert_eq!(tall.dims(), [3, 2, 13, 10]);
    let narrow = train(RandomWidth::new(always(-0.35)), images.clone());
    assert_eq!(narrow.dims(), [3, 2, 10, 6]);
    assert_eq!(train(RandomWidth::new(always(-1.0)), images).dims(), [3, 2, 10, 1]);
    let layer = LayerConfig::from(RandomHeight::new(0.2));
    let shape = layer.output(&[Signature::float([2, 10, 10])]).unwrap().shape;
    assert_eq!(shape.sides(), [Some(2), None, Some(10)]);
}

#[test]
fn gradient_reaches_the_picture() {
    let device = flex().autodiff();
    for layer in same_sides().into_iter().chain([RandomCrop::new(3, 3).into(), RandomHeight::new(0.5).into()]) {
        let images = Tensor::<4>::from_data((batch(2, 4) + 100.0).into_data(), &device).require_grad();
        let output = run(layer.clone(), images.clone(), &mut Context::training(Streams::new(1)));
        let gradients = output.sum().backward();
        let gradient = numbers(images.grad(&gradients).unwrap());
        assert!(gradient.iter().any(|value| *value > 0.0), "{}", layer.kind());
    }
}

proptest! {
    #[test]
    fn any_layer_keeps_its_promise_in_training((layer, inputs) in crate::strategies::augmentation::layers()) {
        let Ok(want) = layer.output(&inputs) else { return Ok(()) };
        let sides: Vec<usize> = inputs[0].shape.sides().iter().map(|side| side.unwrap()).collect();
        let images = Tensor::<4>::ones([2, sides[0], sides[1], sides[2]], &flex()).cast(FloatDType::F64);
        let output = train(layer, images);
        prop_assert_eq!(output.dtype(), DType::F64);
        let output = Value::from(output);
        let got = output.signature();
        let pairs = want.shape.sides().iter().zip(got.shape.sides());
        prop_assert!(pairs.into_iter().all(|(want, got)| want.is_none() || want == got), "{got} is not {want}");
        prop_assert!(numbers(output.float::<4>()).iter().all(|value| value.is_finite()));
    }
}

/// Wrong configs, and the field that the error names.
pub(super) fn wrong() -> Vec<(LayerConfig, &'static str)> {
    vec![
        (RandomTranslation::new(1.5, 0.1).into(), "height_factor"),
        (RandomTranslation::new(0.1, f64::NAN).into(), "width_factor"),
        (RandomTranslation::new(0.1, 0.1).fill_value(f64::NAN).into(), "fill_value"),
        (RandomRotation::new([0.2, 0.1]).into(), "factor"),
        (RandomRotation::new(0.1).interpolation(Interpolation::Bicubic).into(), "interpolation"),
        (RandomZoom::new(-2.0).into(), "height_factor"),
        (RandomZoom::new(0.1).width_factor([-2.0, 0.0]).into(), "width_factor"),
        (RandomShear::new(0.1, 3.0).into(), "y_factor"),
        (RandomContrast::new(0.1).value_range([1.0, 0.0]).into(), "value_range"),
        (RandomBrightness::new(f64::INFINITY).into(), "factor"),
        (RandomCrop::new(0, 1).into(), "height"),
        (RandomHeight::new(-1.5).into(), "factor"),
        (RandomWidth::new([0.5, 0.25]).into(), "factor"),
    ]
}

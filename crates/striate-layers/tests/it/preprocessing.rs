//! Preprocessing: the numbers of Keras 3.15.1 (on JAX 0.10.2 where pictures are resized), and what is beyond them.

use std::f32::consts::SQRT_2;

use burn::Tensor;
use burn::tensor::{DType, Device, FloatDType, Int, IntDType, TensorData};
use striate_backend::device;
use striate_core::Streams;
use striate_layers::{
    CategoryEncoding, CenterCrop, Context, DataFormat, Discretization, IntegerLookup, Interpolation, LayerConfig,
    LayerModule, Normalization, OutputMode, RandomWidth, Rescaling, Resizing, Signature, Value,
};

fn flex() -> Device {
    device("flex").unwrap()
}

/// What a layer gives in evaluation.
#[track_caller]
fn call(layer: impl Into<LayerConfig>, inputs: Vec<Value>) -> Value {
    let layer = layer.into();
    let signatures: Vec<_> = inputs.iter().map(Value::signature).collect();
    let promised = layer.output(&signatures).unwrap_or_else(|error| panic!("{error}"));
    let output =
        layer.build(&signatures, &Streams::new(0).scope("layer"), &flex()).call(inputs, &mut Context::evaluation());
    assert_eq!(output.signature(), promised);
    output
}

/// A picture of 4 by 5 px.
fn picture() -> Tensor<4> {
    let pixels = [1.0, 4.0, 2.0, 8.0, 5.0, 7.0, 3.0, 9.0, 0.0, 6.0, 2.0, 2.0, 8.0, 4.0, 1.0, 5.0, 7.0, 3.0, 6.0, 9.0];
    Tensor::<1>::from_floats(pixels, &flex()).reshape([1, 1, 4, 5])
}

fn numbers(value: Value) -> Vec<f32> {
    macro_rules! of_rank {
        ($($rank:literal)*) => {
            match (value.dims().len(), value.signature().kind) {
                $(($rank, striate_layers::Kind::Float) => value.float::<$rank>().into_data().iter::<f32>().collect(),
                ($rank, _) => value.int::<$rank>().into_data().iter::<f32>().collect(),)*
                (rank, _) => panic!("rank {rank}"),
            }
        };
    }
    of_rank!(1 2 3 4)
}

#[track_caller]
fn check(layer: impl Into<LayerConfig>, inputs: Vec<Value>, want: &[f32]) {
    let got = numbers(call(layer, inputs));
    let close = |(got, want): (&f32, &f32)| (got - want).abs() <= 2e-5 * want.abs().max(1.0);
    assert!(got.len() == want.len() && got.iter().zip(want).all(close), "{got:?}\nis not\n{want:?}");
}

fn ints<const D: usize>(values: &[i64], dims: [usize; D]) -> Value {
    Tensor::<D, Int>::from_data(TensorData::new(values.to_vec(), dims), &flex()).into()
}

fn floats<const D: usize>(values: &[f32], dims: [usize; D]) -> Value {
    Tensor::<D>::from_data(TensorData::new(values.to_vec(), dims), &flex()).into()
}

#[test]
fn resizing_gives_keras_numbers() {
    let down = |interpolation| Resizing::new(2, 3).interpolation(interpolation);
    let cases: [(Resizing, &[f32]); 15] = [
        (down(Interpolation::Bilinear), &[3.83333, 5.5, 5.0, 3.83333, 5.5, 5.0]),
        (down(Interpolation::Bilinear).antialias(true), &[3.53061, 4.87302, 4.4898, 4.12245, 5.2381, 4.77551]),
        (down(Interpolation::Nearest), &[7.0, 9.0, 6.0, 5.0, 3.0, 9.0]),
        (down(Interpolation::Nearest).antialias(true), &[7.0, 9.0, 6.0, 5.0, 3.0, 9.0]),
        (down(Interpolation::Bicubic), &[3.91075, 5.35294, 5.23124, 3.62677, 5.29412, 5.03854]),
        (down(Interpolation::Bicubic).antialias(true), &[3.47908, 4.86173, 4.47731, 4.14952, 5.30433, 4.7733]),
        (down(Interpolation::Lanczos3), &[4.01707, 5.13936, 5.46891, 3.44875, 4.99511, 5.13968]),
        (down(Interpolation::Lanczos3).antialias(true), &[3.3701, 4.86518, 4.36394, 4.26199, 5.33218, 4.6918]),
        (down(Interpolation::Lanczos5), &[4.11853, 4.92844, 5.72553, 3.35788, 4.69982, 5.31119]),
        (down(Interpolation::Lanczos5).antialias(true), &[3.32684, 4.87006, 4.31844, 4.33441, 5.33867, 4.65241]),
        (Resizing::new(2, 4).crop_to_aspect_ratio(), &[6.5, 5.25, 3.375, 5.25, 2.0, 4.25, 5.5, 1.375]),
        (Resizing::new(3, 2).pad_to_aspect_ratio(10.0), &[6.625, 8.625, 3.0, 2.375, 8.25, 8.375]),
        (
            Resizing::new(4, 2).pad_to_aspect_ratio(10.0).interpolation(Interpolation::Nearest),
            &[10.0, 10.0, 4.0, 8.0, 7.0, 6.0, 10.0, 10.0],
        ),
        (
            Resizing::new(4, 2).pad_to_aspect_ratio(10.0).antialias(true),
            &[9.67149, 9.79545, 5.35273, 5.98909, 5.97455, 6.24727, 9.79132, 9.83264],
        ),
        // The mean of each quarter, px in the middle column half in either.
        (Resizing::new(2, 2).interpolation(Interpolation::Area), &[4.1, 4.9, 4.3, 5.1]),
    ];
    for (layer, want) in cases {
        check(layer, vec![picture().into()], want);
    }
}

#[test]
fn resizing_up_gives_keras_numbers() {
    let up = |interpolation| Resizing::new(6, 7).interpolation(interpolation);
    let cases: [(Interpolation, &[f32]); 4] = [
        (
            Interpolation::Bilinear,
            &[
                1.0, 2.71429, 3.42857, 2.0, 6.28571, 6.71429, 5.0, 4.0, 3.71429, 4.07143, 5.5, 4.42857, 4.64286, 5.5,
                6.16667, 4.2619, 4.54762, 8.83333, 3.0, 2.59524, 5.16667, 2.83333, 2.45238, 3.88095, 8.16667, 4.71429,
                2.69048, 1.83333, 3.5, 4.07143, 4.78571, 5.5, 5.14286, 5.0, 5.0, 5.0, 6.14286, 5.85714, 3.0, 5.14286,
                7.28571, 9.0,
            ],
        ),
        (
            Interpolation::Nearest,
            &[
                1.0, 4.0, 4.0, 2.0, 8.0, 8.0, 5.0, 7.0, 3.0, 3.0, 9.0, 0.0, 0.0, 6.0, 7.0, 3.0, 3.0, 9.0, 0.0, 0.0,
                6.0, 2.0, 2.0, 2.0, 8.0, 4.0, 4.0, 1.0, 5.0, 7.0, 7.0, 3.0, 6.0, 6.0, 9.0, 5.0, 7.0, 7.0, 3.0, 6.0,
                6.0, 9.0,
            ],
        ),
        (
            Interpolation::Bicubic,
            &[
                0.403679, 2.70958, 3.50299, 1.53947, 7.02378, 7.4087, 4.72496, 4.14849, 3.70409, 4.01612, 5.35294,
                4.25021, 4.68731, 5.8675, 6.94056, 4.06485, 4.34067, 9.34259, 2.05778, 1.73827, 5.67613, 2.53719,
                1.67465, 3.53538, 8.49074, 4.9157, 2.01454, 1.02465, 3.21873, 3.97132, 4.85337, 5.29412, 5.34042,
                5.13867, 4.92062, 5.0732, 6.69977, 6.25629, 2.67105, 4.91096, 7.85683, 9.72407,
            ],
        ),
        (
            Interpolation::Lanczos5,
            &[
                -0.504582, 2.8976, 3.1334, 1.32653, 7.2297, 8.03085, 3.75742, 4.48662, 3.94926, 4.35861, 4.92844,
                4.03266, 5.09988, 6.70881, 7.87442, 2.93885, 4.80097, 10.17, 2.10742, 0.128922, 6.0009, 3.13537,
                0.759953, 3.72135, 9.29283, 5.50674, 0.454651, 0.81579, 2.57148, 3.86825, 4.89591, 4.69982, 5.73731,
                5.67165, 4.67742, 5.29994, 7.27829, 6.54038, 2.67045, 3.77468, 8.5743, 10.2453,
            ],
        ),
    ];
    for (interpolation, want) in cases {
        check(up(interpolation), vec![picture().into()], want);
    }
}

#[test]
fn resizing_to_the_same_size_changes_nothing() {
    for interpolation in [Interpolation::Nearest, Interpolation::Bicubic, Interpolation::Lanczos3, Interpolation::Area]
    {
        let want = numbers(picture().into());
        check(Resizing::new(4, 5).interpolation(interpolation), vec![picture().into()], &want);
    }
}

#[test]
fn center_crop_gives_keras_numbers() {
    check(CenterCrop::new(2, 2), vec![picture().into()], &[3.0, 9.0, 2.0, 8.0]);
    check(CenterCrop::new(3, 3), vec![picture().into()], &[4.0, 2.0, 8.0, 3.0, 9.0, 0.0, 2.0, 8.0, 4.0]);
    // Larger than the picture on one side: the widest window of that aspect ratio, resized.
    let want = [
        4.0, 3.0, 2.0, 3.5, 4.5, 5.5, 2.83333, 5.83333, 8.83333, 2.16667, 5.16667, 8.16667, 4.5, 5.0, 5.5, 7.0, 5.0,
        3.0,
    ];
    check(CenterCrop::new(6, 3), vec![picture().into()], &want);
}

#[test]
fn channels_may_stand_last() {
    let (first, last) = (DataFormat::ChannelsFirst, DataFormat::ChannelsLast);
    let images = Tensor::cat(vec![picture(), picture() * 2.0 + 1.0], 1);
    let pairs: [[LayerConfig; 2]; 4] = [
        [first, last].map(|format| Resizing::new(3, 7).crop_to_aspect_ratio().data_format(format).into()),
        [first, last].map(|format| Resizing::new(3, 9).pad_to_aspect_ratio(0.5).data_format(format).into()),
        [first, last].map(|format| CenterCrop::new(3, 2).data_format(format).into()),
        [first, last].map(|format| Rescaling::new([2.0, 3.0]).offset([1.0, 5.0]).data_format(format).into()),
    ];
    for [first, last] in pairs {
        let want = call(first, vec![images.clone().into()]);
        let got = call(last, vec![images.clone().permute([0, 2, 3, 1]).into()]);
        assert_eq!(numbers(got.float::<4>().permute([0, 3, 1, 2]).into()), numbers(want));
    }
}

#[test]
fn type_of_the_numbers_is_kept() {
    let layers: [LayerConfig; 7] = [
        Resizing::new(6, 3).into(),
        Resizing::new(6, 3).pad_to_aspect_ratio(1.0).interpolation(Interpolation::Nearest).into(),
        Resizing::new(6, 3).pad_to_aspect_ratio(1.0).antialias(true).into(),
        CenterCrop::new(9, 9).into(),
        Rescaling::new([0.5, 2.0]).offset([1.0, 2.0]).into(),
        Normalization::new([0.5, 2.0], [1.0, 2.0]).axis([1]).into(),
        Discretization::new([2.0, 5.0]).output_mode(OutputMode::Count).into(),
    ];
    for (to, dtype) in [(FloatDType::F64, DType::F64), (FloatDType::F16, DType::F16)] {
        for layer in layers.clone() {
            let images = Tensor::cat(vec![picture(), picture()], 1).cast(to);
            assert_eq!(call(layer, vec![images.into()]).float::<4>().dtype(), dtype);
        }
    }
}

#[test]
fn rescaling_and_normalization_give_keras_numbers() {
    let input = || floats(&[0.0, 64.0, 127.5, 255.0], [4]);
    check(Rescaling::new(1.0 / 127.5).offset(-1.0), vec![input()], &[-1.0, -0.4980392, 0.0, 1.0]);
    let layer = Normalization::new([3.0, 1.0], [2.0, 0.0]);
    let input = || floats(&[1.0, 1.5, 5.0, 1.0], [2, 2]);
    // A variance of 0 divides by 1e-7.
    check(layer.clone(), vec![input()], &[-SQRT_2, 5_000_000.0, SQRT_2, 0.0]);
    let there = call(layer.clone(), vec![input()]);
    check(layer.invert(true), vec![there], &[1.0, 1.5, 5.0, 1.0]);
    let pictures = floats(&[1.0, 2.0, 3.0, 4.0], [1, 2, 1, 2]);
    check(Normalization::new([1.0, 3.0], [4.0, 1.0]).axis([1]), vec![pictures], &[0.0, 0.5, 0.0, 1.0]);
}

#[test]
fn numbers_and_axes_are_written_as_in_keras() {
    let read = |json: &str| serde_json::from_str::<LayerConfig>(json).unwrap();
    let want = Normalization::new(0.5, 2.0).axis([]).into();
    assert_eq!(read(r#"{"kind": "normalization", "mean": 0.5, "variance": [2], "axis": null}"#), want);
    let want = Normalization::new([1.0, 2.0], [1.0, 1.0]).axis([-3]).into();
    assert_eq!(read(r#"{"kind": "normalization", "mean": [1, 2], "variance": [1, 1], "axis": -3}"#), want);
    assert_eq!(read(r#"{"kind": "rescaling", "scale": 2}"#), Rescaling::new(2.0).into());
}

#[test]
fn discretization_gives_keras_numbers() {
    let layer = |mode| Discretization::new([0.0, 1.0, 2.0]).output_mode(mode);
    let input = || floats(&[-1.5, 1.0, 3.4, 0.5, 0.0, 3.0, 1.3, 2.0], [2, 4]);
    check(layer(OutputMode::Int), vec![input()], &[0.0, 2.0, 3.0, 1.0, 1.0, 3.0, 2.0, 3.0]);
    check(layer(OutputMode::MultiHot), vec![input()], &[1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0]);
    check(layer(OutputMode::Count), vec![input()], &[1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 2.0]);
    let column = floats(&[-1.5, f32::NAN], [2, 1]);
    check(layer(OutputMode::OneHot), vec![column], &[1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    let infinite = floats(&[f32::INFINITY, f32::NEG_INFINITY], [2]);
    check(layer(OutputMode::Int), vec![infinite], &[3.0, 0.0]);
}

#[test]
fn category_encoding_gives_keras_numbers() {
    let layer = |mode| CategoryEncoding::new(4).output_mode(mode);
    let rows = || ints(&[0, 1, 0, 0, 1, 2, 3, 1], [4, 2]);
    let hot = [1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0];
    check(layer(OutputMode::MultiHot), vec![rows()], &hot);
    let weights = floats(&[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], [4, 2]);
    let counts = [0.1, 0.2, 0.0, 0.0, 0.7, 0.0, 0.0, 0.0, 0.0, 0.5, 0.6, 0.0, 0.0, 0.8, 0.0, 0.7];
    check(layer(OutputMode::Count), vec![rows(), weights], &counts);
    check(layer(OutputMode::OneHot), vec![ints(&[3, 2], [2])], &[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0]);
}

#[test]
fn category_out_of_range_counts_nowhere() {
    for mode in [OutputMode::OneHot, OutputMode::MultiHot, OutputMode::Count] {
        let layer = CategoryEncoding::new(3).output_mode(mode);
        check(layer, vec![ints(&[-1, 3, 1], [3, 1])], &[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
        // More categories than the indices' type counts.
        let bytes = ints(&[3], [1, 1]).int::<2>().cast(IntDType::U8);
        let hot = numbers(call(CategoryEncoding::new(300).output_mode(mode), vec![bytes.into()]));
        assert_eq!((hot[3], hot.iter().sum::<f32>()), (1.0, 1.0));
    }
}

#[test]
fn counts_of_many_indices_take_no_more_memory_than_their_places() {
    // A row of places for each index would be 2^35 numbers.
    let (depth, row) = (1 << 22, 1 << 13);
    let indices: Vec<i64> = (0..row).map(|i| i % 3).collect();
    for (mode, want) in
        [(OutputMode::Count, [2731.0, 2731.0, 2730.0, 0.0]), (OutputMode::MultiHot, [1.0, 1.0, 1.0, 0.0])]
    {
        let layer = CategoryEncoding::new(depth).output_mode(mode);
        let got = numbers(call(layer, vec![ints(&indices, [1, row as usize])]));
        assert_eq!((got.len(), &got[..4]), (depth, &want[..]));
        assert!(got[4..].iter().all(|count| *count == 0.0));
    }
}

#[test]
fn integer_lookup_gives_keras_numbers() {
    let input = || ints(&[10, 10, 20, 50, 60, 0], [6, 1]);
    let layer = || IntegerLookup::new([20, 10, 30, 0]);
    check(layer(), vec![input()], &[2.0, 2.0, 1.0, 0.0, 0.0, 4.0]);
    // A vocabulary may begin with what stands for unknown numbers.
    check(IntegerLookup::new([-1, 20, 10, 30, 0]), vec![input()], &[2.0, 2.0, 1.0, 0.0, 0.0, 4.0]);
    check(layer().num_oov_indices(2), vec![ints(&[10, 51, 60, -3, 0], [5])], &[3.0, 1.0, 0.0, 1.0, 5.0]);
    let rows = || ints(&[10, 10, 20, 20, 50, 60], [2, 3]);
    let hot = [0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0];
    check(layer().output_mode(OutputMode::MultiHot), vec![rows()], &hot);
    let counts = [0.0, 1.0, 2.0, 0.0, 0.0, 2.0, 1.0, 0.0, 0.0, 0.0];
    check(layer().output_mode(OutputMode::Count), vec![rows()], &counts);
    // Keras's documentation of `tf_idf`.
    let layer = IntegerLookup::new([12, 36, 1138, 42]).tf_idf([0.25, 0.75, 0.6, 0.4]);
    let rows = ints(&[12, 1138, 42, 42, 42, 7, 36, 7], [2, 4]);
    check(layer, vec![rows], &[0.0, 0.25, 0.0, 0.6, 0.8, 1.0, 0.0, 0.75, 0.0, 0.4]);
}

#[test]
fn integer_lookup_masks_and_inverts() {
    let layer = || IntegerLookup::new([12, 36, 1138, 42]).mask_token(7);
    check(layer(), vec![ints(&[7, 5, 12, 42], [4])], &[0.0, 1.0, 2.0, 5.0]);
    let counts = layer().output_mode(OutputMode::Count);
    check(counts, vec![ints(&[7, 5, 12, 42], [1, 4])], &[1.0, 1.0, 0.0, 0.0, 1.0]);
    // Places that there aren't are unknown, too.
    let places = ints(&[0, 1, 2, 5, 6, -1], [6]);
    check(layer().inverse(), vec![places], &[7.0, -1.0, 12.0, 42.0, -1.0, -1.0]);
}

#[test]
fn lookup_without_a_place_for_unknown_numbers_gives_minus_one() {
    let layer = || IntegerLookup::new([12, 36, 1 << 40]).num_oov_indices(0);
    check(layer(), vec![ints(&[36, 5, 12], [3])], &[1.0, -1.0, 0.0]);
    let hot = layer().output_mode(OutputMode::OneHot);
    check(hot, vec![ints(&[36, 5], [2])], &[0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn lookup_in_a_large_vocabulary_finds_every_number() {
    let vocabulary: Vec<i64> = (0..1000).map(|i| (i * 7919) % 10_007 - 5000).collect();
    let want: Vec<f32> = (1..=1000).map(|place| place as f32).collect();
    check(IntegerLookup::new(vocabulary.clone()), vec![ints(&vocabulary, [1000])], &want);
}

#[test]
fn inputs_that_do_not_fit_are_refused() {
    let refused: [(LayerConfig, Vec<Signature>); 12] = [
        (Resizing::new(4, 4).into(), vec![Signature::float([3, 4])]),
        (Resizing::new(4, 4).into(), vec![Signature::float([3, 0, 4])]),
        (Resizing::new(4, 4).into(), vec![Signature::float([0, 4, 4])]),
        (Resizing::new(4, 4).into(), vec![Signature::float([3, usize::MAX, usize::MAX])]),
        (Resizing::new(8000, 1).pad_to_aspect_ratio(0.0).into(), vec![Signature::float([1, 1, 60_000])]),
        (Resizing::new(8000, 1).into(), vec![Signature::float([1, 60_000, 1])]),
        (RandomWidth::new(0.5).into(), vec![Signature::float([1, 1, 60_000])]),
        (Rescaling::new([1.0, 2.0]).into(), vec![Signature::float([3, 4, 4])]),
        (Normalization::new([1.0, 2.0], [1.0, 2.0]).into(), vec![Signature::float([2, 4, 4])]),
        (Normalization::new(1.0, 2.0).axis([4]).into(), vec![Signature::float([2, 4, 4])]),
        (CategoryEncoding::new(3).into(), vec![Signature::int([2]), Signature::float([2])]),
        (IntegerLookup::new([1]).into(), vec![Signature::float([2])]),
    ];
    for (layer, inputs) in refused {
        assert!(layer.output(&inputs).is_err(), "{layer:?}");
    }
}

/// Wrong configs, and the field that the error names.
pub(super) fn wrong() -> Vec<(LayerConfig, &'static str)> {
    vec![
        (Rescaling::new([]).into(), "scale"),
        (Rescaling::new(1.0).offset(f64::NAN).into(), "offset"),
        (Resizing::new(0, 3).into(), "height"),
        (Resizing::new(3, usize::MAX).into(), "width"),
        (Resizing::new(3, 3).crop_to_aspect_ratio().pad_to_aspect_ratio(0.0).into(), "pad_to_aspect_ratio"),
        (Resizing::new(3, 3).pad_to_aspect_ratio(f64::INFINITY).into(), "fill_value"),
        (CenterCrop::new(3, 0).into(), "width"),
        (Normalization::new([1.0], [1.0, 2.0]).into(), "variance"),
        (Normalization::new(1.0, -1.0).into(), "variance"),
        (Normalization::new(1.0, 1.0).axis([0]).into(), "axis"),
        (Normalization::new([1.0, 2.0], [1.0, 2.0]).axis([]).into(), "mean"),
        (Discretization::new([]).into(), "bin_boundaries"),
        (Discretization::new([1.0, 0.0]).into(), "bin_boundaries"),
        (CategoryEncoding::new(0).into(), "num_tokens"),
        (CategoryEncoding::new(2).output_mode(OutputMode::Int).into(), "output_mode"),
        (IntegerLookup::new([]).into(), "vocabulary"),
        (IntegerLookup::new([1, 2, 1]).into(), "vocabulary"),
        (IntegerLookup::new([1, 2]).num_oov_indices(usize::MAX).into(), "num_oov_indices"),
        (IntegerLookup::new([1, 2]).mask_token(2).into(), "mask_token"),
        (IntegerLookup::new([1, -1]).inverse().into(), "oov_token"),
        (IntegerLookup::new([1]).inverse().output_mode(OutputMode::Count).into(), "output_mode"),
        (IntegerLookup::new([1]).tf_idf([0.5, 0.5]).into(), "idf_weights"),
        (IntegerLookup::new([1]).output_mode(OutputMode::TfIdf).into(), "idf_weights"),
        (IntegerLookup::new([1]).tf_idf([0.5]).output_mode(OutputMode::Count).into(), "idf_weights"),
        (CategoryEncoding::new(3).output_mode(OutputMode::TfIdf).into(), "output_mode"),
        (Discretization::new([1.0]).output_mode(OutputMode::TfIdf).into(), "output_mode"),
    ]
}

#[test]
fn picture_so_thin_that_no_px_is_taken_is_all_fill() {
    let device = device("flex").unwrap();
    let images = Tensor::<4>::ones([1, 2, 2, 7], &device);
    let layer = Resizing::new(2, 600).pad_to_aspect_ratio(0.5).interpolation(Interpolation::Nearest);
    let thin = layer.forward(images.clone().reshape([1, 2, 14, 1]));
    assert_eq!(thin.dims(), [1, 2, 2, 600]);
    let layer = Resizing::new(6, 2).pad_to_aspect_ratio(-0.5).interpolation(Interpolation::Nearest);
    // 2x7 padded to 20x7: each sixth begins outside the two rows in the middle.
    let flat = layer.forward(images).into_data();
    assert!(flat.iter::<f32>().all(|value| value == -0.5), "{flat:?}");
}

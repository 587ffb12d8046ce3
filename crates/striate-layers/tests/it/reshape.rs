//! Changes of shape and size.

use burn::Tensor;
use burn::tensor::{DType, TensorData};
use striate_backend::device;
use striate_layers::{
    Amounts, Cropping1d, Cropping2d, Cropping3d, DataFormat, LayerConfig, Permute, RepeatVector, Reshape, Shape,
    Signature, Upsample1d, Upsample2d, Upsample3d, UpsampleMode, ZeroPadding1d, ZeroPadding2d,
};

fn values<const R: usize>(x: Tensor<R>) -> Vec<f32> {
    x.into_data().iter::<f32>().collect()
}

fn counted<const R: usize>(sides: [usize; R]) -> Tensor<R> {
    let numbers: Vec<f32> = (0..sides.iter().product::<usize>()).map(|i| i as f32).collect();
    Tensor::from_data(TensorData::new(numbers, sides), &device("flex").unwrap())
}

fn output(layer: impl Into<LayerConfig>, sides: impl Into<Shape>) -> Result<String, String> {
    let output = layer.into().output(&[Signature::float(sides)]);
    output.map(|output| output.to_string()).map_err(|error| error.to_string())
}

#[test]
fn reshape_finds_the_side_that_is_left_open() {
    assert_eq!(output(Reshape::new([4, -1]), [2, 3, 4]).unwrap(), "[4, 6]");
    assert_eq!(output(Reshape::new([4, -1]), [None, Some(3), Some(4)]).unwrap(), "[4, ?]");
    assert_eq!(output(Reshape::new([4, 6]), [None, Some(3), Some(4)]).unwrap(), "[4, 6]");
    assert_eq!(output(Reshape::new([1, -1, 1, 1, 2]), [6]).unwrap(), "[1, 3, 1, 1, 2]");
    for sides in [[5, 5, 1], [usize::MAX, usize::MAX, 4]] {
        assert!(output(Reshape::new([4, -1]), sides).is_err());
        assert!(output(Reshape::new([4, 6]), sides).is_err());
    }
    assert!(output(Reshape::new([4, 6]), [None, Some(5)]).is_err());
    let x: Tensor<3> = Reshape::new([3, -1]).forward(counted([2, 6]));
    assert_eq!((x.dims(), values(x)), ([2, 3, 2], (0..12).map(|i| i as f32).collect()));
}

#[test]
fn permute_counts_axes_from_one() {
    let x = counted([2, 3, 4, 5]);
    let permuted = Permute::new([2, 3, 1]).forward(x.clone());
    assert_eq!(permuted.dims(), [2, 4, 5, 3]);
    assert_eq!(values(permuted), values(x.permute([0, 2, 3, 1])));
    assert!(output(Permute::new([2, 1]), [3, 4, 5]).unwrap_err().contains("one input of 2 axes"));
}

#[test]
fn repeated_rows_are_steps() {
    let repeated = RepeatVector::new(3).forward(counted([2, 2]));
    assert_eq!(repeated.dims(), [2, 3, 2]);
    assert_eq!(values(repeated), [0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 2.0, 3.0, 2.0, 3.0, 2.0, 3.0]);
    assert!(output(RepeatVector::new(3), [2, 2]).unwrap_err().contains("flatten"));
}

#[test]
fn lines_between_px_start_at_the_edges_or_at_the_corners() {
    let x = counted([1, 1, 2]) * 4.0;
    assert_eq!(values(Upsample1d::new(2).bilinear().forward(x.clone())), [0.0, 1.0, 3.0, 4.0]);
    let corners = values(Upsample1d::new(2).bilinear().align_corners().forward(x));
    assert!(corners.iter().zip([0.0, 4.0 / 3.0, 8.0 / 3.0, 4.0]).all(|(a, b)| (a - b).abs() < 1e-6), "{corners:?}");
    // A side of 1 px has nothing to draw lines to.
    let one = counted([1, 1, 1, 1]) + 3.0;
    assert_eq!(values(Upsample2d::new([3, 2]).bilinear().align_corners().forward(one)), [3.0; 6]);
}

#[test]
fn a_plane_stays_a_plane_in_three_directions() {
    let upsampled = Upsample3d::new([2, 3, 2]).bilinear().align_corners().forward(counted([1, 1, 3, 3, 3]));
    // 9 z + 3 y + x at the corners' positions.
    let at = |i: usize, n: usize| 2.0 * i as f32 / (n - 1) as f32;
    let position = |i: usize| 9.0 * at(i / 54, 6) + 3.0 * at(i / 6 % 9, 9) + at(i % 6, 6);
    let upsampled = values(upsampled);
    assert_eq!(upsampled.len(), 6 * 9 * 6);
    assert!(upsampled.iter().enumerate().all(|(i, value)| (value - position(i)).abs() < 1e-4));
}

#[test]
fn channels_may_stand_last() {
    let x = counted([2, 3, 4, 5]);
    let last = x.clone().permute([0, 2, 3, 1]);
    let back = |x: Tensor<4>| values(x.permute([0, 3, 1, 2]));
    let at_end = DataFormat::ChannelsLast;
    for layer in [Upsample2d::new([2, 3]), Upsample2d::new([2, 3]).bilinear()] {
        assert_eq!(back(layer.data_format(at_end).forward(last.clone())), values(layer.forward(x.clone())));
    }
    let layer = ZeroPadding2d::new([[1, 0], [2, 3]]);
    assert_eq!(back(layer.data_format(at_end).forward(last.clone())), values(layer.forward(x.clone())));
    let layer = Cropping2d::new([[1, 0], [2, 1]]);
    assert_eq!(back(layer.data_format(at_end).forward(last)), values(layer.forward(x)));
}

#[test]
fn cropping_undoes_padding_and_leaves_something() {
    let amounts = Amounts([[1, 2], [0, 3]]);
    let x = counted([2, 1, 3, 2]);
    let padded = ZeroPadding2d::new(amounts).forward(x.clone());
    assert_eq!(padded.dims(), [2, 1, 6, 5]);
    assert_eq!(values(Cropping2d::new(amounts).forward(padded)), values(x));
    assert!(output(Cropping1d::new(2), [1, 4]).unwrap_err().contains("leaves at least 1 px"));
    assert_eq!(output(Cropping1d::new(2), [Some(1), None]).unwrap(), "[1, ?]");
}

#[test]
fn outputs_too_large_to_hold_are_refused() {
    assert!(output(Upsample3d::new(8192), [4, 4, 4, 4]).unwrap_err().contains("2^31"));
    assert!(output(Upsample1d::new(2), [1, usize::MAX]).is_err());
    assert!(output(ZeroPadding1d::new(1), [1, usize::MAX]).is_err());
    assert!(output(RepeatVector::new(8192), [usize::MAX]).is_err());
}

#[test]
fn amounts_are_written_as_in_torch_and_keras() {
    let read = |json: &str| serde_json::from_str::<LayerConfig>(json);
    let of = |amount: &str| read(&format!(r#"{{"kind": "zero_padding2d", "amount": {amount}}}"#));
    assert_eq!(of("2").unwrap(), ZeroPadding2d::new(2).into());
    assert_eq!(of("[2, 1]").unwrap(), ZeroPadding2d::new([2, 1]).into());
    assert_eq!(of("[[2, 1], [0, 3]]").unwrap(), ZeroPadding2d::new([[2, 1], [0, 3]]).into());
    assert!(of("\"same\"").is_err() && of("[1, 2, 3]").is_err());
    let linear = read(r#"{"kind": "upsample1d", "scale": 2, "mode": "linear"}"#).unwrap();
    assert_eq!(linear, Upsample1d::new(2).bilinear().into());
}

#[test]
fn upsampling_keeps_the_number_type() {
    let device = device("flex").unwrap();
    for dtype in [DType::F64, DType::F16] {
        let x = Tensor::<4>::ones([1, 2, 3, 3], (&device, dtype));
        assert_eq!(Upsample2d::new(2).bilinear().forward(x.clone()).dtype(), dtype);
        assert_eq!(Upsample2d::new(2).forward(x).dtype(), dtype);
    }
}

/// Configs that no input fits, with the field that the message names.
pub(super) fn wrong() -> Vec<(LayerConfig, &'static str)> {
    let corners = Upsample2d { mode: UpsampleMode::Nearest, align_corners: true, ..Upsample2d::new(2) };
    vec![
        (Reshape::new([-1, -1]).into(), "target_shape"),
        (Reshape::new([2, 0]).into(), "target_shape"),
        (Reshape::new([-2]).into(), "target_shape"),
        (Reshape::new([1; 6]).into(), "target_shape"),
        (Reshape::new([i64::MAX, i64::MAX]).into(), "target_shape"),
        (Permute::new([0, 1]).into(), "dims"),
        (Permute::new([1, 1]).into(), "dims"),
        (Permute::new([]).into(), "dims"),
        (RepeatVector::new(0).into(), "times"),
        (Upsample1d::new(0).into(), "scale"),
        (Upsample3d::new([1, 1, usize::MAX]).into(), "scale"),
        (corners.into(), "align_corners"),
        (ZeroPadding2d::new([0, usize::MAX]).into(), "amount"),
        (Cropping3d::new(usize::MAX).into(), "amount"),
    ]
}

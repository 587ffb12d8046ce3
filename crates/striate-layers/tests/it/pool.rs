//! Pooling: what it does with padding, partial windows and other ranks.

use burn::Tensor;
use burn::tensor::{DType, TensorData};
use striate_backend::device;
use striate_layers::{
    AdaptiveAvgPool2d, AvgPool, AvgPool1d, AvgPool2d, AvgPool3d, ChannelMaxPool2d, DataFormat, GlobalAvgPool,
    LayerConfig, MaxPool, MaxPool1d, MaxPool2d, MaxPool3d, Preset, Signature,
};

fn values<const R: usize>(x: Tensor<R>) -> Vec<f32> {
    x.into_data().iter::<f32>().collect()
}

/// Numbers that go up and down, all of them different.
fn images<const R: usize>(sides: [usize; R]) -> Tensor<R> {
    let count: usize = sides.iter().product();
    let numbers: Vec<f32> = (0..count).map(|i| (i as f32 * 1.7).sin() - 2.0).collect();
    Tensor::from_data(TensorData::new(numbers, sides), &device("flex").unwrap())
}

fn sequence(numbers: &[f32]) -> Tensor<3> {
    Tensor::from_data(TensorData::new(numbers.to_vec(), [1, 1, numbers.len()]), &device("flex").unwrap())
}

/// Pools with windows of 3 by stride 2, padded by 1 and 0, the last window partial.
fn options<const D: usize, const R: usize>(windows: [[usize; 2]; D]) -> (MaxPool<D, R>, AvgPool<D, R>) {
    let (size, stride) = (windows.map(|[size, _]| size), windows.map(|[_, stride]| stride));
    let padding = windows.map(|[size, _]| if size > 1 { [1, 0] } else { [0, 0] });
    let max = MaxPool::new(size).stride(stride).padding(padding).ceil_mode();
    let avg = AvgPool::new(size).stride(stride).padding(padding).ceil_mode().count_include_pad(true);
    (max.dilation(windows.map(|[size, _]| if size > 1 { 2 } else { 1 })), avg)
}

#[test]
fn pooling_of_a_sequence_equals_that_of_a_picture_of_one_row_or_column() {
    let x = images([2, 3, 11]);
    let (max, avg) = options::<1, 3>([[3, 2]]);
    let (max_row, avg_row) = options::<2, 4>([[1, 1], [3, 2]]);
    let (max_column, avg_column) = options::<2, 4>([[3, 2], [1, 1]]);
    let row = x.clone().unsqueeze_dim::<4>(2);
    let column = x.clone().unsqueeze_dim::<4>(3);
    assert_eq!(values(max.forward(x.clone())), values(max_row.forward(row.clone())));
    assert_eq!(values(max.forward(x.clone())), values(max_column.forward(column.clone())));
    assert_eq!(values(avg.forward(x.clone())), values(avg_row.forward(row)));
    assert_eq!(values(avg.forward(x)), values(avg_column.forward(column)));
}

#[test]
fn pooling_of_a_volume_equals_that_of_a_picture_if_one_side_is_one() {
    let x = images([2, 3, 7, 6]);
    let (max, avg) = options::<2, 4>([[3, 2], [2, 3]]);
    let (max_flat, avg_flat) = options::<3, 5>([[1, 1], [3, 2], [2, 3]]);
    let (max_deep, avg_deep) = options::<3, 5>([[3, 2], [1, 1], [2, 3]]);
    let flat = x.clone().unsqueeze_dim::<5>(2);
    let deep = x.clone().unsqueeze_dim::<5>(3);
    assert_eq!(values(max.forward(x.clone())), values(max_flat.forward(flat.clone())));
    assert_eq!(values(max.forward(x.clone())), values(max_deep.forward(deep.clone())));
    let near = |a: Vec<f32>, b: Vec<f32>| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6);
    assert!(near(values(avg.forward(x.clone())), values(avg_flat.forward(flat))));
    assert!(near(values(avg.forward(x)), values(avg_deep.forward(deep))));
}

#[test]
fn padding_is_never_the_maximum() {
    let x = images([1, 2, 5, 5]);
    for pool in [MaxPool2d::new(3).same(), MaxPool2d::new(3).padding([[2, 0], [1, 2]]), MaxPool2d::new(4).padding(2)] {
        for pool in [pool.stride(2), pool.stride(2).ceil_mode()] {
            let pooled = values(pool.forward(x.clone()));
            assert!(pooled.iter().all(|value| (-3.0..=-1.0).contains(value)), "{pool:?}: {pooled:?}");
        }
    }
}

#[test]
fn partial_windows_count_as_in_torch() {
    let x = sequence(&[1.0, 2.0, 3.0, 4.0, 6.0]);
    let pool = AvgPool1d::new(3).stride(2).padding(1);
    let check = |pool: AvgPool1d, want: &[f32]| {
        let got = values(pool.forward(x.clone()));
        assert!(
            got.len() == want.len() && got.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-6),
            "{pool:?}: {got:?}"
        );
    };
    check(pool, &[1.5, 3.0, 5.0]);
    check(pool.preset(Preset::Torch), &[1.0, 3.0, 10.0 / 3.0]);
    // By stride 4 the last window has 4, 6, one px of padding, and one beyond it that doesn't count.
    let ceil = AvgPool1d::new(4).stride(3).padding(1).ceil_mode();
    check(ceil, &[2.0, 13.0 / 3.0]);
    check(ceil.preset(Preset::Torch), &[1.5, 3.25]);
    check(ceil.stride(4), &[2.0, 5.0]);
    check(ceil.stride(4).preset(Preset::Torch), &[1.5, 10.0 / 3.0]);
    // A window may be larger than the side, if it is partial.
    assert_eq!(values(MaxPool1d::new(7).ceil_mode().forward(x.clone())), [6.0]);
    // One that would start in the padding after the end is left out.
    let sides = |pool: MaxPool1d, side: usize| LayerConfig::from(pool).output(&[Signature::float([1, side])]);
    let pool = MaxPool1d::new(2).stride(2).padding(1);
    assert_eq!(sides(pool.ceil_mode(), 3).unwrap(), Signature::float([1, 2]));
    assert_eq!(sides(pool.ceil_mode(), 4).unwrap(), Signature::float([1, 3]));
}

#[test]
fn windows_whose_px_all_miss_the_picture_are_refused() {
    let layer = LayerConfig::from(MaxPool1d::new(2).dilation(3).padding(1).stride(1));
    let error = layer.output(&[Signature::float([1, 2])]).unwrap_err().to_string();
    assert!(error.contains("every window has a px"), "{error}");
    assert_eq!(layer.output(&[Signature::float([1, 3])]).unwrap(), Signature::float([1, 2]));
    // Sides beyond any picture are no reason to panic.
    let huge = LayerConfig::from(MaxPool1d::new(2).same().dilation(3).ceil_mode());
    assert!(huge.output(&[Signature::float([1, usize::MAX])]).is_ok());
    let empty = LayerConfig::from(MaxPool1d::new(2).padding(1)).output(&[Signature::float([1, 0])]);
    assert!(empty.is_err(), "{empty:?}");
}

#[test]
fn adaptive_windows_are_torchs() {
    let x = Tensor::<1>::from_floats([1.0, 2.0, 4.0, 8.0, 16.0], &device("flex").unwrap());
    let pooled = AdaptiveAvgPool2d::new([3, 1]).forward(x.clone().reshape([1, 1, 5, 1]));
    assert_eq!(values(pooled), [1.5, 14.0 / 3.0, 12.0]);
    // More than there are px.
    let pooled = AdaptiveAvgPool2d::new([1, 7]).forward(x.reshape([1, 1, 1, 5]));
    assert_eq!(values(pooled), [1.0, 1.5, 3.0, 4.0, 6.0, 12.0, 16.0]);
}

#[test]
fn groups_of_channels_may_overlap_and_the_rest_is_left_out() {
    let x = images([2, 5, 2, 3]);
    let pooled = ChannelMaxPool2d::new(2).stride(1).forward(x.clone());
    let want = x.clone().slice([0..2, 0..4]).max_pair(x.clone().slice([0..2, 1..5]));
    assert_eq!(values(pooled), values(want));
    assert_eq!(ChannelMaxPool2d::new(2).forward(x).dims(), [2, 2, 2, 3]);
}

#[test]
fn channels_may_stand_last() {
    let x = images([2, 3, 5, 6]);
    let last = x.clone().permute([0, 2, 3, 1]);
    let back = |x: Tensor<4>| values(x.permute([0, 3, 1, 2]));
    let pool = AvgPool2d::new([2, 3]).padding(1).count_include_pad(true).ceil_mode();
    let pooled = pool.data_format(DataFormat::ChannelsLast).forward(last.clone());
    assert_eq!(back(pooled), values(pool.forward(x.clone())));
    let pool = ChannelMaxPool2d::new(2);
    let pooled = pool.data_format(DataFormat::ChannelsLast).forward(last.clone());
    assert_eq!(back(pooled), values(pool.forward(x.clone())));
    let pool = GlobalAvgPool::new();
    let pooled: Tensor<2> = pool.data_format(DataFormat::ChannelsLast).forward(last);
    let want: Vec<f32> = values(pool.forward::<4, 2>(x));
    assert!(values(pooled).iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-6));
}

#[test]
fn pooling_keeps_the_number_type() {
    let device = device("flex").unwrap();
    let x = Tensor::<5>::ones([1, 2, 4, 4, 4], (&device, DType::F64));
    let pool = AvgPool3d::new(3).stride(2).padding(1).ceil_mode().count_include_pad(true);
    assert_eq!(pool.forward(x.clone()).dtype(), DType::F64);
    assert_eq!(MaxPool3d::new(3).same().forward(x).dtype(), DType::F64);
    let x = Tensor::<4>::ones([1, 2, 4, 4], (&device, DType::F16));
    assert_eq!(AvgPool2d::new(3).same().stride(2).forward(x.clone()).dtype(), DType::F16);
    assert_eq!(values(MaxPool2d::new(3).padding([[1, 0], [0, 1]]).forward(x).cast(DType::F32)), [1.0; 2]);
}

/// Configs that no input fits, with the field that the message names.
pub(super) fn wrong() -> Vec<(LayerConfig, &'static str)> {
    vec![
        (MaxPool1d::new(0).into(), "pool_size"),
        (AvgPool3d::new([2, 0, 2]).into(), "pool_size"),
        (AvgPool2d::new(2).stride([1, 0]).into(), "stride"),
        (MaxPool2d::new(2).dilation([0, 1]).into(), "dilation"),
        (MaxPool2d::new(2).padding([[0, 2], [0, 0]]).into(), "padding"),
        (AvgPool1d::new(3).padding(usize::MAX).into(), "padding"),
        (ChannelMaxPool2d::new(0).into(), "pool_size"),
        (ChannelMaxPool2d::new(2).stride(0).into(), "stride"),
        (AdaptiveAvgPool2d::new([0, 1]).into(), "output_size"),
        (AdaptiveAvgPool2d::new(usize::MAX).into(), "output_size"),
    ]
}

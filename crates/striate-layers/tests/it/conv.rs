//! Convolutions, and layers that look at a picture as they do.

use burn::Tensor;
use burn::module::Module;
use burn::tensor::{Device, TensorData};
use proptest::prelude::*;
use striate_backend::device;
use striate_core::{Scope, Streams};
use striate_layers::{
    Context, Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, Dense, DepthwiseConv1d,
    DepthwiseConv2d, Distance, Initializer, LayerConfig, LayerModule, LayerSpec, LocallyConnected2d, Padding, Preset,
    SeparableConv1d, SeparableConv2d, Signature, Subsampling2d, WeightNorm,
};

use crate::strategies::padding;

fn flex() -> Device {
    device("flex").unwrap()
}

fn scope() -> Scope {
    Streams::new(7).scope("layer")
}

fn values<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    x.into_data().iter::<f32>().collect()
}

/// Numbers without a pattern between -1 and 1.
fn wave<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    let values: Vec<f32> = (0..shape.iter().product()).map(|i: usize| (i as f32 * 1.7 + 0.3).sin()).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

#[track_caller]
fn close(got: &[f32], want: &[f32]) {
    assert_eq!(got.len(), want.len());
    let worst = got.iter().zip(want).map(|(got, want)| (got - want).abs()).fold(0.0, f32::max);
    assert!(worst < 1e-4, "{worst}: {got:?}, not {want:?}");
}

proptest! {
    #[test]
    fn convolution_of_a_sequence_equals_that_of_a_picture_of_one_row_or_column(
        (filters, kernel, stride, dilation) in (1usize..4, 1usize..4, 1usize..4, 1usize..3),
        padding in padding::<1>(),
        length in 7usize..12,
    ) {
        let ends = |flat: bool, padding: Padding<1>| match padding {
            Padding::Explicit([ends]) => Padding::Explicit(if flat { [[0, 0], ends] } else { [ends, [0, 0]] }),
            Padding::Same => Padding::Same,
            Padding::Valid => Padding::Valid,
        };
        let x = wave([2, 2, length], &flex());
        let sequence = Conv1d::new(2 * filters, kernel).stride(stride).dilation(dilation).padding(padding).groups(2);
        let want = sequence.init(2, &scope(), &flex()).forward(x.clone(), &mut Context::evaluation());
        let picture = |flat: bool| {
            let pair = |side: usize| if flat { [1, side] } else { [side, 1] };
            let conv = Conv2d::new(2 * filters, pair(kernel)).stride(pair(stride)).dilation(pair(dilation));
            let conv = conv.padding(ends(flat, padding)).groups(2).init(2, &scope(), &flex());
            let x = x.clone().unsqueeze_dim::<4>(if flat { 2 } else { 3 });
            values(conv.forward(x, &mut Context::evaluation()))
        };
        close(&picture(true), &values(want.clone()));
        close(&picture(false), &values(want));
    }
}

#[test]
fn connection_table_is_kept_in_weights_and_gradients() {
    let device = flex().autodiff();
    let table = [vec![0], vec![1, 2], vec![0, 1, 2]];
    let conv = Conv2d::new(3, 2).connections(table.clone()).kernel_initializer(Initializer::Ones);
    let layer = conv.init(3, &scope(), &device);
    assert_eq!(values(layer.weight.val()).iter().sum::<f32>(), 24.0);
    // Weights outside the table do nothing, whatever they are.
    let free = Conv2d::new(3, 2).kernel_initializer(Initializer::Ones).init(3, &scope(), &device);
    let mut loaded = layer.clone();
    loaded.weight = free.weight;
    let images = wave([2, 3, 4, 4], &device);
    let context = &mut Context::evaluation();
    close(&values(loaded.forward(images.clone(), context)), &values(layer.forward(images.clone(), context)));

    let gradients = loaded.forward(images, context).sum().backward();
    let gradient = values(loaded.weight.val().grad(&gradients).unwrap());
    for (place, gradient) in gradient.chunks(4).enumerate() {
        let connected = table[place / 3].contains(&(place % 3));
        assert!(gradient.iter().all(|value| (*value != 0.0) == connected), "{place}: {gradient:?}");
    }
}

#[test]
fn lenets_third_layer_has_the_papers_connections() {
    // Table I of LeCun et al. 1998: 6 filters see 3 maps, 9 see 4, one sees all; 1,516 trainable numbers with the biases,
    // 151,600 connections with 10x10 outputs.
    let three = (0..6).map(|first| (0..3).map(|map| (first + map) % 6).collect());
    let four = (0..6).map(|first| (0..4).map(|map| (first + map) % 6).collect());
    let split = (0..3).map(|first| [0, 1, 3, 4].map(|map| (first + map) % 6).to_vec());
    let table: Vec<Vec<usize>> = three.chain(four).chain(split).chain([(0..6).collect()]).collect();
    let cost = Conv2d::new(16, 5).connections(table).cost(&[Signature::float([6, 14, 14])]);
    assert_eq!(cost.multiplications, 1_500 * 100);
    assert_eq!(cost.parameters, 1_516);
    assert_eq!(cost.parameters + cost.non_trainable, 16 * 6 * 25 + 16);
}

#[test]
fn transposed_convolution_is_the_gradient_of_the_convolution() {
    let device = flex();
    let context = &mut Context::evaluation();
    // <conv(x), y> equals <x, transposed(y)> with the same weight, whose first two axes have the opposite names.
    macro_rules! check {
        ($conv:expr, $transpose:expr, $x:expr) => {{
            let x = wave($x, &device);
            let conv = $conv.stride(2).padding(1).groups(2).no_bias().init(x.dims()[1], &scope(), &device);
            let y = conv.forward(x.clone(), context);
            let layer = $transpose.stride(2).padding(1).groups(2).output_padding(1).no_bias();
            let mut layer = layer.init(y.dims()[1], &scope(), &device);
            layer.weight = conv.weight.clone();
            let y = wave(y.dims(), &device);
            let left = (conv.forward(x.clone(), context) * y.clone()).sum();
            let right = (layer.forward(y, context) * x).sum();
            close(&values(left), &values(right));
        }};
    }
    check!(Conv1d::new(6, 3), ConvTranspose1d::new(4, 3), [2, 4, 8]);
    check!(Conv2d::new(6, [3, 3]), ConvTranspose2d::new(4, [3, 3]), [2, 4, 8, 6]);
    check!(Conv3d::new(6, 3), ConvTranspose3d::new(4, 3), [2, 4, 4, 6, 8]);
}

#[test]
fn transposed_convolution_has_keras_sides() {
    let side = |layer: ConvTranspose1d| {
        let output = LayerConfig::from(layer).output(&[Signature::float([1, 4])]).unwrap();
        output.shape.sides()[1].unwrap()
    };
    let layer = |kernel: usize, stride: usize| ConvTranspose1d::new(1, kernel).stride(stride);
    assert_eq!(side(layer(3, 2)), 9);
    assert_eq!(side(layer(2, 3)), 12);
    assert_eq!(side(layer(3, 2).same()), 8);
    assert_eq!(side(layer(3, 2).output_padding(1)), 10);
    // (4 - 1) * stride + extent % 2 + output_padding.
    assert_eq!(side(layer(3, 3).same().output_padding(0)), 10);
    assert_eq!(side(layer(4, 3).same().output_padding(1)), 10);
    // PyTorch: (4 - 1) * 2 - 2 * 1 + 2 * (3 - 1) + 1 + 1.
    assert_eq!(side(layer(3, 2).padding(1).dilation(2).output_padding(1)), 10);
}

#[test]
fn keras_same_cuts_the_full_result_in_the_middle() {
    let device = flex();
    let layer = ConvTranspose1d::new(1, 5).stride(2).no_bias();
    let x = wave([1, 1, 4], &device);
    let context = &mut Context::evaluation();
    let full = values(layer.init(1, &scope(), &device).forward(x.clone(), context));
    assert_eq!(full.len(), 11);
    // 3 px go: one before, two after.
    close(&values(layer.clone().same().init(1, &scope(), &device).forward(x.clone(), context)), &full[1..9]);
    // 4 px go with an output side of 7.
    let shorter = layer.same().output_padding(0).init(1, &scope(), &device);
    close(&values(shorter.forward(x, context)), &full[2..9]);
}

#[test]
fn unequal_cuts_of_a_transposed_convolution_are_made_at_the_right_ends() {
    let device = flex();
    let layer = ConvTranspose1d::new(2, 4).stride(3).dilation(2);
    let x = wave([1, 2, 3], &device);
    let run = |layer: ConvTranspose1d| {
        let layer = layer.bias_initializer(Initializer::Constant { value: 0.5 }).init(2, &scope(), &device);
        layer.forward(x.clone(), &mut Context::evaluation())
    };
    let full = run(layer.clone());
    assert_eq!(full.dims(), [1, 2, 13]);
    for [before, after] in [[0, 3], [3, 0], [2, 5]] {
        let cut = run(layer.clone().padding([[before, after]]));
        close(&values(cut), &values(full.clone().narrow(2, before, 13 - before - after)));
    }
}

#[test]
fn separable_convolution_is_two_convolutions() {
    let device = flex();
    let x = wave([2, 3, 6, 5], &device);
    let context = &mut Context::evaluation();
    let layer = SeparableConv2d::new(4, 3).depth_multiplier(2).same().stride(2).init(3, &scope(), &device);
    let mut first = DepthwiseConv2d::new(3).depth_multiplier(2).same().stride(2).no_bias().init(3, &scope(), &device);
    let mut second = Conv2d::new(4, 1).init(6, &scope(), &device);
    first.weight = layer.depthwise_weight.clone();
    second.weight = layer.pointwise_weight.clone();
    let want = second.forward(first.forward(x.clone(), context), context);
    close(&values(layer.forward(x, context)), &values(want));
}

#[test]
fn channels_last_is_channels_first_turned() {
    let device = flex();
    let x = wave([2, 3, 5, 6], &device);
    let layers: [LayerConfig; 6] = [
        SeparableConv2d::new(2, 3).into(),
        DepthwiseConv2d::new(3).depth_multiplier(2).into(),
        ConvTranspose2d::new(2, 3).stride(2).same().into(),
        LocallyConnected2d::new(2, 3).same().into(),
        Subsampling2d::new(2).into(),
        WeightNorm::new(Conv2d::new(2, 3)).into(),
    ];
    for first in layers {
        let mut json = serde_json::to_value(&first).unwrap();
        let config = if json.get("layer").is_some() { &mut json["layer"] } else { &mut json };
        config["data_format"] = "channels_last".into();
        let last: LayerConfig = serde_json::from_value(json).unwrap();
        let run = |layer: &LayerConfig, x: Tensor<4>| {
            let inputs = [striate_layers::Value::from(x.clone()).signature()];
            layer.output(&inputs).unwrap();
            let module = layer.build(&inputs, &scope(), &device);
            module.call(vec![x.into()], &mut Context::evaluation()).float::<4>()
        };
        let turned = run(&last, x.clone().permute([0, 2, 3, 1])).permute([0, 3, 1, 2]);
        close(&values(turned), &values(run(&first, x.clone())));
    }
}

#[test]
fn locally_connected_layer_with_equal_weights_is_a_convolution() {
    let device = flex();
    let x = wave([2, 3, 6, 7], &device);
    let conv = Conv2d::new(4, [2, 3]).stride([1, 2]).padding([[1, 0], [2, 1]]).init(3, &scope(), &device);
    let layer = LocallyConnected2d::new(4, [2, 3]).stride([1, 2]).padding([[1, 0], [2, 1]]);
    let mut layer = layer.build(&[Signature::float([3, 6, 7])], &scope(), &device);
    let places = layer.weight.dims()[0];
    let weight = conv.weight.val().reshape([1, 4, 18]).repeat_dim(0, places);
    layer.weight = layer.weight.map(|_| weight);
    let context = &mut Context::evaluation();
    close(&values(layer.forward(x.clone(), context)), &values(conv.forward(x, context)));
}

#[test]
fn normalized_weight_begins_as_the_layer_draws_it() {
    let device = flex();
    let conv = Conv2d::new(4, 3).preset(Preset::Torch);
    let plain = conv.init(3, &scope(), &device);
    for norm_dim in [Some(0), Some(1), None] {
        let layer = WeightNorm::new(conv.clone()).norm_dim(norm_dim);
        let layer = layer.build(&[Signature::float([3, 5, 5])], &scope(), &device);
        close(&values(layer.weight()), &values(plain.weight.val()));
        // A direction of any length is the same weight.
        let mut longer = layer.clone();
        longer.weight_v = longer.weight_v.map(|weight| weight * 1e4);
        close(&values(longer.weight()), &values(plain.weight.val()));
    }
    let dense = Dense::new(3);
    let layer = WeightNorm::new(dense.clone()).build(&[Signature::float([5])], &scope(), &device);
    let x = wave([4, 5], &device);
    let context = &mut Context::evaluation();
    let want = dense.init(5, &scope(), &device).forward(x.clone(), context);
    close(&values(layer.forward(x, context).float::<2>()), &values(want));
}

#[test]
fn subsampling_adds_up_its_windows() {
    let device = flex();
    let layer = Subsampling2d::new(2)
        .coefficient_initializer(Initializer::Constant { value: 0.5 })
        .bias_initializer(Initializer::Constant { value: 3.0 });
    let x = Tensor::<1>::from_floats(std::array::from_fn::<f32, 18, _>(|i| i as f32), &device).reshape([1, 1, 3, 6]);
    let layer = layer.init(1, &scope(), &device);
    assert_eq!(layer.num_params(), 2);
    // 0 + 1 + 6 + 7 = 14; the third row has no window.
    close(&values(layer.forward(x, &mut Context::evaluation())), &[10.0, 14.0, 18.0]);
}

#[test]
fn distance_is_exact_near_its_points() {
    let device = flex();
    let mut layer = Distance::new(2).init(3, &scope(), &device);
    layer.weight = layer.weight.map(|_| Tensor::from_floats([[1e4, -1.0, 1.0], [0.0, 0.0, 0.0]], &device));
    let x = Tensor::<2>::from_floats([[1e4, -1.0, 1.5], [0.0, 2.0, -3.0]], &device);
    let got = values(layer.forward(x));
    assert_eq!(got[..2], [0.25, 1e8 + 3.25]);
    assert_eq!(got[3], 13.0);
}

#[test]
fn pictures_that_dont_fit_are_refused() {
    // The layer, the picture's sides, and a part of the message.
    let cases: [(LayerConfig, &[usize], &str); 12] = [
        (Conv2d::new(2, 3).connections([vec![0], vec![3]]).into(), &[3, 8, 8], "channel 3"),
        (Conv2d::new(2, 3).into(), &[0, 8, 8], "at least one channel"),
        (Conv2d::new(usize::MAX, 3).into(), &[3, 8, 8], "2^32"),
        (DepthwiseConv2d::new(3).depth_multiplier(usize::MAX).into(), &[3, 8, 8], "2^32"),
        (DepthwiseConv2d::new(9).into(), &[3, 8, 8], "9x9"),
        (SeparableConv2d::new(2, 3).into(), &[8, 8], "add a channel axis"),
        (ConvTranspose2d::new(2, 3).padding(4).into(), &[3, 4, 4], "less padding"),
        (ConvTranspose2d::new(2, 2).same().output_padding(0).into(), &[3, 1, 1], "less padding"),
        (ConvTranspose2d::new(2, 2).groups(2).into(), &[3, 8, 8], "groups divide"),
        (ConvTranspose2d::new(2, 2).stride(9).into(), &[3, usize::MAX, 8], "less padding"),
        (LocallyConnected2d::new(64, 3).into(), &[64, 8000, 8000], "2^32"),
        (Distance::new(2).into(), &[0], "features"),
    ];
    for (layer, sides, part) in cases {
        let sides = striate_layers::Shape::new(sides.iter().copied().map(Some));
        let error = layer.output(&[Signature::float(sides)]).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
    let open = Signature::float([Some(3), None, Some(8)]);
    assert!(LocallyConnected2d::new(2, 3).output(&[open]).unwrap_err().to_string().contains("fixed input size"));
}

/// Configs that no input fits, and the field that the message names.
pub(super) fn wrong() -> Vec<(LayerConfig, &'static str)> {
    let nan = Initializer::Constant { value: f32::NAN };
    vec![
        (Conv2d::new(0, 3).into(), "`filters`"),
        (Conv2d::new(2, 3).connections([vec![0]]).into(), "`connections`"),
        (Conv2d::new(2, 3).connections([vec![0], vec![]]).into(), "`connections`"),
        (Conv2d::new(2, 3).connections([vec![0], vec![1, 1]]).into(), "`connections`"),
        (Conv2d::new(2, 3).groups(2).connections([vec![0], vec![1]]).into(), "`groups`"),
        (SeparableConv1d::new(0, 3).into(), "`filters`"),
        (SeparableConv2d::new(2, 3).depth_multiplier(0).into(), "`depth_multiplier`"),
        (SeparableConv2d::new(2, 3).pointwise_initializer(nan).into(), "`pointwise_weight`"),
        (DepthwiseConv1d::new(0).into(), "`kernel_size`"),
        (DepthwiseConv2d::new(3).depth_multiplier(0).into(), "`depth_multiplier`"),
        (DepthwiseConv2d::new(3).dilation([1, 0]).into(), "`dilation`"),
        (ConvTranspose1d::new(2, 3).stride(0).into(), "`stride`"),
        (ConvTranspose2d::new(3, 3).groups(2).into(), "`groups`"),
        (ConvTranspose2d::new(2, 3).padding(1).output_padding(1).into(), "`output_padding`"),
        (ConvTranspose2d::new(2, 3).stride([2, 1]).same().output_padding(1).into(), "`output_padding`"),
        (ConvTranspose3d::new(2, 3).stride(1 << 20).into(), "`stride`"),
        (ConvTranspose3d::new(2, usize::MAX).dilation(3).into(), "`kernel_size`"),
        (LocallyConnected2d::new(2, [3, 0]).into(), "`kernel_size`"),
        (WeightNorm::new(Conv2d::new(2, 3)).norm_dim(Some(4)).into(), "`norm_dim`"),
        (WeightNorm::new(Conv2d::new(2, 3).kernel_initializer(Initializer::Zeros)).into(), "`layer.kernel`"),
        (WeightNorm::new(Dense::new(0)).into(), "`units`"),
        (Subsampling2d::new(0).into(), "`pool_size`"),
        (Subsampling2d::new(2).stride([0, 1]).into(), "`stride`"),
        (Subsampling2d::new(2).coefficient_initializer(nan).into(), "`weight`"),
        (Distance::new(0).into(), "`units`"),
    ]
}

#[test]
fn fixed_distances_have_no_gradient_and_count_as_not_trained() {
    let layer = Distance::new(2).fixed();
    let module = layer.init(3, &scope(), &flex().autodiff());
    let x = Tensor::<2>::ones([1, 3], &flex().autodiff()).require_grad();
    let gradients = module.forward(x.clone()).sum().backward();
    assert!(x.grad(&gradients).is_some());
    assert!(module.weight.val().grad(&gradients).is_none());
    let cost = layer.cost(&[Signature::float([3])]);
    assert_eq!((cost.parameters, cost.non_trainable), (0, 6));
}

//! Activations, PReLU and embeddings.

use burn::Tensor;
use burn::tensor::{Device, Int};
use striate_backend::{device, devices};
use striate_core::Streams;
use striate_layers::{
    Activation, Conv2d, DataFormat, Dense, Embedding, LayerConfig, LayerModule, Prelu, Preset, Signature,
};

const ALL: [Activation; 19] = [
    Activation::Linear,
    Activation::Relu,
    Activation::Relu6,
    Activation::LeakyRelu { negative_slope: 0.3 },
    Activation::Elu { alpha: 1.5 },
    Activation::Selu,
    Activation::Sigmoid,
    Activation::HardSigmoid,
    Activation::Tanh,
    Activation::ScaledTanh { amplitude: 1.7159, slope: 2.0 / 3.0 },
    Activation::Softplus,
    Activation::Softsign,
    Activation::Swish,
    Activation::HardSwish,
    Activation::Mish,
    Activation::Gelu { approximate: false },
    Activation::Gelu { approximate: true },
    Activation::Softmax { axis: -1 },
    Activation::Heaviside { value_at_zero: 0.5 },
];

fn numbers<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    x.into_data().iter::<f32>().collect()
}

/// Values and gradients of the sum.
fn run(function: Activation, x: &[f32], device: &Device) -> [Vec<f32>; 2] {
    let x = Tensor::<1>::from_floats(x, &device.clone().autodiff()).require_grad();
    let y = function.forward(x.clone());
    let gradients = y.clone().sum().backward();
    [numbers(y), numbers(x.grad(&gradients).expect("the gradient is there, if only 0"))]
}

#[test]
fn large_inputs_give_finite_values_and_gradients() {
    let x = [-1e4, -200.0, -90.0, -20.0, 0.0, 20.0, 90.0, 200.0, 1e4];
    for (name, device) in devices() {
        for function in ALL.into_iter().chain([Activation::log_softmax()]) {
            let [y, gradient] = run(function, &x, &device);
            assert!(y.iter().chain(&gradient).all(|v| v.is_finite()), "{name} {function:?}: {y:?} {gradient:?}");
        }
        // Beyond their bend they are x or 0.
        for function in [Activation::Softplus, Activation::Swish, Activation::Mish, Activation::gelu()] {
            let [y, gradient] = run(function, &[-1e4, 1e4], &device);
            assert_eq!((y, gradient), (vec![0.0, 1e4], vec![0.0, 1.0]), "{name} {function:?}");
        }
    }
}

#[test]
fn gradients_at_the_bends_are_those_of_the_libraries() {
    // Of torch.nn.functional: one side's at each bend.
    let cases = [
        (Activation::Relu, vec![(0.0, 0.0)]),
        (Activation::Relu6, vec![(0.0, 0.0), (6.0, 0.0), (3.0, 1.0)]),
        (Activation::leaky_relu(), vec![(0.0, 0.3), (1.0, 1.0)]),
        (Activation::Elu { alpha: 2.0 }, vec![(0.0, 2.0)]),
        (Activation::HardSigmoid, vec![(-3.0, 0.0), (3.0, 0.0), (0.0, 1.0 / 6.0)]),
        (Activation::Softsign, vec![(0.0, 1.0)]),
        (Activation::Softplus, vec![(0.0, 0.5)]),
        (Activation::heaviside(), vec![(-1.0, 0.0), (0.0, 0.0), (1.0, 0.0)]),
    ];
    for (name, device) in devices() {
        for (function, points) in &cases {
            let (x, want): (Vec<f32>, Vec<f32>) = points.iter().copied().unzip();
            let [_, gradient] = run(*function, &x, &device);
            let near = gradient.iter().zip(&want).all(|(got, want)| (got - want).abs() < 1e-6);
            assert!(near, "{name} {function:?}: {gradient:?}, not {want:?}");
        }
    }
}

#[test]
fn a_bare_name_has_the_constructors_numbers() {
    let read = |json: &str| serde_json::from_str::<Activation>(json);
    let cases = [
        (r#""leaky_relu""#, Activation::leaky_relu()),
        (r#""softmax""#, Activation::softmax()),
        (r#"{"softmax": {}}"#, Activation::softmax()),
        (r#"{"softmax": {"axis": 1}}"#, Activation::Softmax { axis: 1 }),
        (r#"{"scaled_tanh": {"amplitude": 1}}"#, Activation::ScaledTanh { amplitude: 1.0, slope: 2.0 / 3.0 }),
        (r#""silu""#, Activation::Swish),
        (r#""step""#, Activation::heaviside()),
        (r#""gelu""#, Activation::gelu()),
        (r#""relu6""#, Activation::Relu6),
    ];
    for (json, want) in cases {
        assert_eq!(read(json).unwrap(), want, "{json}");
    }
    for wrong in [r#""relo""#, r#"{"relu": {"slope": 1}}"#, r#"{"softmax": {"axes": 1}}"#, "1", "{}", "[]"] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
    let unknown = read(r#""relo""#).unwrap_err().to_string();
    assert!(unknown.contains("relo") && unknown.contains("leaky_relu"), "{unknown}");
    let dense = r#"{"kind": "dense", "units": 3, "activation": "softmax"}"#;
    let want = Dense::new(3).activation(Activation::softmax());
    assert_eq!(serde_json::from_str::<LayerConfig>(dense).unwrap(), want.into());
}

#[test]
fn an_axis_that_is_not_there_is_refused_wherever_the_activation_stands() {
    let softmax = Activation::Softmax { axis: 4 };
    let layers: [LayerConfig; 3] =
        [softmax.into(), Conv2d::new(2, 1).activation(softmax).into(), Dense::new(2).activation(softmax).into()];
    for layer in layers {
        let error = layer.output(&[Signature::float([3, 4, 4])]).unwrap_err().to_string();
        assert!(error.contains("axis 4"), "{error}");
    }
    assert!(LayerConfig::from(Activation::Softmax { axis: -4 }).output(&[Signature::float([3, 4, 4])]).is_ok());
}

#[test]
fn softmax_of_a_channels_last_convolution_is_over_the_channels() {
    let device = device("flex").unwrap();
    let conv = Conv2d::new(3, 1).data_format(DataFormat::ChannelsLast).activation(Activation::softmax());
    let layer = conv.init(2, &Streams::new(1).scope("conv"), &device);
    let images = Tensor::<4>::ones([1, 4, 5, 2], &device);
    let sums = layer.forward(images, &mut striate_layers::Context::evaluation()).sum_dim(3);
    assert!(numbers(sums).iter().all(|sum| (sum - 1.0).abs() < 1e-6));
}

#[test]
fn prelu_scales_each_channel_by_its_own_slope() {
    let device = device("flex").unwrap();
    let mut layer = Prelu::new(2).preset(Preset::Torch).init(&Streams::new(1).scope("prelu"), &device);
    let x = Tensor::<3>::from_floats([[[-4.0, 4.0], [-8.0, 8.0]]], &device);
    assert_eq!(numbers(layer.forward(x.clone())), [-1.0, 4.0, -2.0, 8.0]);
    layer.weight = layer.weight.map(|_| Tensor::from_floats([0.5, 1.0], &device));
    assert_eq!(numbers(layer.forward(x)), [-2.0, 4.0, -8.0, 8.0]);
    let error = LayerConfig::from(Prelu::new(2)).output(&[Signature::float([3, 4])]).unwrap_err();
    assert!(error.to_string().contains("2 channels"), "{error}");
}

fn embed(embedding: Embedding, ids: Vec<i64>) -> Vec<f32> {
    let device = device("flex").unwrap();
    let layer = embedding.init(&Streams::new(1).scope("embedding"), &device);
    let ids = Tensor::<1, Int>::from_ints(ids.as_slice(), &device);
    numbers(layer.call(vec![ids.into()], &mut striate_layers::Context::evaluation()).float::<2>())
}

#[test]
fn embedding_starts_in_the_libraries_ranges_with_zeros_for_padding() {
    let vectors = embed(Embedding::new(50, 4).padding_idx(1), (0..50).collect());
    assert_eq!(vectors[4..8], [0.0; 4]);
    assert!(vectors[..4].iter().chain(&vectors[8..]).all(|v| v.abs() <= 0.05 && *v != 0.0));
    let vectors = embed(Embedding::new(50, 40).preset(Preset::Torch), (0..50).collect());
    let variance = vectors.iter().map(|v| v * v).sum::<f32>() / 2000.0;
    // Five standard errors.
    assert!((variance - 1.0).abs() < 5.0 * (2.0f32 / 2000.0).sqrt(), "{variance}");
}

#[test]
fn embedding_of_a_number_that_it_has_not_is_nan() {
    let vectors = embed(Embedding::new(3, 2), vec![3, 0, -1]);
    let is_nan: Vec<bool> = vectors.iter().map(|value| value.is_nan()).collect();
    assert_eq!(is_nan, [true, true, false, false, true, true]);
}

/// Wrong configs, each with a word of its message.
pub(super) fn wrong() -> Vec<(LayerConfig, &'static str)> {
    vec![
        (Activation::LeakyRelu { negative_slope: f64::NAN }.into(), "activation"),
        (Activation::Elu { alpha: f64::INFINITY }.into(), "activation"),
        (Activation::ScaledTanh { amplitude: 1.0, slope: f64::NAN }.into(), "activation"),
        (Activation::Heaviside { value_at_zero: f64::NAN }.into(), "activation"),
        (Dense::new(1).activation(Activation::Elu { alpha: f64::NAN }).into(), "activation"),
        (Prelu::new(0).into(), "num_parameters"),
        (Embedding::new(0, 1).into(), "num_embeddings"),
        (Embedding::new(1, 0).into(), "embedding_dim"),
        (Embedding::new(usize::MAX, usize::MAX).into(), "num_embeddings"),
        (Embedding::new(5, 2).padding_idx(5).into(), "padding_idx"),
    ]
}

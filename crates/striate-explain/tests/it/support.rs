//! What several tests share.

use burn::Tensor;
use burn::tensor::{Device, TensorData};
use striate_core::Streams;
use striate_explain::Explainer;
use striate_layers::{Activation, AvgPool2d, Conv2d, Dense, Flatten, GlobalAvgPool, LayerConfig, MaxPool2d};
use striate_network::{Network, NetworkSpec};

pub(crate) fn flex() -> Device {
    striate_backend::device("flex").unwrap()
}

pub(crate) fn tensor<const D: usize>(values: Vec<f32>, sides: [usize; D]) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, sides), &flex())
}

pub(crate) fn floats<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

/// A picture of even noise in `[0, 1]`.
pub(crate) fn noise(sides: [usize; 3], seed: u64) -> Tensor<3> {
    let mut stream = Streams::new(seed).open("picture");
    tensor((0..sides.iter().product()).map(|_| stream.uniform()).collect(), sides)
}

/// The score of a class by the network alone.
pub(crate) fn score(network: &Network, image: &Tensor<3>, class: usize) -> f32 {
    floats(network.forward::<4, 2>(image.clone().unsqueeze_dim(0)))[class]
}

/// Two convolutions and two dense layers with this activation, for pictures of 2x9x11. Its maxima have kinks, whatever the
/// activation.
pub(crate) fn small(activation: Activation) -> Network {
    network("small", MaxPool2d::new(2).into(), activation)
}

/// The same with means for the maxima: smooth if the activation is, so that differences tell its gradients.
pub(crate) fn smooth(activation: Activation) -> Network {
    network("smooth", AvgPool2d::new(2).into(), activation)
}

fn network(name: &str, pool: LayerConfig, activation: Activation) -> Network {
    let mut net = NetworkSpec::builder(name);
    let images = net.input("images", [2, 9, 11]);
    let x = net.add("conv1", Conv2d::new(4, 3).same().activation(activation), images);
    let x = net.add("pool1", pool, x);
    let x = net.add("conv2", Conv2d::new(6, 3).same().activation(activation), x);
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("fc1", Dense::new(8).activation(activation), x);
    let x = net.add("fc2", Dense::new(5), x);
    net.output(x).build().unwrap().init(7, &flex())
}

/// One convolution whose maps are averaged, and three classes.
pub(crate) fn averaged() -> Network {
    let mut net = NetworkSpec::builder("averaged");
    let images = net.input("images", [Some(1), None, None]);
    let x = net.add("conv", Conv2d::new(3, 3).same().activation(Activation::Relu), images);
    let x = net.add("pool", GlobalAvgPool::new(), x);
    let x = net.add("fc", Dense::new(3), x);
    net.output(x).build().unwrap().init(11, &flex())
}

pub(crate) fn explainer(network: &Network) -> Explainer {
    Explainer::new(network).unwrap()
}

#[track_caller]
pub(crate) fn assert_near(got: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(got.len(), expected.len());
    for (place, (got, expected)) in got.iter().zip(expected).enumerate() {
        assert!((got - expected).abs() <= tolerance, "{got}, not {expected}, at {place}");
    }
}

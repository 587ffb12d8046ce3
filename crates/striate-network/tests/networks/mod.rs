//! The networks of `tests/pytorch/make.py`, and its files.

use std::path::PathBuf;

use burn::Tensor;
use burn::tensor::{Device, Int, TensorData};
use striate_layers::{
    Activation, Add, AvgPool2d, BatchNorm, Bidirectional, Concatenate, Context, Conv2d, ConvTranspose2d, Dense,
    Embedding, Flatten, GlobalAvgPool, Gru, Lstm, Prelu, Preset, Value,
};
use striate_network::formats::WeightsFile;
use striate_network::{Builder, Network, NetworkSpec, Node};

/// A file that PyTorch wrote.
pub(crate) fn file(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pytorch")).join(name)
}

/// The three networks by name.
pub(crate) fn networks() -> [(&'static str, NetworkSpec); 3] {
    [("lenet5", lenet5()), ("residual", residual()), ("mixed", mixed())]
}

fn lenet5() -> NetworkSpec {
    let mut net = NetworkSpec::builder("lenet5");
    let images = net.input("images", [1, 28, 28]);
    let x = net.add("conv1", Conv2d::new(6, 5).padding(2).activation(Activation::Tanh), images);
    let x = net.add("pool1", AvgPool2d::new(2), x);
    let x = net.add("conv2", Conv2d::new(16, 5).activation(Activation::Tanh), x);
    let x = net.add("pool2", AvgPool2d::new(2), x);
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("fc1", Dense::new(32).activation(Activation::Tanh), x);
    let x = net.add("fc2", Dense::new(10), x);
    net.output(x).build().unwrap()
}

fn residual() -> NetworkSpec {
    let mut net = NetworkSpec::builder("residual");
    let images = net.input("images", [3, 19, 22]);
    let conv = |channels: usize, kernel: usize, stride: usize| {
        Conv2d::new(channels, kernel).stride(stride).padding(kernel / 2).no_bias()
    };
    let norm = || BatchNorm::new().preset(Preset::Torch);
    let x = net.add("conv1", conv(8, 3, 2), images);
    let x = net.add("bn1", norm(), x);
    let mut x = net.add("relu", Activation::Relu, x);
    let block = |net: &mut Builder, name: &str, channels: usize, stride: usize, x: Node| {
        let y = net.add(format!("{name}.conv1"), conv(channels, 3, stride), x);
        let y = net.add(format!("{name}.bn1"), norm(), y);
        let y = net.add(format!("{name}.relu1"), Activation::Relu, y);
        let y = net.add(format!("{name}.conv2"), conv(channels, 3, 1).groups(4), y);
        let y = net.add(format!("{name}.bn2"), norm(), y);
        let x = net.add(format!("{name}.downsample.0"), conv(channels, 1, stride), x);
        let x = net.add(format!("{name}.downsample.1"), norm(), x);
        let x = net.add(format!("{name}.add"), Add::new(), [x, y]);
        net.add(format!("{name}.relu2"), Activation::Relu, x)
    };
    x = block(&mut net, "layer1.0", 16, 2, x);
    x = block(&mut net, "layer1.1", 24, 1, x);
    let x = net.add("pool", GlobalAvgPool::new(), x);
    let x = net.add("fc", Dense::new(7), x);
    net.output(x).build().unwrap()
}

fn mixed() -> NetworkSpec {
    let mut net = NetworkSpec::builder("mixed");
    let picture = net.input("picture", [2, 5, 4]);
    let words = net.int_input("ids", [6]);
    let x = net.add("up", ConvTranspose2d::new(6, 3).stride(2).padding(1), picture);
    let x = net.add("act", Prelu::new(6), x);
    let x = net.add("pool", GlobalAvgPool::new(), x);
    let lstm = Lstm::new(4).preset(Preset::Torch).return_sequences();
    let y = net.add("words", Embedding::new(20, 5), words);
    let y = net.add("lstm", Bidirectional::new(lstm), y);
    let y = net.add("gru", Gru::new(6).preset(Preset::Torch), y);
    let x = net.add("concatenate", Concatenate::new(), [x, y]);
    let x = net.add("fc", Dense::new(3), x);
    net.output(x).build().unwrap()
}

/// The largest difference between the network's outputs and PyTorch's on the inputs that it wrote.
pub(crate) fn difference(name: &str, network: &Network, device: &Device) -> f32 {
    let mut run = WeightsFile::open(&file(&format!("{name}.run.safetensors"))).unwrap();
    let signatures = network.spec().input_signatures();
    let inputs: Vec<Value> = (0..signatures.len())
        .map(|number| {
            let data = run.read(&format!("input{number}")).unwrap();
            match data.shape().as_slice().len() {
                2 => Tensor::<2, Int>::from_data(data, device).into(),
                _ => Tensor::<4>::from_data(data, device).into(),
            }
        })
        .collect();
    let output = network.run(inputs, &mut Context::evaluation()).unwrap().remove(0).float::<2>().into_data();
    largest_difference(&output, &run.read("output").unwrap())
}

fn largest_difference(got: &TensorData, want: &TensorData) -> f32 {
    assert_eq!(got.shape(), want.shape());
    got.iter::<f32>().zip(want.iter::<f32>()).fold(0.0, |largest, (got, want)| largest.max((got - want).abs()))
}

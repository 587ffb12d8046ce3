//! Networks of different kinds.

use striate_layers::{
    Activation, Add, Average, AvgPool2d, BatchNorm, Concatenate, Conv2d, ConvTranspose2d, Cropping2d, Dense,
    DepthwiseConv2d, Dropout, Flatten, GaussianNoise, GlobalAvgPool, GroupNorm, InstanceNorm, LocalResponseNorm,
    MaxPool2d, Maximum, Multiply, Prelu, SeparableConv2d, SpatialDropout, Subtract, Upsample2d, ZeroPadding2d,
};
use striate_network::{Builder, NetworkSpec, Node};

/// Each network with a batch at which activations are most of the memory. The rules were found on single layers and on the
/// networks before `unet`; that and `densenet` check them.
pub(crate) fn all() -> Vec<(NetworkSpec, usize)> {
    vec![
        (lenet5(), 128),
        (cifar10(), 64),
        (vgg(), 32),
        (resnet(), 32),
        (xception(), 32),
        (inception(), 32),
        (mobilenet(), 32),
        (activations(), 32),
        (mixed(), 32),
        (unet(), 16),
        (densenet(), 32),
    ]
}

fn relu(filters: usize, size: usize) -> Conv2d {
    Conv2d::new(filters, size).same().activation(Activation::Relu)
}

/// A convolution without bias, a batch norm and an activation, each a layer.
fn normed(net: &mut Builder, name: &str, conv: Conv2d, x: Node) -> Node {
    let x = net.add(name, conv.same().no_bias(), x);
    let x = net.add(format!("{name}_norm"), BatchNorm::new(), x);
    net.add(format!("{name}_relu"), Activation::Relu, x)
}

fn lenet5() -> NetworkSpec {
    let mut net = NetworkSpec::builder("lenet5");
    let x = net.input("images", [1, 28, 28]);
    let x = net.add("conv1", Conv2d::new(6, 5).same().activation(Activation::Tanh), x);
    let x = net.add("pool1", AvgPool2d::new(2), x);
    let x = net.add("conv2", Conv2d::new(16, 5).activation(Activation::Tanh), x);
    let x = net.add("pool2", AvgPool2d::new(2), x);
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("fc1", Dense::new(120).activation(Activation::Tanh), x);
    let x = net.add("fc2", Dense::new(84).activation(Activation::Tanh), x);
    let x = net.add("fc3", Dense::new(10), x);
    net.output(x).build().unwrap()
}

fn cifar10() -> NetworkSpec {
    let mut net = NetworkSpec::builder("cifar10");
    let mut x = net.input("images", [3, 32, 32]);
    for (block, filters) in [32, 64, 64].into_iter().enumerate() {
        x = net.add(format!("conv{block}a"), relu(filters, 3), x);
        x = net.add(format!("conv{block}b"), Conv2d::new(filters, 3).activation(Activation::Relu), x);
        x = net.add(format!("pool{block}"), MaxPool2d::new(2), x);
        x = net.add(format!("dropout{block}"), Dropout::new(0.25), x);
    }
    x = net.add("flatten", Flatten::new(), x);
    x = net.add("fc1", Dense::new(512).activation(Activation::Relu), x);
    x = net.add("dropout", Dropout::new(0.5), x);
    x = net.add("fc2", Dense::new(10).activation(Activation::Softmax { axis: -1 }), x);
    net.output(x).build().unwrap()
}

fn vgg() -> NetworkSpec {
    let mut net = NetworkSpec::builder("vgg");
    let mut x = net.input("images", [3, 48, 48]);
    for (stage, filters) in [32, 64, 96].into_iter().enumerate() {
        for part in ["a", "b"] {
            x = normed(&mut net, &format!("conv{stage}{part}"), Conv2d::new(filters, 3), x);
        }
        x = net.add(format!("pool{stage}"), MaxPool2d::new(2), x);
    }
    x = net.add("flatten", Flatten::new(), x);
    x = net.add("fc1", Dense::new(64).activation(Activation::Relu), x);
    x = net.add("fc2", Dense::new(10), x);
    net.output(x).build().unwrap()
}

fn resnet() -> NetworkSpec {
    let mut net = NetworkSpec::builder("resnet");
    let x = net.input("images", [3, 64, 64]);
    let mut x = normed(&mut net, "stem", Conv2d::new(32, 7).stride(2), x);
    x = net.add("stem_pool", MaxPool2d::new(3).stride(2).same(), x);
    for (stage, filters) in [32, 64, 128].into_iter().enumerate() {
        for unit in 0..2 {
            let name = format!("stage{stage}_unit{unit}");
            let stride = if stage > 0 && unit == 0 { 2 } else { 1 };
            let main = normed(&mut net, &format!("{name}_a"), Conv2d::new(filters, 3).stride(stride), x);
            let main = net.add(format!("{name}_b"), Conv2d::new(filters, 3).same().no_bias(), main);
            let main = net.add(format!("{name}_b_norm"), BatchNorm::new(), main);
            let skip = match stride {
                1 => x,
                _ => {
                    let conv = Conv2d::new(filters, 1).stride(stride).same().no_bias();
                    let skip = net.add(format!("{name}_skip"), conv, x);
                    net.add(format!("{name}_skip_norm"), BatchNorm::new(), skip)
                }
            };
            x = net.add(format!("{name}_add"), Add::new(), [main, skip]);
            x = net.add(format!("{name}_relu"), Activation::Relu, x);
        }
    }
    x = net.add("pool", GlobalAvgPool::new(), x);
    x = net.add("fc", Dense::new(10), x);
    net.output(x).build().unwrap()
}

fn xception() -> NetworkSpec {
    let mut net = NetworkSpec::builder("xception");
    let x = net.input("images", [3, 64, 64]);
    let x = normed(&mut net, "conv1", Conv2d::new(16, 3).stride(2), x);
    let mut x = normed(&mut net, "conv2", Conv2d::new(32, 3), x);
    for filters in [64, 128] {
        let before = x;
        for part in ["a", "b"] {
            let name = format!("block{filters}{part}");
            x = net.add(format!("{name}_relu"), Activation::Relu, x);
            x = net.add(name.clone(), SeparableConv2d::new(filters, 3).same(), x);
            x = net.add(format!("{name}_norm"), BatchNorm::new(), x);
        }
        x = net.add(format!("block{filters}_pool"), MaxPool2d::new(3).stride(2).same(), x);
        let skip = net.add(format!("block{filters}_skip"), Conv2d::new(filters, 1).stride(2).same(), before);
        x = net.add(format!("block{filters}_add"), Add::new(), [x, skip]);
    }
    x = net.add("pool", GlobalAvgPool::new(), x);
    x = net.add("dropout", Dropout::new(0.5), x);
    x = net.add("fc", Dense::new(1).activation(Activation::Sigmoid), x);
    net.output(x).build().unwrap()
}

fn inception() -> NetworkSpec {
    let mut net = NetworkSpec::builder("inception");
    let x = net.input("images", [3, 56, 56]);
    let mut x = net.add("stem", relu(24, 5).stride(2), x);
    for block in 0..2 {
        let name = |part: &str| format!("block{block}_{part}");
        let one = net.add(name("one"), relu(16, 1), x);
        let three = net.add(name("three_reduce"), relu(24, 1), x);
        let three = net.add(name("three"), relu(32, 3), three);
        let five = net.add(name("five_reduce"), relu(8, 1), x);
        let five = net.add(name("five"), relu(16, 5), five);
        let pool = net.add(name("pool"), MaxPool2d::new(3).stride(1).same(), x);
        let pool = net.add(name("pool_project"), relu(16, 1), pool);
        x = net.add(name("concat"), Concatenate::new(), [one, three, five, pool]);
    }
    x = net.add("pool", GlobalAvgPool::new(), x);
    x = net.add("fc", Dense::new(10), x);
    net.output(x).build().unwrap()
}

fn mobilenet() -> NetworkSpec {
    let mut net = NetworkSpec::builder("mobilenet");
    let x = net.input("images", [3, 64, 64]);
    let mut x = normed(&mut net, "stem", Conv2d::new(16, 3).stride(2), x);
    for (block, (filters, stride)) in [(32, 1), (64, 2), (64, 1), (128, 2)].into_iter().enumerate() {
        x = net.add(format!("depthwise{block}"), DepthwiseConv2d::new(3).stride(stride).same().no_bias(), x);
        x = net.add(format!("depthwise{block}_norm"), BatchNorm::new(), x);
        x = net.add(format!("depthwise{block}_relu"), Activation::Relu6, x);
        x = normed(&mut net, &format!("pointwise{block}"), Conv2d::new(filters, 1), x);
    }
    x = net.add("pool", GlobalAvgPool::new(), x);
    x = net.add("fc", Dense::new(10), x);
    net.output(x).build().unwrap()
}

/// Every activation once.
fn activations() -> NetworkSpec {
    let mut net = NetworkSpec::builder("activations");
    let mut x = net.input("images", [3, 24, 24]);
    let functions = [
        Activation::Relu,
        Activation::Relu6,
        Activation::LeakyRelu { negative_slope: 0.1 },
        Activation::Elu { alpha: 1.0 },
        Activation::Selu,
        Activation::Sigmoid,
        Activation::HardSigmoid,
        Activation::Tanh,
        Activation::ScaledTanh { amplitude: 1.7159, slope: 0.667 },
        Activation::Softplus,
        Activation::Softsign,
        Activation::Swish,
        Activation::HardSwish,
        Activation::Mish,
        Activation::Gelu { approximate: false },
        Activation::Gelu { approximate: true },
        Activation::Softmax { axis: 1 },
        Activation::LogSoftmax { axis: 1 },
    ];
    for (number, function) in functions.into_iter().enumerate() {
        x = net.add(format!("conv{number}"), Conv2d::new(16, 1).activation(function), x);
    }
    x = net.add("prelu", Prelu::new(16), x);
    x = net.add("pool", GlobalAvgPool::new(), x);
    net.output(x).build().unwrap()
}

/// Layers that the other networks don't have.
fn mixed() -> NetworkSpec {
    let mut net = NetworkSpec::builder("mixed");
    let x = net.input("images", [3, 24, 24]);
    let x = net.add("pad", ZeroPadding2d::new(2), x);
    let a = net.add("a", Conv2d::new(16, 3), x);
    let a = net.add("group_norm", GroupNorm::new(4), a);
    let b = net.add("b", Conv2d::new(16, 3), x);
    let b = net.add("instance_norm", InstanceNorm::new(), b);
    let c = net.add("maximum", Maximum::new(), [a, b]);
    let d = net.add("difference", Subtract::new(), [a, b]);
    let x = net.add("product", Multiply::new(), [c, d]);
    let x = net.add("noise", GaussianNoise::new(0.1), x);
    let x = net.add("local", LocalResponseNorm::new(5), x);
    let x = net.add("crop", Cropping2d::new(1), x);
    let x = net.add("larger", Upsample2d::new(2), x);
    let x = net.add("channels", SpatialDropout::new(0.2), x);
    let x = net.add("groups", Conv2d::new(32, 3).groups(4).stride(2).same(), x);
    let x = net.add("mean", Average::new(), [x, x]);
    let x = net.add("pool", GlobalAvgPool::new(), x);
    net.output(x).build().unwrap()
}

/// An encoder and a decoder with skip connections, each a mean of its maps at the end.
fn unet() -> NetworkSpec {
    let mut net = NetworkSpec::builder("unet");
    let x = net.input("images", [3, 48, 48]);
    let mut x = x;
    let mut skips = Vec::new();
    for (depth, filters) in [16, 32].into_iter().enumerate() {
        let elu = || Conv2d::new(filters, 3).same().activation(Activation::Elu { alpha: 1.0 });
        x = net.add(format!("down{depth}a"), elu(), x);
        x = net.add(format!("down{depth}b"), elu(), x);
        skips.push((filters, x));
        x = net.add(format!("pool{depth}"), MaxPool2d::new(2), x);
    }
    x = net.add("bottom", relu(64, 3), x);
    for (depth, (filters, skip)) in skips.into_iter().enumerate().rev() {
        x = net.add(format!("up{depth}"), ConvTranspose2d::new(filters, 2).stride(2), x);
        x = net.add(format!("concat{depth}"), Concatenate::new(), [skip, x]);
        x = net.add(format!("up{depth}a"), relu(filters, 3), x);
        x = net.add(format!("up{depth}b"), Conv2d::new(filters, 3).same().activation(Activation::Swish), x);
    }
    x = net.add("map", Conv2d::new(2, 1).activation(Activation::Sigmoid), x);
    x = net.add("mean", GlobalAvgPool::new(), x);
    net.output(x).build().unwrap()
}

/// Dense connections: every layer takes what all before it gave. One block's maps are weighted by squeeze and excitation.
fn densenet() -> NetworkSpec {
    let mut net = NetworkSpec::builder("densenet");
    let x = net.input("images", [3, 64, 64]);
    let mut x = net.add("stem", Conv2d::new(24, 7).stride(2).same().no_bias(), x);
    for block in 0..2 {
        for layer in 0..3 {
            let name = |part: &str| format!("block{block}_layer{layer}_{part}");
            let new = net.add(name("norm1"), BatchNorm::new(), x);
            let new = net.add(name("relu1"), Activation::Relu, new);
            let new = normed(&mut net, &name("conv1"), Conv2d::new(48, 1), new);
            let new = net.add(name("conv2"), Conv2d::new(12, 3).same().no_bias(), new);
            x = net.add(name("concat"), Concatenate::new(), [x, new]);
        }
        let name = |part: &str| format!("transition{block}_{part}");
        x = normed(&mut net, &name("conv"), Conv2d::new(30, 1), x);
        let weights = net.add(name("squeeze"), GlobalAvgPool::new().keep_dims(), x);
        let weights = net.add(name("excite"), Conv2d::new(30, 1).activation(Activation::Sigmoid), weights);
        x = net.add(name("weighted"), Multiply::new(), [x, weights]);
        x = net.add(name("pool"), AvgPool2d::new(2), x);
    }
    x = net.add("pool", GlobalAvgPool::new(), x);
    x = net.add("fc", Dense::new(10), x);
    net.output(x).build().unwrap()
}

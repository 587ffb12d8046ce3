//! Networks of different kinds.

use striate_layers::{
    Activation, Add, AvgPool2d, BatchNorm, Concatenate, Conv2d, Dense, DepthwiseConv2d, Dropout, Flatten,
    GlobalAvgPool, MaxPool2d, SeparableConv2d,
};
use striate_network::{Builder, NetworkSpec, Node};

/// Each network with a batch at which activations are most of the memory. The rules were found on the first five; the
/// others check them.
pub(crate) fn all() -> Vec<(NetworkSpec, usize)> {
    vec![
        (lenet5(), 128),
        (cifar10(), 64),
        (vgg(), 32),
        (resnet(), 32),
        (xception(), 32),
        (inception(), 32),
        (mobilenet(), 32),
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

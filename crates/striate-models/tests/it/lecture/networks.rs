//! The lecture's networks.

use striate_layers::{
    Activation, Add, BatchNorm, Conv2d, Dense, Dropout, Flatten, GlobalAvgPool, MaxPool2d, SeparableConv2d,
    Subsampling2d,
};
use striate_network::{Builder, NameStyle, NetworkSpec, Node};

/// The network for a model's name in the golden cases, if it is one of the lecture's.
pub(super) fn by_name(name: &str) -> Option<NetworkSpec> {
    Some(match name {
        "cifar10_cnn" | "cifar10_cnn_3_blocks" => cifar10(3),
        "cifar10_cnn_2_blocks" => cifar10(2),
        "cnn_115x51" => five_classes(),
        "lenet5_1998" => lenet5_1998(),
        "fashion_mnist_cnn" => fashion_mnist(),
        name if name.starts_with("resnet") => resnet(name, 10),
        _ => return None,
    })
}

/// For CIFAR-10: blocks of two convolutions, a pool and a dropout.
pub(super) fn cifar10(blocks: usize) -> NetworkSpec {
    let mut net = NetworkSpec::builder("cifar10");
    net.style(NameStyle::Keras);
    let mut x = net.input("images", [3, 32, 32]);
    for (block, filters) in [32, 64, 64].into_iter().enumerate().take(blocks) {
        let name = |layer: &str| format!("block{}_{layer}", block + 1);
        let conv = || Conv2d::new(filters, 3).activation(Activation::Relu);
        x = net.add(name("conv1"), conv().same(), x);
        x = net.add(name("conv2"), conv(), x);
        x = net.add(name("pool"), MaxPool2d::new(2), x);
        x = net.add(name("dropout"), Dropout::new(0.25), x);
    }
    x = net.add("flatten", Flatten::new(), x);
    x = net.add("dense1", Dense::new(512).activation(Activation::Relu), x);
    x = net.add("dropout", Dropout::new(0.5), x);
    x = net.add("dense2", Dense::new(10).activation(Activation::Softmax { axis: -1 }), x);
    net.output(x).build().unwrap()
}

/// For Fashion-MNIST (Géron 2019, chapter 14).
pub(super) fn fashion_mnist() -> NetworkSpec {
    let mut net = NetworkSpec::builder("fashion_mnist");
    net.style(NameStyle::Keras);
    let images = net.input("images", [1, 28, 28]);
    let conv = |filters, size| Conv2d::new(filters, size).same().activation(Activation::Relu);
    let mut x = net.add("conv1", conv(64, 7), images);
    x = net.add("pool1", MaxPool2d::new(2), x);
    for (stage, filters) in [(2, 128), (3, 256)] {
        x = net.add(format!("conv{stage}a"), conv(filters, 3), x);
        x = net.add(format!("conv{stage}b"), conv(filters, 3), x);
        x = net.add(format!("pool{stage}"), MaxPool2d::new(2), x);
    }
    x = net.add("flatten", Flatten::new(), x);
    for (number, units) in [(1, 128), (2, 64)] {
        x = net.add(format!("fc{number}"), Dense::new(units).activation(Activation::Relu), x);
        x = net.add(format!("dropout{number}"), Dropout::new(0.5), x);
    }
    x = net.add("fc3", Dense::new(10), x);
    net.output(x).build().unwrap()
}

/// Two dense layers with ELU, each input dropped with probability 0.2.
pub(super) fn small_dropout_network() -> NetworkSpec {
    let mut net = NetworkSpec::builder("dropout");
    net.style(NameStyle::Keras);
    let mut x = net.input("images", [28, 28]);
    x = net.add("flatten", Flatten::new(), x);
    for (number, units) in [(1, 300), (2, 100)] {
        x = net.add(format!("dropout{number}"), Dropout::new(0.2), x);
        let dense = Dense::new(units).activation(Activation::Elu { alpha: 1.0 });
        x = net.add(format!("fc{number}"), dense.kernel_initializer(striate_layers::Initializer::HeNormal), x);
    }
    x = net.add("dropout3", Dropout::new(0.2), x);
    x = net.add("fc3", Dense::new(10), x);
    net.output(x).build().unwrap()
}

/// Five convolutions for pictures of 115x51 px and five classes.
pub(super) fn five_classes() -> NetworkSpec {
    let mut net = NetworkSpec::builder("five_classes");
    net.style(NameStyle::Keras);
    let x = net.input("images", [3, 115, 51]);
    let conv = |filters, size| Conv2d::new(filters, size).activation(Activation::Relu);
    let pool = || MaxPool2d::new(3).stride(2);
    let x = net.add("conv1", conv(96, 7).stride(2), x);
    let x = net.add("pool1", pool(), x);
    let x = net.add("conv2", conv(128, 5).same(), x);
    let x = net.add("pool2", pool(), x);
    let x = net.add("conv3", conv(256, 3).same(), x);
    let x = net.add("conv4", conv(256, 3).same(), x);
    let x = net.add("conv5", conv(128, 3).same(), x);
    let x = net.add("pool5", pool(), x);
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("fc1", Dense::new(4096).activation(Activation::Relu), x);
    let x = net.add("fc2", Dense::new(2048).activation(Activation::Relu), x);
    let x = net.add("fc3", Dense::new(5), x);
    net.output(x).build().unwrap()
}

/// LeNet-5 up to its last hidden layer, as in the paper: trainable subsampling, and table I's connections.
pub(super) fn lenet5_1998() -> NetworkSpec {
    let mut net = NetworkSpec::builder("lenet5_1998");
    net.style(NameStyle::Keras);
    let squash = Activation::ScaledTanh { amplitude: 1.7159, slope: 2.0 / 3.0 };
    let three = (0..6).map(|first| (0..3).map(|map| (first + map) % 6).collect());
    let four = (0..6).map(|first| (0..4).map(|map| (first + map) % 6).collect());
    let split = (0..3).map(|first| [0, 1, 3, 4].map(|map| (first + map) % 6).to_vec());
    let table: Vec<Vec<usize>> = three.chain(four).chain(split).chain([(0..6).collect()]).collect();
    let x = net.input("images", [1, 32, 32]);
    let x = net.add("c1", Conv2d::new(6, 5).activation(squash), x);
    let x = net.add("s2", Subsampling2d::new(2).activation(squash), x);
    let x = net.add("c3", Conv2d::new(16, 5).connections(table).activation(squash), x);
    let x = net.add("s4", Subsampling2d::new(2).activation(squash), x);
    let x = net.add("c5", Conv2d::new(120, 5).activation(squash), x);
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("f6", Dense::new(84).activation(squash), x);
    net.output(x).build().unwrap()
}

/// A ResNet of residual units, convolutions without bias (He et al. 2015, table 1).
pub(super) fn resnet(name: &str, classes: usize) -> NetworkSpec {
    let (units, bottleneck) = match name {
        "resnet18" => ([2, 2, 2, 2], false),
        "resnet34" => ([3, 4, 6, 3], false),
        "resnet50" => ([3, 4, 6, 3], true),
        "resnet101" => ([3, 4, 23, 3], true),
        "resnet152" => ([3, 8, 36, 3], true),
        other => panic!("the paper has no {other}"),
    };
    let mut net = NetworkSpec::builder(name);
    net.style(NameStyle::Keras);
    let images = net.input("images", [3, 224, 224]);
    let x = conv_norm(&mut net, "stem", Conv2d::new(64, 7).stride(2), images);
    let x = net.add("stem_relu", Activation::Relu, x);
    let mut x = net.add("stem_pool", MaxPool2d::new(3).stride(2).same(), x);
    let mut channels = 64;
    for (stage, (count, width)) in units.into_iter().zip([64, 128, 256, 512]).enumerate() {
        for number in 0..count {
            let name = format!("stage{}_unit{}", stage + 1, number + 1);
            let stride = if stage > 0 && number == 0 { 2 } else { 1 };
            let filters = if bottleneck { 4 * width } else { width };
            x = residual_unit(&mut net, &name, x, (width, filters, stride), bottleneck, channels != filters);
            channels = filters;
        }
    }
    let x = net.add("pool", GlobalAvgPool::new(), x);
    let x = net.add("fc", Dense::new(classes), x);
    net.output(x).build().unwrap()
}

fn residual_unit(
    net: &mut Builder,
    name: &str,
    x: Node,
    (width, filters, stride): (usize, usize, usize),
    bottleneck: bool,
    project: bool,
) -> Node {
    let part = |part: &str| format!("{name}_{part}");
    let convs = match bottleneck {
        true => vec![Conv2d::new(width, 1), Conv2d::new(width, 3).stride(stride), Conv2d::new(filters, 1)],
        false => vec![Conv2d::new(width, 3).stride(stride), Conv2d::new(filters, 3)],
    };
    let last = convs.len();
    let mut main = x;
    for (number, conv) in convs.into_iter().enumerate() {
        main = conv_norm(net, &part(&format!("conv{}", number + 1)), conv, main);
        if number + 1 < last {
            main = net.add(part(&format!("relu{}", number + 1)), Activation::Relu, main);
        }
    }
    let skip = match project {
        true => conv_norm(net, &part("skip"), Conv2d::new(filters, 1).stride(stride), x),
        false => x,
    };
    let sum = net.add(part("add"), Add::new(), [main, skip]);
    net.add(part("relu"), Activation::Relu, sum)
}

fn conv_norm(net: &mut Builder, name: &str, conv: Conv2d, x: Node) -> Node {
    let x = net.add(name, conv.same().no_bias(), x);
    net.add(format!("{name}_norm"), BatchNorm::new(), x)
}

/// A small Xception: separable convolutions with residual connections, 180x180 px; for two classes one unit.
pub(super) fn small_xception(classes: usize) -> NetworkSpec {
    let mut net = NetworkSpec::builder("small_xception");
    net.style(NameStyle::Keras);
    let mut x = net.input("images", [3, 180, 180]);
    for (number, (filters, stride)) in [(32, 2), (64, 1)].into_iter().enumerate() {
        x = net.add(format!("conv{}", number + 1), Conv2d::new(filters, 3).stride(stride).same(), x);
        x = net.add(format!("norm{}", number + 1), BatchNorm::new(), x);
        x = net.add(format!("relu{}", number + 1), Activation::Relu, x);
    }
    for filters in [128, 256, 512, 728] {
        let before = x;
        for part in ["a", "b"] {
            x = net.add(format!("block{filters}{part}_relu"), Activation::Relu, x);
            x = net.add(format!("block{filters}{part}_conv"), SeparableConv2d::new(filters, 3).same(), x);
            x = net.add(format!("block{filters}{part}_norm"), BatchNorm::new(), x);
        }
        x = net.add(format!("block{filters}_pool"), MaxPool2d::new(3).stride(2).same(), x);
        let skip = net.add(format!("block{filters}_skip"), Conv2d::new(filters, 1).stride(2).same(), before);
        x = net.add(format!("block{filters}_add"), Add::new(), [x, skip]);
    }
    x = net.add("conv3", SeparableConv2d::new(1024, 3).same(), x);
    x = net.add("norm3", BatchNorm::new(), x);
    x = net.add("relu3", Activation::Relu, x);
    x = net.add("pool", GlobalAvgPool::new(), x);
    x = net.add("dropout", Dropout::new(0.5), x);
    let (units, activation) = match classes {
        2 => (1, Activation::Sigmoid),
        classes => (classes, Activation::Softmax { axis: -1 }),
    };
    x = net.add("fc", Dense::new(units).activation(activation), x);
    net.output(x).build().unwrap()
}

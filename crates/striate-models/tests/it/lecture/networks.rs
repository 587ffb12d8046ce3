//! The lecture's networks.

use striate_layers::{Activation, Add, BatchNorm, Conv2d, Dense, Dropout, Flatten, GlobalAvgPool, MaxPool2d};
use striate_models::Architecture;
use striate_network::{Builder, NameStyle, NetworkSpec, Node};

/// The network for a model's name in the golden cases, if it is one of the lecture's.
pub(super) fn by_name(name: &str) -> Option<NetworkSpec> {
    let name = match name {
        "cifar10_cnn_3_blocks" => "cifar10_cnn",
        "cifar10_cnn_2_blocks" => "cifar10_cnn_two_blocks",
        name if name.starts_with("resnet") => return Some(resnet(name, 10)),
        name => name,
    };
    name.parse::<Architecture>().ok()?.config().spec().ok()
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

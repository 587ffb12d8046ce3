//! The networks for CIFAR-10, of three blocks and of two, layer by layer.

use striate::layers::LayerConfig;
use striate::network::{Builder, Node};
use striate::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("{}", three_blocks()?.summary());
    println!("{}", two_blocks()?.summary());
    Ok(())
}

/// 276,138 parameters.
pub(crate) fn three_blocks() -> Result<NetworkSpec, Box<dyn std::error::Error>> {
    let mut net = NetworkSpec::builder("cifar10");
    let x = net.input("images", [3, 32, 32]);
    let x = block(&mut net, 1, 32, x);
    let x = block(&mut net, 2, 64, x);
    let x = block(&mut net, 3, 64, x);
    let x = head(&mut net, x);
    Ok(net.output(x).build()?)
}

/// 1,250,858 parameters: with a block fewer, the dense layer sees four times as many maps' px.
pub(crate) fn two_blocks() -> Result<NetworkSpec, Box<dyn std::error::Error>> {
    let mut net = NetworkSpec::builder("cifar10_two_blocks");
    let x = net.input("images", [3, 32, 32]);
    let x = block(&mut net, 1, 32, x);
    let x = block(&mut net, 2, 64, x);
    let x = head(&mut net, x);
    Ok(net.output(x).build()?)
}

/// Two convolutions, the first padded, a pooling and a dropout.
fn block(net: &mut Builder, number: usize, filters: usize, x: Node) -> Node {
    let layers: [(&str, LayerConfig); 4] = [
        ("conv1", Conv2d::new(filters, 3).same().activation(Activation::Relu).into()),
        ("conv2", Conv2d::new(filters, 3).activation(Activation::Relu).into()),
        ("pool", MaxPool2d::new(2).into()),
        ("dropout", Dropout::new(0.25).into()),
    ];
    layers.into_iter().fold(x, |x, (name, layer)| net.add(format!("block{number}_{name}"), layer, x))
}

fn head(net: &mut Builder, x: Node) -> Node {
    let x = net.add("flatten", Flatten::new(), x);
    let x = net.add("dense", Dense::new(512).activation(Activation::Relu), x);
    let x = net.add("dropout", Dropout::new(0.5), x);
    net.add("classes", Dense::new(10), x)
}

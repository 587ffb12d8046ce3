//! A small Xception for pictures of 180x180 px: one unit with a sigmoid for two classes.

use striate::layers::Rescaling;
use striate::network::{Builder, NameStyle, Node};
use striate::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("{}", build()?.summary());
    Ok(())
}

/// 2,782,649 parameters.
pub(crate) fn build() -> Result<NetworkSpec, Box<dyn std::error::Error>> {
    let mut net = NetworkSpec::builder("small_xception");
    net.style(NameStyle::Keras);
    let x = net.input("images", [3, 180, 180]);
    let x = net.add("rescaling", Rescaling::new(1.0 / 255.0), x);
    let x = net.add("conv1", Conv2d::new(32, 3).stride(2).same(), x);
    let x = norm_relu(&mut net, "conv1", x);
    let x = net.add("conv2", Conv2d::new(64, 3).same(), x);
    let mut x = norm_relu(&mut net, "conv2", x);
    let mut before = x;
    for filters in [128, 256, 512, 728] {
        for number in 1..=2 {
            let name = format!("block{filters}_{number}");
            if filters > 128 || number > 1 {
                x = net.add(format!("{name}_relu"), Activation::Relu, x);
            }
            x = net.add(&name, SeparableConv2d::new(filters, 3).same(), x);
            x = net.add(format!("{name}_norm"), BatchNorm::new(), x);
        }
        x = net.add(format!("block{filters}_pool"), MaxPool2d::new(3).stride(2).same(), x);
        let skip = net.add(format!("block{filters}_skip"), Conv2d::new(filters, 1).stride(2).same(), before);
        x = net.add(format!("block{filters}_add"), Add::new(), [x, skip]);
        before = x;
    }
    let x = net.add("last", SeparableConv2d::new(1024, 3).same(), x);
    let x = norm_relu(&mut net, "last", x);
    let x = net.add("pool", GlobalAvgPool::new(), x);
    let x = net.add("dropout", Dropout::new(0.5), x);
    let x = net.add("class", Dense::new(1).activation(Activation::Sigmoid), x);
    Ok(net.output(x).build()?)
}

fn norm_relu(net: &mut Builder, name: &str, x: Node) -> Node {
    let x = net.add(format!("{name}_norm"), BatchNorm::new(), x);
    net.add(format!("{name}_relu"), Activation::Relu, x)
}

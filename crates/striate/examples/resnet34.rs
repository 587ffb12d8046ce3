//! ResNet-34 for ten classes, built from residual units 3/4/6/3.

use striate::core::text::thousands;
use striate::network::{Builder, NameStyle, Node};
use striate::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let summary = build()?.summary();
    println!("{summary}");
    println!("{} trainable parameters", thousands(summary.trainable));
    Ok(())
}

/// 21,289,802 trainable parameters.
pub(crate) fn build() -> Result<NetworkSpec, Box<dyn std::error::Error>> {
    let mut net = NetworkSpec::builder("resnet34");
    net.style(NameStyle::Keras);
    let images = net.input("images", [3, 224, 224]);
    let x = conv(&mut net, "stem", Conv2d::new(64, 7).stride(2), images);
    let x = net.add("stem_relu", Activation::Relu, x);
    let mut x = net.add("stem_pool", MaxPool2d::new(3).stride(2).same(), x);
    let filters = [[64; 3].as_slice(), &[128; 4], &[256; 6], &[512; 3]].concat();
    let mut before = 64;
    for (number, filters) in (1..).zip(filters) {
        let stride = if filters == before { 1 } else { 2 };
        x = residual_unit(&mut net, &format!("unit{number}"), filters, stride, x);
        before = filters;
    }
    let x = net.add("pool", GlobalAvgPool::new(), x);
    let x = net.add("classes", Dense::new(10), x);
    Ok(net.output(x).build()?)
}

fn residual_unit(net: &mut Builder, name: &str, filters: usize, stride: usize, x: Node) -> Node {
    let main = conv(net, &format!("{name}_conv1"), Conv2d::new(filters, 3).stride(stride), x);
    let main = net.add(format!("{name}_relu1"), Activation::Relu, main);
    let main = conv(net, &format!("{name}_conv2"), Conv2d::new(filters, 3), main);
    let skip = match stride {
        1 => x,
        _ => conv(net, &format!("{name}_skip"), Conv2d::new(filters, 1).stride(stride), x),
    };
    let sum = net.add(format!("{name}_add"), Add::new(), [main, skip]);
    net.add(format!("{name}_relu2"), Activation::Relu, sum)
}

/// A padded convolution without bias, and batch norm.
fn conv(net: &mut Builder, name: &str, conv: Conv2d, x: Node) -> Node {
    let x = net.add(name, conv.same().no_bias(), x);
    net.add(format!("{name}_norm"), BatchNorm::new(), x)
}

//! Looks at a network before it runs: summary, cost, drawing.
//!
//! `cargo run -p striate-network --example look [FOLDER]` prints tables and, with a folder, writes the drawings there.

use std::error::Error;
use std::path::PathBuf;

use striate_layers::{
    Activation, Add, AvgPool2d, BatchNorm, Concatenate, Conv2d, Dense, Flatten, GlobalAvgPool, MaxPool2d, Mode,
};
use striate_network::{Builder, NetworkError, NetworkSpec, Node};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    for spec in [lenet5()?, residual()?, inception()?] {
        println!("{}\n\n{}\n", spec.summary(), spec.cost(32)?);
        if let Some(batch) = spec.largest_batch(1 << 30, Mode::Training)? {
            println!("A GB holds a training step with {batch} pictures.\n");
        }
        if let Some(folder) = &folder {
            std::fs::write(folder.join(format!("{}.svg", spec.name())), spec.to_svg())?;
            std::fs::write(folder.join(format!("{}.dot", spec.name())), spec.to_dot())?;
        }
    }
    Ok(())
}

fn lenet5() -> Result<NetworkSpec, NetworkError> {
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
    net.output(x).build()
}

/// Two residual units (He et al. 2015), the second of which halves the sides.
fn residual() -> Result<NetworkSpec, NetworkError> {
    let mut net = NetworkSpec::builder("residual");
    let mut x = net.input("images", [3, 64, 64]);
    x = conv_norm(&mut net, "stem", Conv2d::new(32, 3), x);
    for (unit, filters, stride) in [("unit1", 32, 1), ("unit2", 64, 2)] {
        let part = |part: &str| format!("{unit}_{part}");
        let main = conv_norm(&mut net, &part("conv1"), Conv2d::new(filters, 3).stride(stride), x);
        let main = net.add(part("relu1"), Activation::Relu, main);
        let main = conv_norm(&mut net, &part("conv2"), Conv2d::new(filters, 3), main);
        let skip = match stride {
            1 => x,
            _ => conv_norm(&mut net, &part("skip"), Conv2d::new(filters, 1).stride(stride), x),
        };
        x = net.add(part("add"), Add::new(), [main, skip]);
        x = net.add(part("relu2"), Activation::Relu, x);
    }
    x = net.add("pool", GlobalAvgPool::new(), x);
    x = net.add("fc", Dense::new(10), x);
    net.output(x).build()
}

fn conv_norm(net: &mut Builder, name: &str, conv: Conv2d, x: Node) -> Node {
    let x = net.add(name, conv.same().no_bias(), x);
    net.add(format!("{name}_norm"), BatchNorm::new(), x)
}

/// An inception block (Szegedy et al. 2014, figure 2b) and a second output.
fn inception() -> Result<NetworkSpec, NetworkError> {
    let mut net = NetworkSpec::builder("inception");
    let conv = |filters, size| Conv2d::new(filters, size).same().activation(Activation::Relu);
    let images = net.input("images", [3, 56, 56]);
    let x = net.add("stem", conv(64, 3).stride(2), images);
    let one = net.add("1x1", conv(64, 1), x);
    let three = net.add("3x3_reduce", conv(96, 1), x);
    let three = net.add("3x3", conv(128, 3), three);
    let five = net.add("5x5_reduce", conv(16, 1), x);
    let five = net.add("5x5", conv(32, 5), five);
    let pool = net.add("pool", MaxPool2d::new(3).stride(1).same(), x);
    let pool = net.add("pool_project", conv(32, 1), pool);
    let x = net.add("concat", Concatenate::new(), [one, three, five, pool]);
    let x = net.add("global_pool", GlobalAvgPool::new(), x);
    let classes = net.add("classes", Dense::new(10), x);
    let boxes = net.add("box", Dense::new(4).activation(Activation::Sigmoid), x);
    net.output(classes).output(boxes).build()
}
